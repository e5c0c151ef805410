"""What a fact may still do to an agreement that has reached a final state. Pure."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from services.registry.folding.accumulator import Fold
from services.registry.folding.agreement import Contradiction, Stage
from services.registry.folding.doubts import AFTER_THE_END, UNCOUNTED_AFTER_THE_END, Doubt, after_the_end
from services.registry.folding.life import LifeSoFar
from shared.notices.codelists import State
from shared.notices.envelope import Notice
from shared.notices.sentences import Sentence


class LifeAfterTheEnd(LifeSoFar):
    """After a final state nothing changes but who may see it; an agreement told only now gets its data."""

    def __init__(self, fold: Fold, notice: Notice, day: date, final: Stage) -> None:
        super().__init__(fold, notice, day)
        self._final = final
        self._may_be_signed = not fold.told and final.state != "withdrawn"
        self._doubt("after_final_state", after_the_end(AFTER_THE_END, final.state, final.day))

    def tell(self, data: Mapping[str, Any]) -> None:
        """Give its data to an agreement of which only later facts were told."""
        if not self._fold.told:
            super().tell(data)
        elif "visibility" in data and "visibility" not in self._fold.corrected:
            self._fold.visibility = data["visibility"]

    def sign(self, *, dated: bool) -> None:  # noqa: ARG002 - of no consequence any more
        """Told only now: what was ended had been signed, what was withdrawn had not."""
        if self._may_be_signed:
            self._sign()

    def end(
        self,
        state: State,  # noqa: ARG002 - it stays where it ended
        *,
        expected: frozenset[State],  # noqa: ARG002 - that it comes too late is said already
        counted: bool = True,
        successor: str | None = None,
    ) -> None:
        """It has ended already; but what says that the record itself is wrong makes it count no more."""
        fold = self._fold
        if counted or fold.uncounted_from is not None:
            return
        self._hand_over(counted=False, successor=successor)
        detail = after_the_end(UNCOUNTED_AFTER_THE_END, self._final.state, self._final.day)
        fold.doubts[-1] = Doubt(Contradiction("after_final_state", detail, self._notice.protocol))

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

    def expect_told(self) -> None:
        """That it comes too late is said already."""

    def attach(self, document: Mapping[str, Any]) -> None:
        """It stays as it was when it ended."""

    def confirm(self) -> None:
        """It has ended, whatever is confirmed."""

    def contradict(self, code: str, detail: Sentence) -> None:
        """That it comes too late is said already."""
