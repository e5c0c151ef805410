"""Which words are looked for in the place of one that is nowhere."""

from hypothesis import assume, given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from services.registry.queries import spelling

LETTERS = "abcdeç"


def indexed(word: str) -> set[str]:
    """The pieces of *word*, as the database names them."""
    return {
        f"{len(word)}{number}{word[start:end]}" for number, (start, end) in enumerate(spelling.cut(len(word)))
    }


def test_pieces_are_named_by_length_number_and_letters() -> None:
    """The same as `pieces_of` in the migration."""
    assert indexed("cooperacao") == {"100coo", "101per", "102acao"}
    assert indexed("xadrez") == {"60xad", "61rez"}
    assert indexed("goias") == {"50go", "51ias"}


@st.composite
def misspelt(draw: st.DrawFn) -> tuple[str, str]:
    """A word, and the same with as many errors as are forgiven in it."""
    word = draw(st.text(LETTERS, min_size=spelling.FEWEST_LETTERS, max_size=14))
    asked = word
    for _ in range(draw(st.integers(1, 2 if len(word) > spelling.TWO_ERRORS_FROM else 1))):
        at = draw(st.integers(0, len(asked) - 1))
        letter = draw(st.sampled_from(["", LETTERS[0], LETTERS[-1]]))
        asked = asked[:at] + letter + asked[at + draw(st.integers(0, 1)) :]
    return word, asked


@given(misspelt())
def test_a_word_that_is_near_shares_a_piece(pair: tuple[str, str]) -> None:
    """Or it would never be compared."""
    word, asked = pair
    allowed = spelling.errors_allowed(asked)
    assume(len(asked) >= spelling.FEWEST_LETTERS and Levenshtein.distance(word, asked) <= allowed)
    assume(allowed < len(spelling.cut(len(word))))
    assert indexed(word) & set(spelling.pieces(asked, allowed))


@given(st.text(LETTERS, min_size=4, max_size=40))
def test_a_question_has_few_pieces(asked: str) -> None:
    """However long the word is, so many look-ups and no more."""
    assert len(set(spelling.pieces(asked, spelling.errors_allowed(asked)))) <= 30


def test_places_are_known() -> None:
    """However they are written."""
    assert {"uberlandia", "mariana", "joao", "rei"} <= spelling.places()


def test_neighbours_are_changed_about() -> None:
    """The error of fast fingers."""
    assert list(spelling.transposed("agau")) == ["gaau", "aagu", "agua"]
