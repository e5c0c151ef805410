"""What each person wants to hear of by mail, and the filters that they keep. Connection first."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Final, Literal, get_args

import asyncpg
import msgspec

from services.registry.queries import Connection
from shared.notices.canonical import base64url

Kind = Literal["remark", "question", "expiring", "digest"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
MOST_FILTERS: Final = 20
MOST_NAME: Final = 80
_MAC_BYTES: Final = 16


class Choices(msgspec.Struct, frozen=True):
    """Which kinds of mail somebody wants."""

    remark: bool = True
    question: bool = True
    expiring: bool = True
    digest: bool = True


class SavedFilter(msgspec.Struct, frozen=True):
    """A filter that somebody keeps; *query* is what the feed takes: `country=PT&theme=AGUA`."""

    id: int
    name: str
    query: str


class TooManyFilters(Exception):  # noqa: N818 - what it is
    """Somebody keeps as many as one may keep."""


class NameTaken(Exception):  # noqa: N818 - what it is
    """Somebody keeps a filter of that name already."""


_CHOICES: Final = "SELECT remark, question, expiring, digest FROM mail_choice WHERE person = $1"


async def choices(connection: Connection, person: str) -> Choices:
    """What *person* has chosen, or what is usual."""
    row = await connection.fetchrow(_CHOICES, person)
    return Choices() if row is None else Choices(*row)


_CHOOSE: Final = """
INSERT INTO mail_choice (person, remark, question, expiring, digest) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (person) DO UPDATE
SET remark = excluded.remark, question = excluded.question, expiring = excluded.expiring,
    digest = excluded.digest
"""
_UNWANTED: Final = "DELETE FROM concern WHERE person = $1 AND NOT kind = ANY($2::text[])"


async def choose(connection: Connection, person: str, chosen: Choices) -> None:
    """Keep what *person* has *chosen*; what waits to be told otherwise is not told. In a transaction."""
    wanted: Mapping[str, bool] = msgspec.structs.asdict(chosen)
    await connection.execute(_CHOOSE, person, *(wanted[kind] for kind in KINDS))
    await connection.execute(_UNWANTED, person, [kind for kind in KINDS if wanted[kind]])


_KNOWN: Final = "SELECT true FROM person WHERE id = $1 FOR SHARE"


async def end(connection: Connection, person: str, kind: Kind) -> bool:
    """End that kind of mail for *person*; False if there is nobody of that id. In a transaction."""
    if not await connection.fetchval(_KNOWN, person):
        return False
    kept = await choices(connection, person)
    await choose(connection, person, msgspec.structs.replace(kept, **{kind: False}))
    return True


_SAVED: Final = "SELECT id, name, query FROM saved_filter WHERE person = $1 ORDER BY lower(name), id"


async def saved(connection: Connection, person: str) -> Sequence[SavedFilter]:
    """The filters of *person*, by name."""
    return [SavedFilter(*row) for row in await connection.fetch(_SAVED, person)]


_KEEP: Final = """
INSERT INTO saved_filter (person, name, query)
SELECT $1, $2, $3 WHERE (SELECT count(*) FROM saved_filter WHERE person = $1) < $4
RETURNING id
"""


async def keep(connection: Connection, person: str, name: str, query: str) -> None:
    """Keep a filter for *person*. Raises TooManyFilters, NameTaken."""
    try:
        kept = await connection.fetchval(_KEEP, person, name, query, MOST_FILTERS)
    except asyncpg.UniqueViolationError:
        raise NameTaken(name) from None
    if kept is None:
        raise TooManyFilters


_DROP: Final = "DELETE FROM saved_filter WHERE person = $1 AND id = $2"


async def drop(connection: Connection, person: str, filter_id: int) -> None:
    """Forget that filter of *person*, if there is one."""
    await connection.execute(_DROP, person, filter_id)


class Leaving:
    """Addresses whose holder may end one kind of mail of one person, and do nothing else, without signing in.

    They hold for as long as the key of the stack's sessions: a letter may be read years later.
    """

    def __init__(self, session_key: str, origin: str) -> None:
        """*session_key* seals them, under a purpose of their own; *origin* is what all links begin with."""
        self.origin = origin
        self._key = hmac.digest(session_key.encode(), b"malha: ending a kind of mail", "sha256")

    def url(self, person: str, kind: Kind) -> str:
        """The address that ends *kind* of mail for *person*."""
        return f"{self.origin}/conta/avisos/sair/{person}.{kind}.{self._seal(person, kind)}"

    def read(self, token: str) -> tuple[str, Kind] | None:
        """Whose mail of which kind *token* ends; None: it is none of ours."""
        person, _, rest = token.partition(".")
        for kind in KINDS:
            if hmac.compare_digest(rest.encode(), f"{kind}.{self._seal(person, kind)}".encode()):
                return person, kind
        return None

    def _seal(self, person: str, kind: Kind) -> str:
        told = hmac.new(self._key, f"{person}\n{kind}".encode(), hashlib.sha256).digest()
        return base64url(told[:_MAC_BYTES])
