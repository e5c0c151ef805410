"""An agreement's life while it is being told: the fold's accumulator, and what a fact may do to it. Pure."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

import msgspec
from msgspec import UNSET

from services.registry.agreement import (
    BEFORE_SIGNATURE,
    Contradiction,
    Stage,
    Value,
    append,
    derived,
)
from shared.notices.codelists import State, Visibility, name_of
from shared.notices.envelope import Notice
from shared.notices.families.fact import BEGINNING, read_date
from shared.notices.sentences import Sentence

NULL_TELLS: Final = frozenset({"ends_on"})
"""Fields in which null says something (there is no end), instead of nothing."""

MOST_CONTRADICTIONS: Final = 50
"""So many are kept, the last in fold order; all are counted."""

NEVER_SIGNED: Final = Sentence(
    pt="Este acordo não foi informado como assinado. Envie o aviso da assinatura, ou de acordo existente.",
    en="This agreement was never told as signed. Send the notice of its signature, or of an existing one.",
)
ALREADY_EXPIRED: Final = Sentence(
    pt="Nesta data o prazo do acordo já tinha acabado. Se foi prorrogado, informe o novo prazo; "
    "se não, confira a data.",
    en="On this date the agreement's term was over. If it was extended, tell the new term; "
    "if not, check the date.",
)
UNEXPECTED_STATE: Final = Sentence(
    pt="Nesta data o acordo estava “{state}”; este fato supõe “{expected}”. Informe o passo que falta, "
    "confira a data, ou retire este aviso se foi engano.",
    en="On this date the agreement was “{state}”; this fact supposes “{expected}”. Tell the missing step, "
    "check the date, or retract this notice if it was a mistake.",
)
SIGNED_LATER: Final = Sentence(
    pt="A assinatura foi informada para depois da entrada em vigor. Corrija a data que estiver errada.",
    en="The signature was told for a day after the entry into force. Correct the date that is wrong.",
)
AFTER_THE_END: Final = Sentence(
    pt="O acordo já está “{state}” desde {day}: este aviso, posterior, nada muda. "
    "Se o fim foi informado por engano, retire aquele aviso; se não, confira a data deste.",
    en="The agreement has been “{state}” since {day}: this notice, being later, changes nothing. "
    "If the end was told by mistake, retract that notice; if not, check the date of this one.",
)
THE_BEGINNING: Final = Sentence(pt="uma data não informada", en="a day that was not told")


class OrderKey(msgspec.Struct, frozen=True, order=True, array_like=True):
    """The place of a notice in the order of the fold."""

    day: date
    time: datetime
    rank: int
    source: str
    id: str


class Doubt(msgspec.Struct, frozen=True, omit_defaults=True):
    """A contradiction while the life is told; a *gap* closes when the agreement is told as signed."""

    contradiction: Contradiction
    gap: bool = False


class Fold(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The accumulator: what has to be known to take in one later notice, at the same cost always."""

    member: str
    subject: str
    last_key: OrderKey | None = None
    told: bool = False
    signed_on: date | None = None
    """The day of the first notice in fold order that told it as signed."""
    stages: list[Stage] = []
    """What facts brought about; "signed" and what follows from dates is not among it."""
    final: Stage | None = None
    uncounted_from: date | None = None
    fields: dict[str, list[Value]] = {}
    corrected: list[str] = []
    """Fields that were corrected: a first telling does not overwrite them."""
    visibility: Visibility | None = None
    doubts: list[Doubt] = []
    doubt_count: int = 0
    gap_count: int = 0
    retractions: dict[str, str] = {}
    """Protocols that were retracted but are not there (yet), each with its retraction's protocol."""

    @property
    def signed_from(self) -> date | None:
        """From when it counts as signed: as corrected, else as first told; None: never told as signed."""
        if self.signed_on is not None and "signed_on" in self.corrected and self.fields.get("signed_on"):
            first = self.fields["signed_on"][0]
            corrected = read_date(first.value) if first.day == BEGINNING else None
            return corrected.first_day if corrected else self.signed_on
        return self.signed_on


