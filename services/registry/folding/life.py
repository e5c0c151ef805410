"""An agreement's life while it is being told: what a fact may do to it. Pure."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final, Literal

import msgspec
from msgspec import UNSET

from services.registry.folding.accumulator import Fold
from services.registry.folding.agreement import (
    BEFORE_SIGNATURE,
    Contradiction,
    Question,
    Stage,
    Successor,
    Value,
    add,
    append,
    derived,
    first_day,
    held_at_last,
    last_day,
)
from services.registry.folding.doubts import (
    ALREADY_EXPIRED,
    ANSWERS_NOTHING,
    NEVER_SIGNED,
    NEVER_TOLD,
    SIGNED_LATER,
    TOO_MANY_DOCUMENTS,
    WATCHED,
    Doubt,
    unexpected,
)
from shared.notices.codelists import State
from shared.notices.envelope import Notice
from shared.notices.families.agreement_data import MOST_DOCUMENTS
from shared.notices.families.fact import BEGINNING, read_date
from shared.notices.sentences import Sentence

NULL_TELLS: Final = frozenset({"ends_on"})
"""Fields in which null says something (there is no end), instead of nothing."""

MOST_QUESTIONS: Final = 50
MOST_CONTRADICTIONS: Final = 50
"""So many are kept, the last in fold order; all are counted."""


class LifeSoFar:
    """The life as seen from the day of *notice*, the next one to be taken in."""

    def __init__(self, fold: Fold, notice: Notice, day: date) -> None:
        self._fold = fold
        self._notice = notice
        self.day = day
        self.subject = fold.subject

    @property
    def state(self) -> State:
        """The state on the notice's day, just before it."""
        return derived(
            self._fold.stages[-1].state if self._fold.stages else "unknown",
            signed_from=self._fold.signed_from,
            starts=first_day(self.value("effective_on")),
            ends=last_day(self.value("ends_on")),
            day=self.day,
        )

    def value(self, field: str) -> Any:
        """What *field* held on that day, just before the notice; UNSET if nothing."""
        return held_at_last(self._fold.fields.get(field, ()))

    def tell(self, data: Mapping[str, Any]) -> None:
        """Take in a first telling: its fields hold from the beginning, but not over a correction."""
        if not self._fold.told:
            self._fold.told = True
            self._close("told")
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
        self._sign()

    def move(self, state: State, *, expected: frozenset[State]) -> None:
        """Be in *state* from this day on."""
        self.expect(expected)
        append(self._fold.stages, Stage(self.day, state), before="unknown")

    def end(
        self, state: State, *, expected: frozenset[State], counted: bool = True, successor: str | None = None
    ) -> None:
        """Be in the final *state* from this day on."""
        self.move(state, expected=expected)
        self._fold.final = Stage(self.day, state)
        self._hand_over(counted=counted, successor=successor)

    def expect(self, expected: frozenset[State]) -> None:
        """Contradict unless the state is one of *expected*."""
        state = self.state
        if state in expected:
            return
        if state in BEFORE_SIGNATURE and not expected & BEFORE_SIGNATURE and self._fold.signed_on is None:
            self._doubt("never_signed", NEVER_SIGNED, until="signed")
        elif state == "unknown" and not self._fold.told:
            self._doubt("never_told", NEVER_TOLD, until="told")
        elif state == "expired":
            self.contradict("already_expired", ALREADY_EXPIRED)
        else:
            self.contradict("unexpected_state", unexpected(state, expected))

    def expect_told(self) -> None:
        """Contradict unless the agreement itself was told, before or after."""
        if not self._fold.told:
            self._doubt("never_told", NEVER_TOLD, until="told")

    def change(self, field: str, value: Any) -> None:
        """Let *field* be *value* from this day on; None clears."""
        if field == "visibility":
            self._fold.visibility = value
            return
        append(self._fold.fields.setdefault(field, []), _value(field, self.day, value), before=UNSET)
        self._told(field)

    def correct(self, field: str, value: Any) -> None:
        """Let *field* have been *value* always; None clears."""
        self._hold_always(field, value)
        if field not in self._fold.corrected:
            self._fold.corrected = sorted([*self._fold.corrected, field])
        if field == "signed_on":
            corrected = read_date(value)
            self._fold.signature_corrected = corrected.first_day if corrected else None

    def attach(self, document: Mapping[str, Any]) -> None:
        """Have *document* among the agreement's documents from this day on."""
        values = self._fold.fields.setdefault("documents", [])
        held = held_at_last(values) or ()
        if document in held:
            return
        if len(held) < MOST_DOCUMENTS:
            add(values, self.day, dict(document))
        else:
            self.contradict("too_many_documents", TOO_MANY_DOCUMENTS.format(most=MOST_DOCUMENTS))

    def confirm(self) -> None:
        """Be known as alive on this day."""
        self._fold.confirmed_on = self.day

    def ask(self, text: str | None, answer_by: str | None) -> None:
        """Be asked *text*."""
        self._fold.questions.append(Question(self._notice.protocol, self.day, text, answer_by))
        del self._fold.questions[:-MOST_QUESTIONS]

    def answer(self, text: str | None) -> None:
        """Answer the first question that has no answer yet."""
        questions = self._fold.questions
        for at, question in enumerate(questions):
            if question.answer_protocol is None:
                questions[at] = msgspec.structs.replace(
                    question, answer_protocol=self._notice.protocol, answer_day=self.day, answer=text
                )
                return
        self.contradict("answers_nothing", ANSWERS_NOTHING)

    def contradict(self, code: str, detail: Sentence) -> None:
        """Put a contradiction about this notice on the review list."""
        self._doubt(code, detail)

    def _hold_always(self, field: str, value: Any) -> None:
        if field == "visibility":
            self._fold.visibility = value
            return
        held = _value(field, BEGINNING, value)
        self._fold.fields[field] = [] if held.value is UNSET else [held]
        self._told(field)

    def _told(self, field: str) -> None:
        if field in WATCHED:
            self._fold.tellers[field] = self._notice.protocol

    def _sign(self) -> None:
        self._fold.signed_on = self.day
        self._fold.signed_by = self._notice.protocol
        self._close("signed")

    def _hand_over(self, *, counted: bool, successor: str | None) -> None:
        fold = self._fold
        if not counted:
            fold.uncounted_from = self.day
        if successor is not None:
            kind: Literal["superseded", "merged"] = "superseded" if counted else "merged"
            fold.successor = Successor(kind, successor, self._notice.protocol)

    def _is_past_signature(self) -> bool:
        earlier = [stage for stage in self._fold.stages[-2:] if BEGINNING < stage.day < self.day]
        return bool(earlier) and earlier[-1].state not in BEFORE_SIGNATURE

    def _doubt(self, code: str, detail: Sentence, *, until: Literal["told", "signed"] | None = None) -> None:
        fold = self._fold
        fold.doubts.append(Doubt(Contradiction(code, detail, self._notice.protocol), until))
        del fold.doubts[:-MOST_CONTRADICTIONS]
        fold.doubt_count += until is None
        fold.untold_count += until == "told"
        fold.unsigned_count += until == "signed"

    def _close(self, until: Literal["told", "signed"]) -> None:
        fold = self._fold
        if until == "told":
            fold.untold_count = 0
        else:
            fold.unsigned_count = 0
        if fold.doubts:
            fold.doubts = [doubt for doubt in fold.doubts if doubt.until != until]


def _value(field: str, day: date, value: Any) -> Value:
    return Value(day, UNSET if value is None and field not in NULL_TELLS else value)
