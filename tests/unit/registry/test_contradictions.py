import inspect
import re

import pytest

from services.registry.folding import afterlife, doubts, fold, life
from services.registry.folding.rules import CODES
from shared.notices.codelists import code_lists
from shared.notices.families import ending, force
from shared.notices.sentences import Sentence

LISTED = {code.code for code in code_lists()["contradictions"]}
RAISED = re.compile(r"(?:contradict|_doubt|Contradiction)\(\s*\"([a-z_]+)\"")


def test_every_code_is_listed_and_every_listed_code_is_used() -> None:
    """A member's system reacts to codes: they are published, and stay."""
    raised = {
        code
        for module in (afterlife, doubts, ending, fold, force, life)
        for code in RAISED.findall(inspect.getsource(module))
    }
    assert raised | CODES | {"possible_duplicate", "same_text"} == LISTED


@pytest.mark.parametrize(
    "name", [name for name, value in vars(doubts).items() if isinstance(value, Sentence)]
)
def test_every_sentence_is_said_in_both_languages_with_the_same_blanks(name: str) -> None:
    """Portuguese first, English beside it."""
    said = getattr(doubts, name)
    assert said.pt != said.en
    assert sorted(re.findall(r"{\w+}", said.pt)) == sorted(re.findall(r"{\w+}", said.en))
