"""The outbox: mail that is to go out, in the transaction of what it tells. Connection first, never commits.

A key goes out once. What a letter says and to whom is kept until it is settled, and no longer; its key stays,
so that nothing is written a second time, whatever is worked through again.
"""

import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final, Literal, NamedTuple

from services.registry.mail.addresses import address, one_line, storable
from services.registry.queries import Connection
from shared.notices.sentences import Language

CHANNEL: Final = "malha_mail"
LIFETIME: Final = timedelta(days=3)
"""How long a letter is tried before it comes too late to be of use."""

Outcome = Literal["accepted", "refused", "too_late", "gone", "no_server"]
"""What became of a letter. *gone*: whose it is left the network before it went; *no_server*: none is set."""


class Letter(NamedTuple):
    """One that waits. *id* orders them; *message_id* is the same at every try."""

    id: int
    message_id: str
    language: Language
    recipient: str
    subject: str
    text: str
    html: str | None
    leave_url: str | None
    written_at: datetime
    tries: int


_ENQUEUE: Final = f"""
WITH written AS (
    INSERT INTO outbox (
        key, message_id, person, language, recipient, subject, body_text, body_html, leave_url, until)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, now() + $10)
    ON CONFLICT (key) DO NOTHING
    RETURNING id)
SELECT count(pg_notify('{CHANNEL}', '')) > 0 FROM written
"""  # noqa: S608 - a constant


async def enqueue(
    connection: Connection,
    *,
    key: str,
    to: str,
    language: Language,
    subject: str,
    text: str,
    html: str | None = None,
    person: str | None = None,
    leave_url: str | None = None,
    lifetime: timedelta = LIFETIME,
) -> bool:
    """Have a letter sent once this transaction is committed; False if there was one of that *key*.

    *person* is the opaque id of whose mail it is. *leave_url* takes a POST that ends mail of this kind
    (RFC 8058). It is not sent any more when *lifetime* has passed. Raises NotAnAddress.
    """
    written: bool = await connection.fetchval(
        _ENQUEUE,
        key,
        str(uuid.uuid4()),
        person,
        language,
        address(to),
        one_line(subject),
        storable(text),
        None if html is None else storable(html),
        leave_url,
        lifetime,
    )
    return written


_WAITING: Final = """
SELECT id, message_id, language, recipient, subject, body_text, body_html, leave_url, written_at, tries
FROM outbox WHERE settled_at IS NULL AND due_at <= now() AND until > now() ORDER BY until, id LIMIT $1
"""


async def waiting(connection: Connection, most: int) -> Sequence[Letter]:
    """The next *most* letters that are due. First what is soonest too late: who signs in waits for nobody."""
    return [Letter(*row) for row in await connection.fetch(_WAITING, most)]


_SETTLE: Final = """
UPDATE outbox SET settled_at = now(), outcome = $2, trouble = $3, tries = tries + $4,
    recipient = NULL, subject = NULL, body_text = NULL, body_html = NULL, leave_url = NULL
WHERE id = $1 AND settled_at IS NULL
"""


async def settle(connection: Connection, letter: int, outcome: Outcome, trouble: str | None = None) -> None:
    """Record what became of a letter that was tried, and forget what it said."""
    await connection.execute(_SETTLE, letter, outcome, trouble, 1)


_POSTPONE: Final = """
UPDATE outbox SET due_at = now() + $2, trouble = $3, tries = tries + 1 WHERE id = $1 AND settled_at IS NULL
"""


async def postpone(connection: Connection, letter: int, delay: timedelta, trouble: str) -> None:
    """Try a letter again after *delay*."""
    await connection.execute(_POSTPONE, letter, delay, trouble)


# In pieces: each row holds a letter, and whoever leads must not fall silent.
_GIVE_UP: Final = """
UPDATE outbox SET settled_at = now(),
    recipient = NULL, subject = NULL, body_text = NULL, body_html = NULL, leave_url = NULL,
    outcome = CASE WHEN NOT $1 THEN 'no_server' WHEN until <= now() THEN 'too_late' ELSE 'gone' END
WHERE id IN (
    SELECT id FROM outbox w WHERE settled_at IS NULL AND (NOT $1 OR until <= now() OR EXISTS (
        SELECT FROM person p WHERE p.id = w.person AND (p.ended_at IS NOT NULL OR p.ends_on < $2)))
    LIMIT 1000)
RETURNING outcome
"""


async def give_up(connection: Connection, today: date, *, sends: bool) -> list[Outcome]:
    """Settle unsent what came too late, or whose person is gone; unless *sends*, everything."""
    return [row["outcome"] for row in await connection.fetch(_GIVE_UP, sends, today)]


_FORGET: Final = "DELETE FROM outbox WHERE settled_at < now() - $1::interval"


async def forget(connection: Connection, older_than: timedelta) -> None:
    """Forget the keys of what was settled so long ago that nothing writes it again."""
    await connection.execute(_FORGET, older_than)


class Backlog(NamedTuple):
    """How many letters wait, and since when the oldest of them does."""

    letters: int
    oldest: datetime | None


_BACKLOG: Final = "SELECT count(*), min(written_at) FROM outbox WHERE settled_at IS NULL"


async def backlog(connection: Connection) -> Backlog:
    """What waits."""
    row = await connection.fetchrow(_BACKLOG)
    return Backlog(*row) if row else Backlog(0, None)
