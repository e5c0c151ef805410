"""Which words of the vocabulary may have been meant by one that is not in it.

Words are indexed by three pieces each, short ones by two: two errors leave one of three pieces alone (as do
one error and two pieces), so that whoever shares no piece at its place is never compared. The index is small,
and answers as fast in a vocabulary of a million words.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final, NamedTuple
from unicodedata import combining, normalize

from services.registry.queries.reach import Connection
from shared import data

FEWEST_LETTERS: Final = 4
THREE_PIECES_FROM: Final = 7
TWO_ERRORS_FROM: Final = 8
"""Letters; in shorter words one error is forgiven."""
MOST_WITH_A_PIECE: Final = 500
MOST_NEAREST: Final = 3


class Near(NamedTuple):
    """A word of the vocabulary, and about how many agreements use it."""

    word: str
    term: str
    uses: int


# A piece that too many words share tells little: the first of them will do. Words with two letters changed
# about are looked up as such: in a short word that damages both pieces.
_NEAREST: Final = """
SELECT DISTINCT word, term, uses FROM (
    SELECT n.* FROM unnest($2::text[]) AS given (piece) CROSS JOIN LATERAL (
        SELECT word, term, uses, public, network, restricted FROM word
        WHERE pieces_of(word) @> ARRAY[given.piece] AND word ~ '^[[:alpha:]]{4,40}$' LIMIT $6) AS n
    UNION ALL
    SELECT word, term, uses, public, network, restricted FROM word
    WHERE word = ANY($3::text[]) AND word ~ '^[[:alpha:]]{4,40}$') AS candidates
WHERE (public OR (network AND $4::boolean) OR (restricted AND $5::boolean))
    AND levenshtein_less_equal(word, $1, 2) <= 2
"""


async def nearest(connection: Connection, asked: str, *, network: bool, restricted: bool) -> list[Near]:
    """The words that differ least from *asked*, the most used first; none where all differ too much.

    *network*, *restricted*: whether words that are in such agreements alone may be told.
    """
    from rapidfuzz.distance import OSA  # noqa: PLC0415 - 4 MB that an idle registry need not hold

    allowed = errors_allowed(asked)
    rows = await connection.fetch(
        _NEAREST,
        asked,
        sorted(set(pieces(asked, allowed))),
        list(transposed(asked)),
        network,
        restricted,
        MOST_WITH_A_PIECE,
    )
    errors = {Near(*row): OSA.distance(asked, row["word"]) for row in rows}
    least = min(errors.values(), default=allowed + 1)
    if least > allowed:
        return []
    return sorted((near for near in errors if errors[near] == least), key=_order)[:MOST_NEAREST]


def _order(near: Near) -> tuple[int, str]:
    return -near.uses, near.word


def errors_allowed(word: str) -> int:
    """How many errors are forgiven in *word*."""
    return 2 if len(word) >= TWO_ERRORS_FROM else 1


@cache
def places() -> frozenset[str]:
    """The words of municipalities' names: who asks for one without agreements is not shown another's."""
    names = " ".join(city.name for city in data.municipalities().values())
    plain = "".join(letter for letter in normalize("NFD", names.lower()) if not combining(letter))
    return frozenset(plain.replace("-", " ").replace("'", " ").split())


def transposed(word: str) -> Iterator[str]:
    """*word* with each two neighbours changed about."""
    return (word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1))


def pieces(asked: str, allowed: int) -> Iterator[str]:
    """Every piece, at every place, that a word within *allowed* errors of *asked* has left alone.

    As `pieces_of` in the database names them: length, number, letters. An error moves what comes after it by
    one letter at most; so the n-th piece of a word has moved by n letters at most, counted from either end.
    """
    for length in range(max(FEWEST_LETTERS, len(asked) - allowed), len(asked) + allowed + 1):
        longer = len(asked) - length
        cuts = cut(length)
        for number, (start, end) in enumerate(cuts):
            behind = len(cuts) - 1 - number
            first = max(start - number, start + longer - behind, 0)
            last = min(start + number, start + longer + behind, len(asked) - (end - start))
            for at in range(first, last + 1):
                yield f"{length}{number}{asked[at : at + end - start]}"


def cut(length: int) -> Sequence[tuple[int, int]]:
    """Where the pieces of a word of *length* letters begin and end."""
    count = 3 if length >= THREE_PIECES_FROM else 2
    sizes = [(length + number) // count for number in range(count)]
    starts = [sum(sizes[:number]) for number in range(count)]
    return [(start, start + size) for start, size in zip(starts, sizes, strict=True)]
