"""Finding agreements by words: without accents, in singular or plural, with typing errors forgiven.

A word that is in no agreement is joined by those of the vocabulary that are nearest to it. Lists are in order
of `known_from`: of rare words all agreements are fetched at once; common ones are a source like any other
filter, looked through span by span, in only as much of the index as belongs to the span.
"""

import asyncio
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from math import prod
from typing import Final, NamedTuple

import msgspec

from services.registry.queries import spelling
from services.registry.queries.reach import Connection, Reach
from services.registry.queries.spelling import Near

RARE: Final = 20_000
"""Agreements, by an estimate that is rather too high: all are fetched, whichever page is asked for."""
SPARSE_SHARE: Final = 0.05
MOST_KEYS: Final = 5_000
"""Unless there are more than so many."""
MOST_CORRECTED: Final = 5
"""Words of one question."""
LONGEST_WORD: Final = 60
"""In the vocabulary. Numbers stand there, too, but are never put in the place of others."""
SETTLING_SECONDS: Final = 1.0
MOST_AWAITED: Final = 3_000
"""Positions. A longer backlog is not worked off within that time: nobody waits for it."""
_POLL_SECONDS: Final = 0.005

SOURCE: Final = """
SELECT known_from FROM search WHERE words @@ {query}::text::tsquery
    AND stretch BETWEEN {low} >> 12 AND ({high} - 1) >> 12 AND known_from >= {low} AND known_from < {high}"""
"""The `known_from` of what matches, in [low, high)."""
ALONE: Final = f"""
WITH matching AS MATERIALIZED ({SOURCE}) SELECT known_from FROM matching"""  # noqa: S608 - constants
"""The same, first of all: the planner would walk over all that does not match, hoping to meet the page early;
what the text index says costs the same wherever in the span it lies."""
FIRST_SPAN: Final = 4_096
"""Positions, the newest, that are looked through first: all that match are fetched, to be put in order."""


class Corrected(msgspec.Struct, frozen=True):
    """A word that is nowhere, and the words that were looked for in its place."""

    asked: str
    used: list[str]


class Meaning(msgspec.Struct, frozen=True):
    """What to look for: *query*, for SOURCE; it is empty where the words restrict nothing.

    *keys*: the `known_from` of all that match, newest first, where they are few; None: they are not.
    *is_sparse*: so few match that it is best to begin with those, whatever else is asked.
    """

    query: str
    keys: list[int] | None = None
    is_sparse: bool = False
    corrected: list[Corrected] = []


class _Word(NamedTuple):
    unit: int
    word: str
    term: str | None
    is_seen: bool
    uses: int


Nearest = dict[str, list[Near]]
"""For words that are nowhere, those that were looked for in their place."""


class _Unit(NamedTuple):
    said: str
    is_phrase: bool
    is_quoted: bool


_UNITS: Final = re.compile(r'["“”„«»]([^"“”„«»]*)["“”„«»]|(\S+)')
_LETTERS: Final = re.compile(r"[^\W\d_]{4,40}")

# Seen is what stands where whoever asks may look: a word of restricted agreements alone corrects nobody.
_WORDS: Final = """
SELECT u.unit, w.word, t.term, coalesce(v.seen, false) AS seen, coalesce(v.uses, 0) AS uses
FROM unnest($1::text[]) WITH ORDINALITY AS u (said, unit)
CROSS JOIN LATERAL string_to_table(plain_words(u.said), ' ') WITH ORDINALITY AS w (word, at)
CROSS JOIN LATERAL (SELECT (tsvector_to_array(terms_of(w.word)))[1] AS term) AS t
LEFT JOIN LATERAL (
    SELECT bool_or(public OR (network AND $2::boolean) OR (restricted AND $3::boolean)) AS seen,
        sum(uses) AS uses
    FROM word WHERE word.term = t.term) AS v ON true
WHERE w.word <> ''
ORDER BY u.unit, w.at
"""
_SIZE = "SELECT greatest(reltuples, 1)::float8 FROM pg_class WHERE oid = 'search'::regclass"
# Materialized, so that the limit tempts nobody to walk over the table.
_ALL: Final = """
WITH matching AS MATERIALIZED (SELECT known_from FROM search WHERE words @@ $1::text::tsquery)
SELECT known_from FROM matching LIMIT $2
"""


