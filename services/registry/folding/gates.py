"""How an agreement stands at its gates over time, and the days that count for them: as far as told. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple, get_args

from services.registry.folding.agreement import BEFORE_SIGNATURE, Agreement, value_on
from shared.notices.codelists import Gate, State
from shared.notices.families.fact import BEGINNING, read_date

GATES: Final[tuple[Gate, ...]] = get_args(Gate)
WAITING: Final[Mapping[Gate, frozenset[str]]] = {
    "legal": frozenset({"pending"}),
    "legislative": frozenset({"pending"}),
    "federal": frozenset({"consulted"}),
}
"""The statuses in which an agreement waits for an answer at a gate."""
NEGOTIATING: Final[frozenset[State]] = BEFORE_SIGNATURE - {"unknown"}


class Step(NamedTuple):
    """A gate from a day on: told to the day, *first* and *last* are the same; BEGINNING: nobody knows."""

    first: date
    last: date
    status: str
    body: str | None
    since: str | None


class Signature(NamedTuple):
    """Signed on a day from *first* to *last*; nobody knows when: from BEGINNING to the last day of all."""

    first: date
    last: date


def signature_of(agreement: Agreement) -> Signature | None:
    """When it was signed, no closer than that is told; None: never."""
    first = agreement.signed_from
    if first is None:
        return None
    if first == BEGINNING:
        return Signature(BEGINNING, date.max)
    told = read_date(value_on(agreement.fields.get("signed_on", ()), first))
    return Signature(first, told.last_day if told is not None and told.first_day == first else first)


def opened_on(agreement: Agreement) -> date | None:
    """The day on which the negotiation began; None: nobody knows."""
    for stage in agreement.stages:
        if stage.state in NEGOTIATING:
            return None if stage.day == BEGINNING else stage.day
    return None


def steps_of(agreement: Agreement, gate: Gate) -> list[Step]:
    """How *gate* stood over time, as far as it is told."""
    steps: list[Step] = []
    before = None
    for value in agreement.fields.get("gates", ()):
        told = value.value.get(gate) if isinstance(value.value, dict) else None
        if not told or told == before or "status" not in told:
            continue
        before = told
        since = read_date(told.get("since"))
        first, last = (value.day, value.day) if since is None else (since.first_day, since.last_day)
        steps.append(Step(first, last, told["status"], told.get("body"), told.get("since")))
    return sorted(steps, key=lambda step: step.first)


def standing_on(steps: Sequence[Step], day: date) -> Step | None:
    """How the gate stood on *day*."""
    return next((step for step in reversed(steps) if step.first <= day), None)
