"""What is kept of a recovery while it runs. Connection first; nothing here opens or ends a transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal, NamedTuple

from services.registry.leader import is_held
from services.registry.queries import Connection

LOCK: Final = 853_000_016
CHANNEL: Final = "malha_recovery"
Cause = Literal["restored", "feed_ahead", "other_server", "asked"]


class Server(NamedTuple):
    """Where a database is: the cluster, and how often a standby of it was promoted."""

    system: str
    timeline: str


class Recovery(NamedTuple):
    """One recovery. Offsets are the journal's; *replayed* counts what was published again."""

    id: int
    cause: Cause
    backup: str | None
    begun_at: datetime
    head: int
    told: int | None
    registered_at: datetime | None
    journal_from: int | None
    journal_to: int | None
    read_to: int | None
    journal_since: datetime | None
    replayed: int
    finished_at: datetime | None


_COLUMNS: Final = ", ".join(Recovery._fields)
_UNFINISHED: Final = f"SELECT {_COLUMNS} FROM recovery WHERE finished_at IS NULL ORDER BY id LIMIT 1"  # noqa: S608 - a constant
_LAST: Final = f"SELECT {_COLUMNS} FROM recovery ORDER BY id DESC LIMIT 1"  # noqa: S608 - the same


async def unfinished(connection: Connection) -> Recovery | None:
    """The recovery that comes next; None if there is nothing to recover."""
    row = await connection.fetchrow(_UNFINISHED)
    return None if row is None else Recovery(*row)


async def last(connection: Connection) -> Recovery | None:
    """The one that began last; None if there never was one."""
    row = await connection.fetchrow(_LAST)
    return None if row is None else Recovery(*row)


_BEGIN: Final = f"""
WITH begun AS (
    INSERT INTO recovery (cause, backup, head, registered_at)
    SELECT $1, $2, h.position,
        (SELECT registered_at FROM entry WHERE position <= h.position ORDER BY position DESC LIMIT 1)
    FROM head h RETURNING id)
SELECT id, pg_notify('{CHANNEL}', '') FROM begun
"""  # noqa: S608 - a constant


async def begin(connection: Connection, cause: Cause, backup: str | None = None) -> int:
    """Have the journal replayed; the new recovery's number."""
    begun: int = await connection.fetchval(_BEGIN, cause, backup)
    return begun


# Of the server that is written to now: the control file learns of a promotion only with the next checkpoint.
_HERE: Final = """
SELECT (SELECT system_identifier::text FROM pg_control_system()) AS system,
       left(pg_walfile_name(pg_current_wal_lsn()), 8) AS timeline
"""
_SEEN: Final = "SELECT system, timeline FROM server_seen"
_SEE: Final = """
INSERT INTO server_seen (system, timeline) VALUES ($1, $2)
ON CONFLICT (singleton) DO UPDATE SET system = excluded.system, timeline = excluded.timeline
"""


_WHOLE_AHEAD: Final = "SELECT EXISTS (SELECT FROM recovery WHERE finished_at IS NULL AND journal_to IS NULL)"


async def is_whole_ahead(connection: Connection) -> bool:
    """Whether a recovery is still to look how far the journal goes, and will read all of it.

    One that is half way does not do instead: what it has passed may be lost again, with what came since.
    """
    ahead: bool = await connection.fetchval(_WHOLE_AHEAD)
    return ahead


async def server_changed(connection: Connection) -> bool:
    """Whether the database was last written on another server; from now on this is the one."""
    here = Server(*(await connection.fetchrow(_HERE) or ()))
    row = await connection.fetchrow(_SEEN)
    if row is not None and Server(*row) == here:
        return False
    await connection.execute(_SEE, *here)
    return row is not None


async def is_led(connection: Connection) -> bool:
    """Whether some registry replays, or would."""
    return await is_held(connection, LOCK)


_SURVEYED: Final = """
UPDATE recovery SET journal_from = $2, journal_to = $3, journal_since = $4, read_to = NULL WHERE id = $1
"""
_READ: Final = "UPDATE recovery SET read_to = $2, replayed = replayed + $3 WHERE id = $1"
_FINISH: Final = "UPDATE recovery SET finished_at = now() WHERE id = $1"


async def surveyed(
    connection: Connection, recovery: int, first: int | None, last: int | None, since: datetime | None
) -> None:
    """The journal holds the offsets *first* to *last*, received *since*; None: nothing. None is read yet."""
    await connection.execute(_SURVEYED, recovery, first, last, since)


async def read(connection: Connection, recovery: int, offset: int, replayed: int) -> None:
    """Everything up to *offset* was looked at, and *replayed* more messages published again."""
    await connection.execute(_READ, recovery, offset, replayed)


async def finish(connection: Connection, recovery: int) -> None:
    """All that the journal held was looked at, and what was published again was handled."""
    await connection.execute(_FINISH, recovery)


_KNOWN: Final = """
SELECT e.received_at, EXISTS (SELECT FROM dead d WHERE d.protocol = n.protocol),
       EXISTS (SELECT FROM lost l WHERE l.protocol = n.protocol)
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
    WITH ORDINALITY AS n (member, source, id, protocol, ordinal)
LEFT JOIN inbox i ON i.member = n.member AND i.source = n.source AND i.id = n.id
LEFT JOIN entry e ON e.position = i.position
ORDER BY n.ordinal
"""


class Fate(NamedTuple):
    """What is known of a notice of the journal: when what is registered was *received*, None if nothing is.

    *told*: the feed has told of it, so that it was registered once, even if it was dead before.
    """

    received: datetime | None
    dead: bool
    told: bool


async def fates(connection: Connection, notices: Sequence[tuple[str, str, str, str]]) -> list[Fate]:
    """What is known of each of *notices* (member, source, id, protocol)."""
    if not notices:
        return []
    return [Fate(*row) for row in await connection.fetch(_KNOWN, *zip(*notices, strict=True))]
