"""Two texts, word by word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.pages.boards.differing import MOST_CHARACTERS, Stretch, differences

pytestmark = pytest.mark.unit
_WORDS = st.lists(
    st.sampled_from(["acordo", "de", "cooperação", ",", " ", "\n", "Porto", "açaí"]), max_size=60
)


def test_only_the_words_that_differ_are_marked() -> None:
    """Names are what differs between two uses of a template."""
    found = differences("Cooperação entre Araxá e Braga.", "Cooperação entre Viçosa e Braga.")
    assert found == [
        Stretch("both", "Cooperação entre "),
        Stretch("first", "Araxá"),
        Stretch("second", "Viçosa"),
        Stretch("both", " e Braga."),
    ]


@given(_WORDS, _WORDS)
def test_both_texts_can_be_read_back(one: list[str], other: list[str]) -> None:
    """What both have with what only the first has is the first text, to the letter; so with the second."""
    first, second = "".join(one), "".join(other)
    found = differences(first, second)
    assert "".join(each.text for each in found if each.of != "second") == first
    assert "".join(each.text for each in found if each.of != "first") == second


def test_a_text_without_end_is_cut() -> None:
    """Comparing costs what it may cost, whatever was sent."""
    found = differences("a" * 3 * MOST_CHARACTERS, "b " * 3 * MOST_CHARACTERS)
    assert sum(len(each.text) for each in found) == 2 * MOST_CHARACTERS
