"""Agreements as they were known at a moment: by the stored fold, or by one of the notices of that moment."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import msgspec

from services.registry import queries
from services.registry.folding import completeness, fold
from services.registry.folding.completeness import Completeness
from services.registry.folding.fold import Agreement
from services.registry.folding.rules import Rules
from services.registry.http.answers import StoredRemark, read_remarks
from services.registry.writing import ledger
from shared.notices.envelope import Notice

MOST_REMARKS: Final = 50
_AT_ONCE: Final = 200
"""So many notices are folded between other things that the process does; more, beside them."""

_read_disclosure = msgspec.json.Decoder(ledger.Disclosure).decode


class Known(msgspec.Struct, frozen=True):
    """An agreement at a moment, and what depends on arrival: of its last notice registered by then."""

    row: queries.AgreementRow
    agreement: Agreement
    completeness: Completeness
    version: int
    received_at: datetime
    registered_at: datetime
    remarks: list[StoredRemark]


async def known(
    connection: queries.Connection,
    rows: Sequence[queries.AgreementRow],
    moment: queries.Moment,
    rules: Rules,
) -> list[Known]:
    """The agreements of *rows* as known at *moment*; none that was not known yet."""
    until = moment.position
    changed = [row.id for row in rows if not _is_stored(row, moment)]
    told: dict[str, list[queries.ToldRow]] = {agreement: [] for agreement in changed}
    for found in await queries.told(connection, changed, until=until) if changed else ():
        told[found.agreement].append(found)
    if sum(map(len, told.values())) > _AT_ONCE:
        return await asyncio.to_thread(_all, rows, told, rules)
    return _all(rows, told, rules)


def _is_stored(row: queries.AgreementRow, moment: queries.Moment) -> bool:
    """Whether the stored fold tells of the moment."""
    if row.told_from is not None and moment.as_of < row.told_from:
        return False
    return moment.position is None or row.version <= moment.position


def _all(
    rows: Iterable[queries.AgreementRow], told: dict[str, list[queries.ToldRow]], rules: Rules
) -> list[Known]:
    found = (_then(row, told[row.id], rules) if row.id in told else _now(row, rules) for row in rows)
    return [each for each in found if each is not None]


def _now(row: queries.AgreementRow, rules: Rules) -> Known:
    return Known(
        row=row,
        agreement=fold.agreement(fold.decode(row.fold), rules),
        completeness=Completeness(row.completeness, tuple(row.missing)),
        version=row.version,
        received_at=row.received_at,
        registered_at=row.registered_at,
        remarks=read_remarks(row.remarks),
    )


def _then(row: queries.AgreementRow, told: Sequence[queries.ToldRow], rules: Rules) -> Known | None:
    folded = [(entry, notice) for entry in told if (notice := notice_of(entry)).fact.folded]
    if not folded:
        return None
    last, _ = folded[-1]
    remarks = [remark for entry, _ in folded[-MOST_REMARKS:] for remark in read_remarks(entry.remarks)]
    whole = fold.fold(row.member, row.subject, (notice for _, notice in folded))
    agreement = fold.agreement(whole, rules)
    return Known(
        row=row,
        agreement=agreement,
        completeness=completeness.of_agreement(agreement),
        version=last.position,
        received_at=last.received_at,
        registered_at=last.registered_at,
        remarks=remarks[-MOST_REMARKS:],
    )


def notice_of(told: queries.ToldRow) -> Notice:
    """The notice, without what was erased of it."""
    return ledger.read_notice(told.entry, _read_disclosure(told.fields))
