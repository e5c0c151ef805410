"""Following the feed: what has changed since, for whatever is derived from agreements. Connection first."""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from services.registry.queries import Connection

Follower = Literal["search", "likeness"]

FORGETTING_LOCK: Final = 853_000_008
"""Whoever derives takes it for its transaction, and whoever erases: or what is erased would come back."""


class Changed(NamedTuple):
    """An agreement that is to be derived anew; *fold* is JSON; *was* digests what was derived before."""

    agreement: str
    member: str
    known_from: int
    version: int
    visibility: str
    fold: str
    was: bytes | None
    was_visible: str | None
    was_of: int | None


class News(NamedTuple):
    """What changed, from the follower's position up to *position*; *more*: there is more behind it."""

    changes: Sequence[Changed]
    position: int
    head: int
    generation: int
    more: bool


_PLACE = "SELECT h.position AS head, f.position, f.generation FROM head h, follower f WHERE f.name = $1"
_ITEMS = "SELECT position, agreement FROM feed_item WHERE position > $1 ORDER BY position LIMIT $2"
_CHANGED: Final = {
    "search": """
SELECT a.id, a.member, a.known_from, a.version, a.visibility, a.fold, i.digest, i.visibility, i.generation
FROM agreement a LEFT JOIN indexed i ON i.agreement = a.id
WHERE a.id = ANY($1) AND (i.version IS DISTINCT FROM a.version OR i.generation <> $2)
ORDER BY a.known_from
""",
    "likeness": """
SELECT a.id, a.member, a.known_from, a.version, a.visibility, a.fold, i.digest, i.visibility, i.generation
FROM agreement a LEFT JOIN compared i ON i.agreement = a.id
WHERE a.id = ANY($1) AND (i.version IS DISTINCT FROM a.version OR i.generation <> $2)
ORDER BY a.known_from
""",
}


async def news(connection: Connection, follower: Follower, most: int) -> News:
    """What *follower* has not derived yet, of the next *most* positions at most. In a transaction."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", FORGETTING_LOCK)
    # The head first: what is committed between the two reads is found the next time.
    place = await connection.fetchrow(_PLACE, follower)
    head, position, generation = tuple(place) if place else (0, 0, 0)
    if position >= head:
        return News((), position, position, generation, more=False)
    items = await connection.fetch(_ITEMS, position, most)
    agreements = {item["agreement"] for item in items} - {None}
    rows = await connection.fetch(_CHANGED[follower], sorted(agreements), generation) if agreements else []
    more = len(items) == most
    last = items[-1]["position"] if items else head
    reached = last if more else max(head, last)
    return News([Changed(*row) for row in rows], reached, max(head, reached), generation, more)


# Not if it was told to begin again meanwhile: then it has reached nothing.
_REACHED: Final = """
UPDATE follower SET position = $2 WHERE name = $1 AND generation = $3 AND position <> $2
"""


async def reached(connection: Connection, follower: Follower, news: News) -> None:
    """Record that *follower* has derived *news*."""
    await connection.execute(_REACHED, follower, news.position, news.generation)


_NAMES = "SELECT id, name FROM member WHERE id = ANY($1)"


async def names(connection: Connection, members: Sequence[str]) -> dict[str, str]:
    """The names of *members* by id, as far as they are known."""
    return {row["id"]: row["name"] for row in await connection.fetch(_NAMES, members)}


_AGAIN = "UPDATE follower SET position = 0, generation = generation + 1"
_IF_OLDER: Final = """
UPDATE follower SET position = 0, generation = generation + 1, version = $2 WHERE name = $1 AND version <> $2
"""


async def begin_again(connection: Connection) -> None:
    """Have everything derived anew, from the first position on. What there is serves until it is replaced."""
    await connection.execute(_AGAIN)


async def begin_again_if_older(connection: Connection, follower: Follower, version: int) -> None:
    """The same for *follower*, if what there is was derived by another *version* of the program."""
    await connection.execute(_IF_OLDER, follower, version)
