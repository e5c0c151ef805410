"""An agreement as a line of a board."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import msgspec
from aiohttp import web
from msgspec import UNSET

from services.registry import queries
from services.registry.folding import fold
from services.registry.folding.agreement import Agreement
from services.registry.http.known import known
from services.registry.http.naming import member_names
from services.registry.http.rulings import RULINGS
from shared import data
from shared.notices.codelists import State, Visibility


class Line(msgspec.Struct, frozen=True):
    """An agreement on a day, in few words; *told* are its data."""

    id: str
    known_from: int
    member: str
    member_name: str
    mesoregion: str | None
    subject: str
    state: State
    visibility: Visibility
    completeness: int
    told: dict[str, Any]
    agreement: Agreement

    @property
    def title(self) -> str | None:
        """Its title; None if it was erased or never told."""
        return self.told.get("title")

    @property
    def partners(self) -> Sequence[dict[str, Any]]:
        """With whom."""
        return self.told.get("partners") or ()


def mesoregion_of(member: str) -> str | None:
    """Where a municipality lies; None for other members."""
    city = data.municipalities().get(member)
    return None if city is None else city.mesoregion


def told_on(stored: str | None, day: date) -> dict[str, Any]:
    """The data of a *stored* fold on *day*, with its `state`; nothing for none."""
    if stored is None:
        return {}
    segment = fold.agreement(fold.decode(stored)).on(day)
    return {
        name: value for name, value in {**segment.data, "state": segment.state}.items() if value is not UNSET
    }


async def lines(
    request: web.Request,
    connection: queries.Connection,
    known_from: Sequence[int],
    day: date,
    reach: queries.Reach,
) -> list[Line]:
    """The agreements with those `known_from`, in their order."""
    rows = await queries.agreements(connection, known_from, reach)
    rules = await request.app[RULINGS].now(connection)
    name_of = member_names(request)
    found = {
        each.row.known_from: _line(each.row, each.agreement, day, name_of)
        for each in await known(connection, rows, queries.Moment(day), rules)
    }
    return [found[position] for position in known_from if position in found]


def _line(
    row: queries.AgreementRow, agreement: Agreement, day: date, name_of: Callable[[str], str | None]
) -> Line:
    segment = agreement.on(day)
    return Line(
        id=row.id,
        known_from=row.known_from,
        member=row.member,
        member_name=name_of(row.member) or row.member,
        mesoregion=mesoregion_of(row.member),
        subject=row.subject,
        state=segment.state,
        visibility=row.visibility,
        completeness=row.completeness,
        told=segment.data,
        agreement=agreement,
    )
