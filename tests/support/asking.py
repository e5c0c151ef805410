"""What lists and statistics must answer, counted anew from the notices known at an instant."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from shared.notices.dates import ReducedDate
from shared.notices.envelope import Notice
from tests.support import reference_fold as reference
from tests.support.known import Known, recounted
from tests.support.recount import Asker

Agreements = Mapping[tuple[str, str], list[Notice]]
"""By member and subject, the oldest known first: all notices of each."""
NEGOTIATING: Final = {"negotiating", "under_review", "ready_to_sign"}


class Found(NamedTuple):
    """An agreement of *member* on a day, as known."""

    member: str
    subject: str
    known: Known
    data: dict[str, Any]

    def has(self, name: str, value: str) -> bool:
        """Whether it is found by the facet."""
        return (name, value) in self.known.facets


def visible(now: Agreements, asker: Asker) -> set[tuple[str, str]]:
    """What the asker sees today, whatever it asks for."""
    return {key for key, notices in now.items() if asker.sees(reference.visibility(notices), key[0])}


def found(then: Agreements, seen: Iterable[tuple[str, str]], day: date) -> list[Found]:
    """Of what is *seen*, what was known then, as it is on *day*; the newest known first."""
    return [
        Found(member, subject, recounted(notices, day), reference.on(notices, day).data)
        for (member, subject), notices in reversed(list(then.items()))
        if (member, subject) in seen
    ]


def passes(filters: Mapping[str, str], day: date) -> Callable[[Found], bool]:
    """Whether an agreement meets all *filters* of an address, on *day*."""

    def test(each: Found) -> bool:
        return all(_meets(each, name, value, day) for name, value in filters.items())

    return test


def _meets(each: Found, name: str, value: str, day: date) -> bool:
    match name:
        case "subject":
            return each.subject == value
        case "state":
            return each.known.state == value
        case "kind":
            return (each.member == "31") == (value == "state")
        case "expires_before" | "signed_from" | "signed_until":
            return _meets_date(each.known, name, date.fromisoformat(value), day)
        case "partner":
            folded, _, country = value.partition("|")
            return each.has(name, f"{folded.lower()}|{country.upper()}")
        case facet:
            return each.has(facet, value)


def _meets_date(known: Known, name: str, bound: date, day: date) -> bool:
    if name == "expires_before":
        alive = known.state in reference.ALIVE
        return alive and known.ends_on is not None and known.ends_on < bound
    if known.signed_from is None or known.signed_from > day or known.signed_on is None:
        return False
    first = ReducedDate.parse(known.signed_on).first_day
    return first >= bound if name == "signed_from" else first <= bound


def figures(agreements: Iterable[Found], day: date) -> dict[str, int]:
    """What they count for."""
    counts: Counter[str] = Counter(
        dict.fromkeys(("signed", "in_force", "negotiating", "unilateral", "expiring_90_days"), 0)
    )
    for each in agreements:
        known = each.known
        signed = known.signed_from is not None and known.signed_from <= day
        if known.counted == "unilateral":
            counts["unilateral"] += signed
        if known.counted != "agreement":
            continue
        counts["signed"] += signed
        counts["in_force"] += known.state == "in_force"
        counts["negotiating"] += known.state in NEGOTIATING
        counts["expiring_90_days"] += (
            known.state in reference.ALIVE
            and known.ends_on is not None
            and known.ends_on - timedelta(90) <= day
        )
    return dict(counts)


def keys(each: Found, by: str, day: date) -> set[str]:
    """Under which keys an agreement counts."""
    if by == "state":
        return {each.known.state}
    if by == "month":
        signed = each.known.signed_from is not None and each.known.signed_from <= day
        return {each.known.signed_on[:7]} if signed and each.known.signed_on else set()
    return {value for name, value in each.known.facets if name == by}