async def meaning(connection: Connection, q: str, reach: Reach) -> Meaning:
    """What *q* means to whoever sees as far as *reach*: all its words; "in quotes", one after the other."""
    units = [_unit(*match.groups()) for match in _UNITS.finditer(q)]
    sees = _sees(reach)
    rows = await connection.fetch(_WORDS, [unit.said for unit in units], *sees)
    words = [_Word(*row) for row in rows]
    if not words:
        return Meaning("", keys=[])
    unknown = [
        word.word
        for word in words
        if word.term
        and not word.is_seen
        and not units[word.unit - 1].is_quoted
        and _LETTERS.fullmatch(word.word)
        and word.word not in spelling.places()
    ]
    nearest: Nearest = {}
    for asked in list(dict.fromkeys(unknown))[:MOST_CORRECTED]:
        if near := await spelling.nearest(connection, asked, network=sees[0], restricted=sees[1]):
            nearest[asked] = near
    query = " & ".join(_queries(units, words, nearest))
    meant = Meaning(
        query, corrected=[Corrected(asked, [near.word for near in nears]) for asked, nears in nearest.items()]
    )
    if not query:
        return meant
    agreements: float = await connection.fetchval(_SIZE)
    estimate = _estimate(words, nearest, agreements)
    meant = msgspec.structs.replace(meant, is_sparse=estimate <= SPARSE_SHARE * agreements)
    if estimate > RARE:
        return meant
    keys = [row["known_from"] for row in await connection.fetch(_ALL, query, MOST_KEYS + 1)]
    if len(keys) > MOST_KEYS:
        return meant
    return msgspec.structs.replace(meant, keys=sorted(keys, reverse=True))


def _unit(quoted: str | None, bare: str | None) -> _Unit:
    if quoted is not None:
        return _Unit(quoted, is_phrase=True, is_quoted=True)
    said = bare or ""
    return _Unit(said, is_phrase=any(letter.isdigit() for letter in said), is_quoted=False)


def _sees(reach: Reach) -> tuple[bool, bool]:
    """Whether words of network and restricted agreements are seen."""
    if reach.visibilities is None:
        return True, True
    return "network" in reach.visibilities, False


def _queries(units: Sequence[_Unit], words: Iterable[_Word], nearest: Nearest) -> Iterator[str]:
    """What PostgreSQL is asked for, unit by unit; a word that says nothing (de, a) leaves its place alone."""
    for number, group in groupby(words, key=lambda word: word.unit):
        alternatives = [_alternatives(word, nearest.get(word.word, ())) for word in group]
        if not units[number - 1].is_phrase:
            yield from filter(None, alternatives)
            continue
        phrase, gap = "", 0
        for alternative in alternatives:
            gap += 1
            if alternative:
                phrase = f"{phrase} <{gap}> {alternative}" if phrase else alternative
                gap = 0
        if phrase:
            yield f"({phrase})"


def _alternatives(word: _Word, nearest: Sequence[Near]) -> str:
    terms = dict.fromkeys(term for term in (word.term, *(near.term for near in nearest)) if term)
    joined = " | ".join(map(_quoted, terms))
    return f"({joined})" if len(terms) > 1 else joined


def _quoted(term: str) -> str:
    return "'" + term.replace("\\", "\\\\").replace("'", "''") + "'"


def _estimate(words: Iterable[_Word], nearest: Nearest, agreements: float) -> float:
    """In how many of all *agreements* the *words* are: by samples, and as if each came by chance."""
    shares = [
        min(1.0, (word.uses + sum(near.uses for near in nearest.get(word.word, ()))) / agreements)
        for word in words
        if word.term and len(word.word) <= LONGEST_WORD
    ]
    return agreements * prod(shares)


INDEXING_LOCK: Final = 853_000_007
WANTED_CHANNEL: Final = "malha_wanted"
"""Whoever searches says so here: the follower does not gather any longer."""
_WANT = "SELECT pg_notify($1, '')"
"""Held by whoever derives what is searched and compared."""
_PROGRESS: Final = """
SELECT h.position AS head, search.position AS searched, least(search.position, likeness.position) AS reached,
    EXISTS (
        SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = 0
            AND objid = $1::bigint::oid
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS is_led
FROM head h, follower search, follower likeness WHERE search.name = 'search' AND likeness.name = 'likeness'
"""


class Progress(NamedTuple):
    """Positions: the last one given, the last that is searched, the last that is compared, too.

    *is_led*: somebody is at it.
    """

    head: int
    searched: int
    reached: int
    is_led: bool


async def progress(connection: Connection) -> Progress:
    """How far the followers have come."""
    [row] = await connection.fetch(_PROGRESS, INDEXING_LOCK)
    return Progress(*row)


async def settled(connection: Connection, seconds: float = SETTLING_SECONDS) -> None:
    """Return once all that was registered before can be found; if it is hopeless, at once.

    After *seconds* at the latest. Not in a transaction that sees one instant alone.
    """
    until = time.monotonic() + seconds
    found = await progress(connection)
    head = found.head
    if head - found.searched > MOST_AWAITED:
        return
    if found.is_led and found.searched < head:
        await connection.execute(_WANT, WANTED_CHANNEL)
    while found.is_led and found.searched < head and time.monotonic() < until:
        await asyncio.sleep(_POLL_SECONDS)
        found = await progress(connection)
