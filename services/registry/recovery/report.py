"""What a recovery gave back, and what it could not, by position. Connection first."""

from datetime import datetime
from typing import Any, Final, Literal

import msgspec

from services.registry.queries import Connection
from services.registry.recovery import records
from services.registry.recovery.records import Recovery

Kind = Literal["notice", "dead", "announcement", "seal", "erasure_done", "erasure_owed", "erasure_unknown"]
"""What a position that is not there any more was: *notice* and *dead* are lost until they are sent again;
*announcement* is told again by the clock if it is still true; *erasure_done* has another number now,
*erasure_owed* is done when its notice comes, *erasure_unknown* has to be ordered again by hand."""


class Missing(msgspec.Struct, frozen=True):
    """A position that the feed had told, whose notice does not stand in the ledger (again).

    *now*: the position of what stands for it.
    """

    position: int
    protocol: str
    type: str
    member: str
    agreement: str | None
    registered_at: datetime
    kind: Kind
    notice: str | None = None
    now: int | None = None


class Document(msgspec.Struct, frozen=True):
    """A document that an agreement names and that was handed in before, or never."""

    sha256: str
    agreement: str
    member: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of a recovery. *untold*: positions of which not even the feed knows what they were.

    *journal_gap*: the journal begins only then; what was acknowledged before and after the backup, and is not
    among the lost positions, nobody knows of.
    """

    number: int
    cause: records.Cause
    backup: str | None
    begun_at: datetime
    finished_at: datetime | None
    head: int
    told: int | None
    database_ends_at: datetime | None
    journal_gap: datetime | None
    replayed: int
    lost: int
    recovered: int
    missing: list[Missing]
    untold: list[tuple[int, int]]
    documents: list[Document]
    accounts: list[dict[str, Any]]


_LOST: Final = "SELECT count(*) FROM lost WHERE recovery = $1 AND protocol <> ''"
_RECOVERED: Final = """
SELECT count(*) FROM lost l WHERE l.recovery = $1 AND EXISTS (
    SELECT FROM entry e WHERE e.protocol = l.protocol)
"""
_MISSING: Final = """
SELECT l.position, l.protocol, l.type, l.member, l.agreement, l.registered_at,
       o.protocol IS NOT NULL AS ordered, o.notice, o.settled_at, o.settled_by,
       EXISTS (SELECT FROM dead d WHERE d.protocol = l.protocol) AS dead
FROM lost l LEFT JOIN owed_erasure o ON o.protocol = l.protocol
WHERE l.recovery = $1 AND l.protocol <> ''
  AND NOT EXISTS (SELECT FROM entry e WHERE e.protocol = l.protocol)
ORDER BY l.position
"""
_UNTOLD: Final = """
SELECT after + 1, before - 1 FROM (
    SELECT position AS before, lag(position, 1, $1) OVER (ORDER BY position) AS after
    FROM (SELECT position FROM lost WHERE position > $1 AND position <= $2 UNION SELECT $2 + 1) AS told
) AS steps WHERE before > after + 1
ORDER BY 1
"""
# Of what was registered again: the paper itself travels in no queue.
_DOCUMENTS: Final = """
SELECT DISTINCT f.value, f.agreement, a.member FROM facet f JOIN agreement a ON a.id = f.agreement
WHERE f.name = 'document' AND a.id IN (SELECT agreement FROM lost WHERE recovery = $1)
  AND NOT EXISTS (SELECT FROM document d WHERE d.sha256 = f.value)
ORDER BY 2, 1
"""
_ACCOUNTS: Final = "SELECT found FROM reconciled WHERE reconciled_at >= $1 ORDER BY reconciled_at"


async def report(connection: Connection, recovery: Recovery) -> Report:
    """What became of what *recovery* is about, by now."""
    rows = await connection.fetch(_MISSING, recovery.id)
    told = recovery.told if recovery.told is not None else recovery.head
    accounts = await connection.fetch(_ACCOUNTS, recovery.begun_at)
    ends, since = recovery.registered_at, recovery.journal_since
    if recovery.finished_at is not None and recovery.journal_to is None:
        since = recovery.begun_at  # it held nothing: it is a new one
    return Report(
        number=recovery.id,
        cause=recovery.cause,
        backup=recovery.backup,
        begun_at=recovery.begun_at,
        finished_at=recovery.finished_at,
        head=recovery.head,
        told=recovery.told,
        database_ends_at=ends,
        journal_gap=since if since is not None and ends is not None and since > ends else None,
        replayed=recovery.replayed,
        lost=await connection.fetchval(_LOST, recovery.id),
        recovered=await connection.fetchval(_RECOVERED, recovery.id),
        missing=[_missing(row) for row in rows],
        untold=[(first, last) for first, last in await connection.fetch(_UNTOLD, recovery.head, told)],
        documents=[Document(*row) for row in await connection.fetch(_DOCUMENTS, recovery.id)],
        accounts=[msgspec.json.decode(row["found"]) for row in accounts],
    )


def _missing(row: Any) -> Missing:
    return Missing(
        position=row["position"],
        protocol=row["protocol"],
        type=row["type"],
        member=row["member"],
        agreement=row["agreement"],
        registered_at=row["registered_at"],
        kind=_kind(row),
        notice=row["notice"],
        now=row["settled_by"],
    )


def _kind(row: Any) -> Kind:
    if row["ordered"]:
        if row["settled_at"] is not None:
            return "erasure_done"
        return "erasure_unknown" if row["notice"] is None else "erasure_owed"
    if row["type"].startswith("br.malha.clock."):
        return "announcement"
    if row["type"] == "br.malha.ledger.sealed.v1":
        return "seal"
    return "dead" if row["dead"] else "notice"