class LifeSoFar:
    """The life as seen from the day of *notice*, the next one to be taken in."""

    def __init__(self, fold: Fold, notice: Notice, day: date) -> None:
        self._fold = fold
        self._notice = notice
        self.day = day

    @property
    def state(self) -> State:
        """The state on the notice's day, just before it."""
        return derived(
            self._fold.stages[-1].state if self._fold.stages else "unknown",
            signed_from=self._fold.signed_from,
            effective_on=self.value("effective_on"),
            ends_on=self.value("ends_on"),
            day=self.day,
        )

    def value(self, field: str) -> Any:
        """What *field* held on that day, just before the notice; UNSET if nothing."""
        values = self._fold.fields.get(field)
        return values[-1].value if values else UNSET

    def tell(self, data: Mapping[str, Any]) -> None:
        """Take in a first telling: its fields hold from the beginning, but not over a correction."""
        self._fold.told = True
        for field, value in data.items():
            if field not in self._fold.corrected:
                self._hold_always(field, value)

    def sign(self, *, dated: bool) -> None:
        """Signed from this day on."""
        fold = self._fold
        if fold.signed_on is not None:
            return
        if dated and self._is_past_signature():
            self.contradict("signed_after_entry_into_force", SIGNED_LATER)
        fold.signed_on = self.day
        self._close_gaps()

    def move(self, state: State, *, expected: frozenset[State]) -> None:
        """Be in *state* from this day on."""
        self.expect(expected)
        append(self._fold.stages, Stage(self.day, state), before="unknown")

    def end(self, state: State, *, expected: frozenset[State], counted: bool = True) -> None:
        """Be in the final *state* from this day on."""
        self.move(state, expected=expected)
        self._fold.final = Stage(self.day, state)
        if not counted:
            self._fold.uncounted_from = self.day

    def expect(self, expected: frozenset[State]) -> None:
        """Contradict unless the state is one of *expected*."""
        state = self.state
        if state in expected:
            return
        if state in BEFORE_SIGNATURE and not expected & BEFORE_SIGNATURE and self._fold.signed_on is None:
            self._doubt("never_signed", NEVER_SIGNED, gap=True)
        elif state == "expired":
            self.contradict("already_expired", ALREADY_EXPIRED)
        else:
            self.contradict(
                "unexpected_state",
                UNEXPECTED_STATE.format(state=name_of("states", state), expected=_either(expected)),
            )

    def change(self, field: str, value: Any) -> None:
        """Let *field* be *value* from this day on; None clears."""
        if field == "visibility":
            self._fold.visibility = value
            return
        append(self._fold.fields.setdefault(field, []), _value(field, self.day, value), before=UNSET)

    def correct(self, field: str, value: Any) -> None:
        """Let *field* have been *value* always; None clears."""
        self._hold_always(field, value)
        if field not in self._fold.corrected:
            self._fold.corrected = sorted([*self._fold.corrected, field])

    def contradict(self, code: str, detail: Sentence) -> None:
        """Put a contradiction about this notice on the review list."""
        self._doubt(code, detail, gap=False)

    def _hold_always(self, field: str, value: Any) -> None:
        if field == "visibility":
            self._fold.visibility = value
            return
        held = _value(field, BEGINNING, value)
        self._fold.fields[field] = [] if held.value is UNSET else [held]

    def _is_past_signature(self) -> bool:
        earlier = [stage for stage in self._fold.stages[-2:] if BEGINNING < stage.day < self.day]
        return bool(earlier) and earlier[-1].state not in BEFORE_SIGNATURE

    def _doubt(self, code: str, detail: Sentence, *, gap: bool) -> None:
        fold = self._fold
        fold.doubts.append(Doubt(Contradiction(code, detail, self._notice.protocol), gap))
        del fold.doubts[:-MOST_CONTRADICTIONS]
        fold.doubt_count += not gap
        fold.gap_count += gap

    def _close_gaps(self) -> None:
        self._fold.doubts = [doubt for doubt in self._fold.doubts if not doubt.gap]
        self._fold.gap_count = 0


class LifeAfterTheEnd(LifeSoFar):
    """After a final state nothing changes but who may see it; an agreement told only now gets its data."""

    def __init__(self, fold: Fold, notice: Notice, day: date, final: Stage) -> None:
        super().__init__(fold, notice, day)
        since = THE_BEGINNING if final.day == BEGINNING else _spoken(final.day)
        detail = AFTER_THE_END.format(state=name_of("states", final.state), day=since)
        self._may_be_signed = not fold.told and final.state != "withdrawn"
        self._doubt("after_final_state", detail, gap=False)

    def tell(self, data: Mapping[str, Any]) -> None:
        """Give its data to an agreement of which only later facts were told."""
        if not self._fold.told:
            super().tell(data)
        elif "visibility" in data and "visibility" not in self._fold.corrected:
            self._fold.visibility = data["visibility"]

    def sign(self, *, dated: bool) -> None:  # noqa: ARG002 - of no consequence any more
        """Told only now: what was ended had been signed, what was withdrawn had not."""
        if self._may_be_signed:
            self._fold.signed_on = self.day
            self._close_gaps()

    def end(self, state: State, *, expected: frozenset[State], counted: bool = True) -> None:
        """It has ended already."""

    def move(self, state: State, *, expected: frozenset[State]) -> None:
        """It stays where it ended."""

    def expect(self, expected: frozenset[State]) -> None:
        """That it comes too late is said already."""

    def change(self, field: str, value: Any) -> None:
        """Only its visibility, which has no date of its own."""
        if field == "visibility":
            super().change(field, value)

    def correct(self, field: str, value: Any) -> None:
        """Only its visibility, which has no date of its own."""
        if field == "visibility":
            super().correct(field, value)

    def contradict(self, code: str, detail: Sentence) -> None:
        """That it comes too late is said already."""


def _value(field: str, day: date, value: Any) -> Value:
    return Value(day, UNSET if value is None and field not in NULL_TELLS else value)


def _spoken(day: date) -> Sentence:
    return Sentence(pt=day.strftime("%d/%m/%Y"), en=day.isoformat())


def _either(expected: frozenset[State]) -> Sentence:
    names = [name_of("states", state) for state in sorted(expected)]
    return Sentence(pt="” ou “".join(name.pt for name in names), en="” or “".join(name.en for name in names))
