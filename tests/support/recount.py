"""The one click, counted anew from all notices by the reference fold: what maintained counts must equal."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from shared.notices.dates import ReducedDate
from shared.notices.envelope import Notice
from tests.support import reference_fold as reference


class Asker(NamedTuple):
    """Who clicks: anonymous, a member, or the coordination, who sees everything."""

    role: str
    member: str | None = None

    def sees(self, visibility: str, owner: str) -> bool:
        """Whether agreements of *owner* with this visibility count for this asker."""
        if self.role == "coordination" or (self.role == "member" and owner == self.member):
            return True
        return visibility == "public" or (visibility == "network" and self.role == "member")


COORDINATION = Asker("coordination", "31")


def one_click(
    member: str, asker: Asker, agreements: Mapping[tuple[str, str], list[Notice]], *, heard: bool, today: date
) -> dict[str, Any]:
    """The numbers of `GET /v1/members/{member}`; *agreements*: every one, with all of its notices."""
    counts: Counter[str] = Counter()
    countries: Counter[str] = Counter()
    themes: Counter[str] = Counter()
    known = heard
    for (owner, _), notices in agreements.items():
        ordered = reference.in_order(notices)
        state, data = reference.on(notices, today)
        told = any(reference.name(notice) in reference.FIRST_TELLINGS for notice in ordered)
        if not told or not asker.sees(reference.visibility(notices), owner):
            continue
        known = known or member in {owner, *_ever_participants(notices, ordered)}
        signed_from = reference.signed_from(ordered)
        sharers = {owner, *_participants(data)}
        uncounted = data.get("instrument") == "ADT" or reference.uncounted_from(ordered) is not None
        if member not in sharers or uncounted:
            continue
        signed = signed_from is not None and signed_from <= today
        if data.get("instrument") == "IRM_DECL" or data.get("basis") == "unilateral_law":
            counts["unilateral"] += signed
            continue
        counts["ever"] += signed
        counts["this_mandate"] += signed and _in_mandate(member, data.get("signed_on"))
        counts["in_force"] += state == "in_force"
        counts["negotiating"] += state in reference.NEGOTIATING
        counts["expiring_90_days"] += state in reference.ALIVE and _expires(data.get("ends_on"), today)
        if signed:
            countries.update(
                {partner["country"] for partner in data.get("partners") or () if "country" in partner}
            )
            themes.update(set(data.get("themes") or ()))

    def number(name: str) -> int | None:
        return counts[name] if known else None

    return {
        "signed": {"ever": number("ever"), "this_mandate": number("this_mandate")},
        **{name: number(name) for name in ("in_force", "negotiating", "unilateral", "expiring_90_days")},
        "by_country": dict(countries),
        "by_theme": dict(themes),
    }


def last_nil_return(notices: Iterable[Notice]) -> str | None:
    """The latest day up to which a member declared nothing, of all its *notices*, retracted ones left out."""
    every = list(notices)
    retracted = {notice.data["notice"] for notice in every if reference.name(notice) == "retracted"}
    told = [
        notice.data["as_of"]
        for notice in every
        if reference.name(notice) == "nothing_to_declare" and notice.protocol not in retracted
    ]
    return max(told, default=None)


def _participants(data: Mapping[str, Any]) -> set[str]:
    return {participant["member"] for participant in data.get("participants") or ()}


def _ever_participants(notices: Iterable[Notice], ordered: list[Notice]) -> set[str]:
    """On whatever day: something is known of them, though nothing may count today."""
    days = reference.days_worth_asking(notices)
    return {member for day in days for member in _participants(reference.data_on(ordered, day))}


def _in_mandate(member: str, signed_on: str | None) -> bool:
    began = date(2023, 1, 1) if member == "31" else date(2025, 1, 1)
    return signed_on is not None and ReducedDate.parse(signed_on).first_day >= began


def _expires(ends_on: str | None, today: date) -> bool:
    return ends_on is not None and ReducedDate.parse(ends_on).last_day - timedelta(90) <= today
