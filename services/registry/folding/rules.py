"""What the law asks of each instrument at each gate, by date; and what follows for an agreement. Pure.

The rules are a table that changes without a release. An agreement is judged by the rule in force on the day
that counts (its signature, the start of a wait), and only against it where the day is certain.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Final, Literal, NamedTuple

import msgspec

from services.registry.folding.agreement import (
    ALIVE,
    BEFORE_SIGNATURE,
    Agreement,
    Contradiction,
    Segment,
    value_on,
)
from services.registry.folding.gates import (
    GATES,
    NEGOTIATING,
    WAITING,
    Signature,
    Step,
    opened_on,
    signature_of,
    standing_on,
    steps_of,
)
from shared.notices.codelists import Gate, State, name_of
from shared.notices.families.fact import BEGINNING
from shared.notices.sentences import Sentence

Requires = Literal["none", "check", "usual", "notice", "approval"]
"""What is asked: nothing; that somebody looks into it; what is customary; a notice; an approval."""
Clock = Literal["proposal", "signing", "age"]
"""Which term ran out: for the notice of a proposal, for that of a signature, for an answer."""

_TERM: Final[Mapping[Clock, str]] = {"proposal": "proposal", "signing": "signing", "age": "overdue"}
CODES: Final[frozenset[str]] = frozenset(
    code for gate in GATES for code in (f"signed_before_{gate}_gate", f"{gate}_notice_late")
)
"""The codes of the contradictions that come from rules."""

_OPEN: Final[frozenset[State]] = BEFORE_SIGNATURE | ALIVE

_DECIDING: Final = ("instrument", "basis")
"""What decides which rules an agreement falls under."""

SIGNED_BEFORE: Final = Sentence(
    pt="Para “{instrument}” a regra pede, antes da assinatura, {asked}{bodies}; {found}. Informe o resultado "
    "com a sua data ou corrija a data da assinatura; se foi assim, a coordenação encerra esta "
    "pendência com o motivo.",
    en="For “{instrument}” the rule asks, before the signature, for {asked}{bodies}; {found}. Tell the "
    "outcome with its date or correct the date of the signature; if it was so, the "
    "coordination closes this entry with the reason.",
)
ASKED: Final[Mapping[Gate, Sentence]] = {
    "legal": Sentence(pt="o parecer jurídico", en="the legal opinion"),
    "legislative": Sentence(pt="a autorização legislativa", en="the authorisation by the legislature"),
    "federal": Sentence(pt="a aprovação federal", en="the federal approval"),
}
NOT_TOLD: Final = Sentence(pt="nada consta a respeito", en="nothing is told of it")
FOUND: Final = Sentence(
    pt="na assinatura constava “{status}”{body}", en="at the signature it stood at “{status}”{body}"
)
NOTICE_LATE: Final = Sentence(
    pt="A assinatura devia ser comunicada ({gate}) até {due}; a comunicação consta só em {told}. Confira as "
    "duas datas; se foi assim, a coordenação encerra esta pendência com o motivo.",
    en="The signature had to be notified ({gate}) by {due}; the notice is told only for {told}. Check both "
    "dates; if it was so, the coordination closes this entry with the reason.",
)


class Rule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What is asked of *instrument* at *gate* on the days [from_day, to_day); None: since ever, for good."""

    gate: Gate
    instrument: str
    from_day: date | None = None
    to_day: date | None = None
    requires: Requires
    before_signature: bool = False
    """What is asked must be there when it is signed; a contradiction otherwise."""
    satisfied_by: tuple[str, ...] = ()
    """The statuses of the gate that fulfil it."""
    bodies: tuple[str, ...] = ()
    """Who decides, in this order; the last one's word closes the gate."""
    signing_days: int | None = None
    """So many days after the signature the notice is due."""
    proposal_days: int | None = None
    """So many days after a negotiation began the notice of the proposal is due."""
    overdue_days: int | None = None
    """So many days may an answer be waited for."""
    basis: Sentence = Sentence("", "")
    """Where it is written, or whose judgement it is."""

    def holds_on(self, day: date) -> bool:
        """Whether it is in force on *day*."""
        return (self.from_day or BEGINNING) <= day and (self.to_day is None or day < self.to_day)

    def is_satisfied_by(self, step: Step | None) -> bool:
        """Whether a gate that stands at *step* fulfils it; who decided may be left untold."""
        if step is None or step.status not in self.satisfied_by:
            return False
        return not self.bodies or step.body is None or step.body == self.bodies[-1]


class Overdue(NamedTuple):
    """A term that ran out at the end of *due_on*; the rest is how the gate stands."""

    gate: Gate
    clock: Clock
    due_on: date
    status: str | None
    body: str | None
    since: str | None


MOST_KEPT: Final = 10_000
_ASKING: Final = frozenset({"notice", "approval"})


