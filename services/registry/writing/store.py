"""The registrar's writes. Connection first; nothing here opens or ends a transaction but `begin_under_head`.

A batch costs four round trips whatever it carries: lock, look up, write, commit; one more if something was
repeated, one more if an agreement must be folded anew.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from services.registry.queries import Connection
from services.registry.writing import tally

# The planner meets empty tables at first and would keep their sequential scans for the life of the plan.
_BEGIN = """
BEGIN;
SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;
SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL jit = off;
SELECT FROM head FOR UPDATE
"""


async def begin_under_head(connection: Connection) -> None:
    """Begin a transaction that nobody else writes beside: positions and chains are this one's alone."""
    await connection.execute(_BEGIN)


class NoticeRow(NamedTuple):
    """One registered notice: a row each of inbox, entry, disclosure and feed_item."""

    position: int
    member: str
    source: str
    id: str
    sequence: int
    protocol: str
    type: str
    agreement: str | None
    entry: str
    digest: bytes
    disclosure: str
    remarks: str
    item: str
    received_at: datetime


class ChainRow(NamedTuple):
    """A chain's new head; *last_heard_at* only if the member itself was heard."""

    member: str
    length: int
    head: bytes
    last_heard_at: datetime | None


class AgreementRow(NamedTuple):
    """An agreement after its last notice; *missing*: names of fields, with commas between them."""

    id: str
    member: str
    subject: str
    known_from: int
    version: int
    visibility: str
    fold: str
    told_from: date | None
    course: str
    remarks: str
    erased: str
    completeness: int
    missing: str
    received_at: datetime


class OldSegment(NamedTuple):
    """A segment that does not hold any more since *until*; not *gone*: another takes its key."""

    known_from: int
    from_day: date
    until: int
    gone: bool


class Segments(NamedTuple):
    """Segments of one agreement that say the same but for state and days; *amounts* is JSON.

    *spans* are (state, from_day, to_day), known since a position.
    """

    agreement: str
    counted: str
    signed_from: date | None
    signed_on: str | None
    ends_on: date | None
    amounts: str | None
    known_from: int
    since: int
    spans: list[tuple[str, date, date]]


class OldFacet(NamedTuple):
    """A facet that does not hold any more since *until*; not *gone*: another takes its key."""

    name: str
    value: str
    known_from: int
    from_day: date
    until: int
    gone: bool


class Facets(NamedTuple):
    """What one agreement is found by on the days [from_day, to_day), (name, value) each.

    Known since a position.
    """

    known_from: int
    agreement: str
    from_day: date
    to_day: date
    since: int
    found_by: list[tuple[str, str]]


class ReviewRow(NamedTuple):
    """A contradiction that the notice at *opened_by* brought about; *detail* is JSON."""

    agreement: str
    member: str
    kind: str
    code: str
    protocol: str
    detail: str
    opened_by: int


class ClosingRow(NamedTuple):
    """A contradiction that the notice at *closing* resolved."""

    agreement: str
    code: str
    protocol: str
    closing: int


class CheckpointRow(NamedTuple):
    """The fold after *taken* notices; *last_key* and *opening* are JSON, *positions* an array in text."""

    agreement: str
    taken: int
    last_key: str
    fold: str
    opening: str | None
    positions: str
    written: int


class ConflictRow(NamedTuple):
    """A known identity with other content."""

    member: str
    source: str
    id: str
    received_at: datetime
    sender: str
    envelope: str
    data: str

    def says_the_same(self, other: "ConflictRow") -> bool:
        """Whether both are the same notice, sent twice: one of them is enough to keep."""
        return self[:3] + self[5:] == other[:3] + other[5:]


@dataclass(slots=True)
class Writes:
    """All that one part of a batch writes."""

    notices: list[NoticeRow] = field(default_factory=list)
    chains: list[ChainRow] = field(default_factory=list)
    agreements: list[AgreementRow] = field(default_factory=list)
    old_segments: list[OldSegment] = field(default_factory=list)
    segments: list[Segments] = field(default_factory=list)
    old_facets: list[OldFacet] = field(default_factory=list)
    facets: list[Facets] = field(default_factory=list)
    counts: tally.Sums = field(default_factory=dict)
    opened: list[ReviewRow] = field(default_factory=list)
    closed: list[ClosingRow] = field(default_factory=list)
    checkpoints: list[CheckpointRow] = field(default_factory=list)
    old_checkpoints: list[tuple[str, int]] = field(default_factory=list)
    """Agreements, each with the last of its checkpoints that still holds."""


_WRITE: Final = Path(__file__).with_name("register.sql").read_text(encoding="utf-8")


