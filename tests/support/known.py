"""What the tables say was known at a position, and the same counted anew from the notices known by then."""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from shared.data import municipalities
from shared.notices.dates import ReducedDate
from shared.notices.envelope import Notice
from shared.notices.protocol import agreement_id
from tests.support import reference_fold as reference
from tests.support.registered import Sql


class Known(NamedTuple):
    """One agreement on one day: a state with its flags, and what it is found by."""

    state: str
    counted: str
    signed_from: date | None
    signed_on: str | None
    ends_on: date | None
    amounts: Any
    facets: frozenset[tuple[str, str]]


_SEGMENTS = """
SELECT agreement, state, counted, signed_from, signed_on, ends_on, amounts FROM (
    SELECT *, NULL::bigint AS until FROM segment UNION ALL SELECT * FROM segment_past) s
WHERE since <= $1 AND (until IS NULL OR until > $1) AND from_day <= $2 AND to_day > $2
"""
_FACETS = """
SELECT agreement, name, value FROM (
    SELECT *, NULL::bigint AS until FROM facet UNION ALL SELECT * FROM facet_past) f
WHERE since <= $1 AND (until IS NULL OR until > $1) AND from_day <= $2 AND to_day > $2
"""


async def stored(sql: Sql, position: int, day: date) -> dict[str, Known]:
    """What the tables say of each agreement on *day*, as known at *position*."""
    facets: dict[str, set[tuple[str, str]]] = {}
    for agreement, *facet in await sql.fetch(_FACETS, position, day):
        assert tuple(facet) not in facets.setdefault(agreement, set()), "one row for a facet and a day"
        facets[agreement].add((facet[0], facet[1]))
    found: dict[str, Known] = {}
    for row in await sql.fetch(_SEGMENTS, position, day):
        agreement, amounts = row["agreement"], row["amounts"]
        assert agreement not in found, "one segment for a day"
        found[agreement] = Known(
            **{name: row[name] for name in Known._fields[:-2]},
            amounts=None if amounts is None else json.loads(amounts),
            facets=frozenset(facets.pop(agreement)),
        )
    assert not facets
    return found


def recounted(notices: Iterable[Notice], day: date) -> Known:
    """The same of one agreement, by the reference fold over all its *notices*."""
    every = list(notices)
    ordered = reference.in_order(every)
    state, data = reference.on(every, day)
    told = any(reference.name(notice) in reference.FIRST_TELLINGS for notice in ordered)
    wrong = reference.uncounted_from(ordered) is not None
    counted = "agreement"
    if not told:
        counted = "untold"
    elif wrong or data.get("instrument") == "ADT":
        counted = "nothing"
    elif data.get("instrument") == "IRM_DECL" or data.get("basis") == "unilateral_law":
        counted = "unilateral"
    ends_on = data.get("ends_on")
    return Known(
        state,
        counted,
        reference.signed_from(ordered),
        data.get("signed_on"),
        None if ends_on is None else ReducedDate.parse(ends_on).last_day,
        data.get("amounts") or None,
        frozenset(_facets(every[0].member, data)),
    )


def _facets(member: str, data: dict[str, Any]) -> Iterable[tuple[str, str]]:
    parties = [member, *(party["member"] for party in data.get("participants") or ())]
    yield from (("member", party) for party in parties)
    yield from (
        ("mesoregion", municipalities()[one].mesoregion) for one in parties if one in municipalities()
    )
    if member == "31":
        yield "kind", "state"
    for partner in data.get("partners") or ():
        yield "partner", f"{partner['name'].lower()}|{partner.get('country', '')}"
        if "country" in partner:
            yield "country", partner["country"]
    yield from (("theme", theme) for theme in data.get("themes") or ())
    yield from (("sdg", str(sdg)) for sdg in data.get("sdgs") or ())
    if "instrument" in data:
        yield "instrument", data["instrument"]
    if "parent" in data:
        yield "parent", agreement_id(member, data["parent"])
    for gate, stands in (data.get("gates") or {}).items():
        yield "gate", f"{gate}:{stands['status']}"
        if "body" in stands:
            yield "gate", f"{gate}:{stands['status']}:{stands['body']}"
        if stands["status"] in ({"consulted"} if gate == "federal" else {"pending"}):
            yield "gate", gate
    yield from (("document", one["sha256"]) for one in data.get("documents") or () if "sha256" in one)
