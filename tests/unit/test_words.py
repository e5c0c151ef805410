"""Both languages say the same things."""

from __future__ import annotations

import re
from typing import Any

from shared.web import words


def flat(told: Any, path: str = "") -> dict[str, str]:
    """All sentences by their path."""
    if isinstance(told, str):
        return {path: told}
    pairs = told.items() if isinstance(told, dict) else enumerate(told)
    return {name: text for key, value in pairs for name, text in flat(value, f"{path}/{key}").items()}


def test_every_sentence_is_there_in_both_languages() -> None:
    """With the same places to fill in."""
    portuguese, english = flat(words("pt")), flat(words("en"))
    assert portuguese.keys() == english.keys()
    for path, text in portuguese.items():
        assert text.strip(), path
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", english[path])), path