# Many short rows in few elements: the driver looks at each element for longer than PostgreSQL splits a text.
_RECORD, _FIELD = "\x1e", "\x1f"
_DAYS: Final = {date.min: "-infinity", date.max: "infinity"}


def _day(day: date) -> str:
    return _DAYS.get(day) or day.isoformat()


def _packed_spans(spans: Iterable[tuple[str, date, date]]) -> str:
    return _RECORD.join([f"{state}{_FIELD}{_day(first)}{_FIELD}{_day(end)}" for state, first, end in spans])


def _packed_facets(found_by: Iterable[tuple[str, str]]) -> str:
    return _RECORD.join([f"{name}{_FIELD}{value}" for name, value in found_by])


def columns(width: int, rows: Iterable[tuple[Any, ...]]) -> list[Sequence[Any]]:
    """*rows* of *width* columns as what `unnest` takes: column by column."""
    return list(zip(*rows, strict=True)) or [()] * width


async def write(connection: Connection, registered_at: datetime, writes: Writes) -> None:
    """Write a batch, and wake whoever publishes the feed once it is committed."""
    await connection.execute(
        _WRITE,
        registered_at,
        *columns(14, writes.notices),
        *columns(4, writes.chains),
        *columns(14, writes.agreements),
        *columns(4, writes.old_segments),
        *columns(9, ((*row[:8], _packed_spans(row.spans)) for row in writes.segments)),
        *columns(6, writes.old_facets),
        *columns(6, ((*row[:5], _packed_facets(row.found_by)) for row in writes.facets)),
        *columns(6, tally.deltas(writes.counts)),
        *columns(7, writes.opened),
        *columns(4, writes.closed),
        *columns(7, writes.checkpoints),
        *columns(2, writes.old_checkpoints),
    )


_WRITE_PAST_SEGMENTS = """
INSERT INTO segment_past (agreement, from_day, to_day, state, counted, signed_from, signed_on, ends_on,
                          amounts, known_from, since, until)
SELECT * FROM unnest($1::text[], $2::date[], $3::date[], $4::text[], $5::text[], $6::date[], $7::text[],
    $8::date[], $9::jsonb[], $10::bigint[], $11::bigint[], $12::bigint[])
"""
_WRITE_PAST_FACETS = """
INSERT INTO facet_past (name, value, known_from, agreement, from_day, to_day, since, until)
SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::date[], $6::date[], $7::bigint[],
    $8::bigint[])
"""


async def write_past(
    connection: Connection,
    segments: Iterable[tuple[Any, ...]],
    facets: Iterable[tuple[Any, ...]],
) -> None:
    """Write what was known until a position: rows of both tables, column by column."""
    await connection.execute(_WRITE_PAST_SEGMENTS, *columns(12, segments))
    await connection.execute(_WRITE_PAST_FACETS, *columns(8, facets))


_KEEP_CONFLICTS = """
INSERT INTO conflict (member, source, id, received_at, sender, envelope, data)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::jsonb[], $6::jsonb[],
    $7::jsonb[]) AS new (member, source, id, received_at, sender, envelope, data)
WHERE NOT EXISTS (SELECT FROM conflict old WHERE old.member = new.member AND old.source = new.source
    AND old.id = new.id AND old.envelope = new.envelope AND old.data = new.data)
ON CONFLICT DO NOTHING
"""


async def keep_conflicts(connection: Connection, conflicts: Sequence[ConflictRow]) -> None:
    """Set *conflicts* aside, each content once however often it came."""
    await connection.execute(_KEEP_CONFLICTS, *columns(7, conflicts))


# A nil return may be retracted, and its date erased: so the last one is looked for, not remembered.
_LAST_NIL_RETURNS = """
UPDATE chain SET last_nil_return = (
    SELECT max(d.fields -> 'as_of' ->> 'value' COLLATE "C")
    FROM entry e JOIN disclosure d ON d.position = e.position
    WHERE e.member = chain.member AND e.type = 'br.malha.municipality.nothing_to_declare.v1'
      AND NOT EXISTS (
        SELECT FROM disclosure o JOIN entry r ON r.position = o.position
        WHERE o.fields ? 'notice' AND o.fields -> 'notice' ->> 'value' = e.protocol
          AND r.member = chain.member AND r.type = 'br.malha.agreement.retracted.v1'))
WHERE member = ANY($1)
"""


async def find_last_nil_returns(connection: Connection, members: Sequence[str]) -> None:
    """Set when each of *members* last declared that it had nothing to declare."""
    await connection.execute(_LAST_NIL_RETURNS, members)
