"""The words that people use, kept apart from what is made of them: one file for each noun."""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def words_of(noun: str) -> dict[str, Any]:
    """The words about *noun*, as its file has them."""
    told: dict[str, Any] = tomllib.loads(files(__name__).joinpath(f"{noun}.toml").read_text(encoding="utf-8"))
    return told


def pattern_of(words: list[str]) -> re.Pattern[str]:
    """Any of *words* as whole words in a plain text."""
    return re.compile(rf"(?<![a-z0-9])(?:{'|'.join(words)})(?![a-z0-9])")