class Rules:
    """The rules of one *version*, to be asked."""

    def __init__(self, rules: Iterable[Rule] = (), version: int = 0) -> None:
        self.version = version
        self._rules: dict[tuple[str, str], list[Rule]] = {}
        for rule in rules:
            self._rules.setdefault((rule.instrument, rule.gate), []).append(rule)
        self._at_signature: dict[tuple[str | None, date], list[tuple[Gate, Rule]]] = {}

    def of(self, instrument: str | None, gate: Gate, day: date) -> Rule | None:
        """The rule for *instrument* at *gate* in force on *day*; None if there is none."""
        if instrument is None:
            return None
        rules = self._rules.get((instrument, gate), ())
        return next((rule for rule in rules if rule.holds_on(day)), None)

    def _asked_at_signature(self, instrument: str | None, day: date) -> list[tuple[Gate, Rule]]:
        """What is asked of *instrument* if it is signed on *day*; asked of every notice, so it is kept."""
        found = self._at_signature.get((instrument, day))
        if found is None:
            if len(self._at_signature) >= MOST_KEPT:
                self._at_signature.clear()
            rules = ((gate, self.of(instrument, gate, day)) for gate in GATES)
            found = [(gate, rule) for gate, rule in rules if rule is not None and rule.requires in _ASKING]
            self._at_signature[instrument, day] = found
        return found

    def terms_days(self, clock: Clock) -> set[int]:
        """Every term of *clock* that some rule sets, in days."""
        terms = (getattr(rule, f"{_TERM[clock]}_days") for rules in self._rules.values() for rule in rules)
        return {days for days in terms if days is not None}

    def contradictions(self, agreement: Agreement) -> list[Contradiction]:
        """What the dates of its gates contradict, about the notice that told it as signed.

        True from the notices alone, whatever day it is.
        """
        signed = signature_of(agreement) if self._rules and agreement.counted else None
        if signed is None or agreement.signed_by is None:
            return []
        instrument = _asked_of(
            {name: value_on(agreement.fields.get(name, ()), signed.first) for name in _DECIDING}
        )
        found = []
        for gate, rule in self._asked_at_signature(instrument, signed.first):
            steps = steps_of(agreement, gate)
            if not steps and not rule.before_signature:
                continue
            if rule.before_signature and not rule.is_satisfied_by(step := standing_on(steps, signed.last)):
                detail = SIGNED_BEFORE.format(
                    instrument=name_of("instruments", rule.instrument),
                    asked=ASKED[gate],
                    bodies=_named(rule.bodies),
                    found=NOT_TOLD if step is None else _found(gate, step),
                )
                found.append(Contradiction(f"signed_before_{gate}_gate", detail, agreement.signed_by))
            elif late := _late(rule, steps, signed):
                due, told = late
                detail = NOTICE_LATE.format(
                    gate=name_of("gates", gate), due=_spoken(due), told=_spoken(told.first)
                )
                found.append(Contradiction(f"{gate}_notice_late", detail, agreement.signed_by))
        return found

    def overdue(self, agreement: Agreement, day: date) -> list[Overdue]:
        """The terms that ran out before *day* and in which nothing has come by then."""
        if not agreement.told or not agreement.counted:
            return []
        now = agreement.on(day)
        if now.state not in _OPEN:
            return []
        found = []
        for gate in GATES:
            step = standing_on(steps_of(agreement, gate), day)
            for clock, due_on in self._terms(agreement, gate, step, now, day):
                if due_on < day:
                    told = (None, None, None) if step is None else (step.status, step.body, step.since)
                    found.append(Overdue(gate, clock, due_on, *told))
        return found

    def _terms(
        self, agreement: Agreement, gate: Gate, step: Step | None, now: Segment, day: date
    ) -> Iterable[tuple[Clock, date]]:
        """The terms that run at *gate* on *day*, each with its last day; where the start is certain."""
        instrument = _asked_of(now.data)
        if step is not None and step.status in WAITING[gate] and step.first != BEGINNING:
            rule = self.of(instrument, gate, step.first)
            if rule is not None and rule.overdue_days is not None:
                yield "age", step.last + timedelta(rule.overdue_days)
        if now.state in NEGOTIATING and (opened := opened_on(agreement)) is not None:
            rule = self.of(instrument, gate, opened)
            if rule is not None and rule.proposal_days is not None and not rule.is_satisfied_by(step):
                yield "proposal", opened + timedelta(rule.proposal_days)
        signed = signature_of(agreement)
        if signed is not None and BEGINNING < signed.first <= day:
            rule = self.of(instrument, gate, signed.first)
            if rule is not None and rule.signing_days is not None and not rule.is_satisfied_by(step):
                yield "signing", signed.last + timedelta(rule.signing_days)


def _asked_of(data: Mapping[str, Any]) -> str | None:
    """The instrument whose rules an agreement with *data* falls under."""
    if data.get("basis") == "unilateral_law":
        return "IRM_DECL"
    instrument = data.get("instrument")
    return instrument if isinstance(instrument, str) else None


def _late(rule: Rule, steps: list[Step], signed: Signature) -> tuple[date, Step] | None:
    """Until when the signature had to be notified, and where it is told only for later."""
    if rule.signing_days is None or signed.first == BEGINNING:
        return None
    due = signed.last + timedelta(rule.signing_days)
    if rule.is_satisfied_by(standing_on(steps, due)):
        return None
    told = next((step for step in steps if step.first > due and rule.is_satisfied_by(step)), None)
    return None if told is None else (due, told)


def _found(gate: Gate, step: Step) -> Sentence:
    return FOUND.format(status=name_of(f"{gate}_statuses", step.status), body=_named((step.body,)))


def _named(bodies: Iterable[str | None]) -> Sentence:
    names = [name_of("federal_bodies", body) for body in bodies if body]
    if not names:
        return Sentence("", "")
    return Sentence(
        pt=f" ({', '.join(name.pt for name in names)})", en=f" ({', '.join(name.en for name in names)})"
    )


def _spoken(day: date) -> Sentence:
    return Sentence(pt=day.strftime("%d/%m/%Y"), en=day.isoformat())


NO_RULES: Final = Rules()
