"""The rows that stand for an agreement in other tables: its days, what it is found by, its counts. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cache
from typing import Any, Final, NamedTuple, TypeVar

import msgspec

from services.registry.folding.agreement import Agreement
from services.registry.folding.gates import WAITING
from services.registry.folding.partners import partner_key
from services.registry.writing import tally
from services.registry.writing.tally import ALWAYS, FOREVER, Run
from shared import data as reference
from shared.notices.codelists import Gate
from shared.notices.dates import ReducedDate
from shared.notices.protocol import agreement_id
from shared.notices.texts import normalised_subject

FIELDS: Final = (*tally.FIELDS, "sdgs", "gates", "parent", "documents", "amounts")


class Days(NamedTuple):
    """What holds on each day of a segment.

    *counted* is "agreement", "unilateral" or "nothing"; *signed_from* the day from which the agreement counts
    as signed, None: never; *signed_on* that of its signature as told; *ends_on* the last day of the term;
    *amounts* are JSON.
    """

    state: str
    counted: str
    signed_from: date | None
    signed_on: str | None
    ends_on: date | None
    amounts: str | None


Held = tuple[str, date | None, str | None, date | None, str | None]
"""All of `Days` but the state."""


Facet = tuple[str, str]
"""What an agreement is found by: name and value."""


class Opening(msgspec.Struct, frozen=True):
    """The rows that had begun before *day*, each with its first day; from *day* on the time line is told.

    *sharers*: for whom it counts as known, who took part only before *day* among them.
    """

    day: date
    segments: tuple[tuple[Days, date], ...]
    facets: tuple[tuple[Facet, date], ...]
    sharers: tuple[str, ...] = ()


class Rows(msgspec.Struct, frozen=True):
    """Each row with the days [from_day, to_day) on which it holds."""

    segments: Sequence[tuple[Days, date, date]] = ()
    facets: Sequence[tuple[Facet, date, date]] = ()
    counts: Sequence[tally.Contribution] = ()

    @classmethod
    def of(cls, agreement: Agreement, opening: Opening | None = None) -> "Rows":
        """The rows that *agreement* asks for; after an *opening* those that reach its day."""
        runs = tally.runs(agreement, FIELDS)
        stages = tally.stages(agreement)
        if len(runs) == 1 and opening is None:  # nothing to be joined: so it is with nearly all
            return cls(
                segments=list(_segments(agreement, runs, stages)),
                facets=list(dict.fromkeys(_facets(agreement, runs))),
                counts=tally.contributions(agreement, runs, stages),
            )
        segments, facets = _segments(agreement, runs, stages), _facets(agreement, runs)
        sharers = () if opening is None else opening.sharers
        counts = tally.contributions(agreement, runs, stages, sharers)
        if opening is not None:
            segments = _continued(opening.segments, segments, opening.day)
            facets = _continued(opening.facets, facets, opening.day)
            counts = [
                each._replace(from_day=max(each.from_day, opening.day))
                for each in counts
                if each.to_day > opening.day
            ]
        return cls(segments=tally.spans(segments), facets=tally.spans(facets), counts=counts)

    def opening(self, day: date) -> Opening:
        """What of these rows may still change, once nothing changes before *day*."""
        return Opening(
            day=day,
            segments=tuple((what, first) for what, first, end in self.segments if first < day <= end),
            facets=tuple((what, first) for what, first, end in self.facets if first < day <= end),
            sharers=tuple(each.member for each in self.counts if each.measure == tally.KNOWN),
        )


What = TypeVar("What")
NO_ROWS: Final = Rows()
_SEPARATORS: Final = str.maketrans("\x1e\x1f", "  ")
"""What stands between the values on their way to the tables stands in none of them."""
_encode = msgspec.json.Encoder(order="sorted").encode  # what was read back has its names in another order


def grouped_segments(
    segments: Iterable[tuple[Days, date, date]],
) -> Iterable[tuple[Held, list[tuple[str, date, date]]]]:
    """*segments* by all that they say but their states; these with their days."""
    groups: dict[Held, list[tuple[str, date, date]]] = {}
    for days, first, end in segments:
        groups.setdefault(days[1:], []).append((days[0], first, end))
    return groups.items()


def grouped_facets(
    facets: Iterable[tuple[Facet, date, date]],
) -> Iterable[tuple[tuple[date, date], list[tuple[str, str]]]]:
    """*facets* by the days on which they hold."""
    groups: dict[tuple[date, date], list[tuple[str, str]]] = {}
    for facet, first, end in facets:
        groups.setdefault((first, end), []).append(facet)
    return groups.items()


def _continued(
    begun: Iterable[tuple[What, date]], marks: Iterable[tuple[What, date, date]], day: date
) -> Iterator[tuple[What, date, date]]:
    """What had *begun* before *day*, up to it, then *marks* from it on."""
    yield from ((what, first, day) for what, first in begun)
    yield from ((what, max(first, day), end) for what, first, end in marks if end > day)


def _segments(
    agreement: Agreement, runs: Sequence[Run], stages: Sequence[tuple[str, date, date]]
) -> Iterator[tuple[Days, date, date]]:
    for first, end, told in runs:
        counted = tally.counted_as(agreement, told)
        ends_on = told.get("ends_on")
        last = None if ends_on is None else ReducedDate.parse(ends_on).last_day
        amounts = _encode(told["amounts"]).decode() if told.get("amounts") else None
        for state, begins, ends in tally.within(stages, first, end):
            held = Days(state, counted, agreement.signed_from, told.get("signed_on"), last, amounts)
            yield held, begins, ends


def _facets(agreement: Agreement, runs: Sequence[Run]) -> Iterator[tuple[Facet, date, date]]:
    yield ("member", agreement.member), ALWAYS, FOREVER
    if (region := _mesoregions().get(agreement.member)) is not None:
        yield ("mesoregion", region), ALWAYS, FOREVER
    else:
        kind = "state" if agreement.member == reference.STATE else "organisation"
        yield ("kind", kind), ALWAYS, FOREVER
    for first, end, told in runs:
        for facet in dict.fromkeys(_facets_of(agreement.member, told)):
            yield facet, first, end


def _facets_of(member: str, told: dict[str, Any]) -> Iterator[Facet]:
    """What an agreement of *member* with this data is found by; some of it perhaps twice."""
    yield from _facets_of_parties(told)
    if told.get("instrument"):
        yield ("instrument", told["instrument"])
    if told.get("parent") and (parent := normalised_subject(told["parent"])) is not None:
        yield ("parent", agreement_id(member, parent))
    for name, field in (("theme", "themes"), ("sdg", "sdgs")):
        for value in told.get(field) or ():
            yield (name, str(value))
    for gate, standing in (told.get("gates") or {}).items():
        yield from _facets_of_gate(gate, standing)
    for document in told.get("documents") or ():
        if document.get("sha256"):
            yield ("document", document["sha256"])


def _facets_of_parties(told: dict[str, Any]) -> Iterator[Facet]:
    for participant in told.get("participants") or ():
        yield ("member", participant["member"])
        if (region := _mesoregions().get(participant["member"])) is not None:
            yield ("mesoregion", region)
    for partner in told.get("partners") or ():
        yield ("partner", partner_key(partner))
        if partner.get("country"):
            yield ("country", partner["country"])


def _facets_of_gate(gate: Gate, standing: dict[str, Any]) -> Iterator[Facet]:
    """The gate's name alone stands for an answer that is waited for."""
    status = standing["status"]
    if status in WAITING.get(gate, ()):
        yield ("gate", gate)
    yield ("gate", f"{gate}:{status}")
    if standing.get("body"):
        yield ("gate", f"{gate}:{status}:{standing['body'].translate(_SEPARATORS)}")


@cache
def _mesoregions() -> dict[str, str]:
    return {city.ibge_code: city.mesoregion for city in reference.municipalities().values()}
