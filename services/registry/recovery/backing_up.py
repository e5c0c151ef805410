"""A backup: the database of one moment, the list of all erasures, and what the broker is told to be."""

from pathlib import Path
from typing import Any, Final

import asyncpg
import msgspec

from services.registry.recovery import backups, dumping
from services.registry.recovery.backups import Backup, Manifest, Writing
from services.registry.writing.owing import Owed

CONNECT_SECONDS: Final = 10.0
COMMAND_SECONDS: Final = 600.0


class Erasure(msgspec.Struct, frozen=True):
    """One order to erase, without what was erased: the erasure's own protocol, and that of its *notice*."""

    protocol: str
    position: int | None
    member: str
    sequence: int
    notice: str | None
    fields: tuple[str, ...]
    ground: str | None
    decided_by: str | None
    request: str | None

    def owed(self) -> Owed:
        """The same, as what a database owes that does not know of it."""
        return Owed(**{**msgspec.structs.asdict(self), "fields": list(self.fields)})


async def back_up(database_url: str, environment: str, place: Path, broker: dict[str, Any] | None) -> Backup:
    """Make a backup in *place*; *broker*: RabbitMQ's definitions, None if they could not be had.

    The dump and what the manifest says are of one snapshot. Raises BadBackup, ToolFailed, and what asyncpg
    raises.
    """
    writing = Writing(place)
    try:
        return await _write(writing, database_url, environment, broker)
    finally:
        writing.discard()


async def _write(
    writing: Writing, database_url: str, environment: str, broker: dict[str, Any] | None
) -> Backup:
    connection = await asyncpg.connect(database_url, timeout=CONNECT_SECONDS, command_timeout=COMMAND_SECONDS)
    try:
        # It is idle for as long as the dump takes.
        await connection.execute("SET idle_in_transaction_session_timeout = 0")
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            snapshot: str = await connection.fetchval("SELECT pg_export_snapshot()")
            facts = await connection.fetchrow(_FACTS)
            erasures = [Erasure(*row) for row in await connection.fetch(_ERASURES)]
            await dumping.dump(database_url, snapshot, writing.folder / backups.DATABASE)
        writing.write(backups.ERASURES, msgspec.json.format(msgspec.json.encode(erasures)))
        if broker is not None:
            writing.write(backups.BROKER, msgspec.json.format(msgspec.json.encode(broker)))
        return writing.keep(
            Manifest(
                format=backups.FORMAT,
                made_at=writing.made_at,
                environment=environment,
                erasures=len(erasures),
                files=writing.files(),
                **dict(facts or {}),
            )
        )
    finally:
        await connection.close(timeout=CONNECT_SECONDS)


_FACTS: Final = """
SELECT h.position AS head, (SELECT count(*) FROM inbox) AS notices,
       (SELECT registered_at FROM entry ORDER BY position DESC LIMIT 1) AS registered_at,
       (SELECT version_num FROM alembic_version) AS schema,
       current_setting('server_version') AS postgresql
FROM head h
"""
_ERASURES: Final = """
SELECT e.protocol, e.position, e.member, (d.fields #>> '{sequence,value}')::bigint AS sequence,
       named.protocol AS notice,
       ARRAY(SELECT jsonb_array_elements_text(d.fields #> '{fields,value}')) AS fields,
       d.fields #>> '{ground,value}', d.fields #>> '{decided_by,value}', d.fields #>> '{request,value}'
FROM entry e JOIN disclosure d ON d.position = e.position
LEFT JOIN entry named ON named.member = e.member
    AND named.sequence = (d.fields #>> '{sequence,value}')::bigint
WHERE e.type = 'br.malha.ledger.erased.v1'
UNION ALL
SELECT protocol, position, member, sequence, notice, fields, ground, decided_by, request
FROM owed_erasure WHERE settled_at IS NULL
ORDER BY 2
"""
