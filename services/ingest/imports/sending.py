"""Rows onto the broker: each told once, and a row that says something else than before as a correction.

Nobody here remembers what was sent. The registry does: the row goes out under its one identity, and what
the registry answers (registered, a repeat, a conflict) says whether it is new, unchanged or changed.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

import msgspec

from services.ingest.following import Following
from services.ingest.keys import Speaker
from services.ingest.limits import RateLimits
from services.ingest.publisher import NoticePublisher
from services.ingest.receipts import Conflicted, Outcome, Repeated, receipt_of
from shared.notices import sheetrows
from shared.notices.envelope import Delivery, Notice, Sender
from shared.notices.sentences import Sentence
from shared.problems import OutcomeUnknown, TooManyRequests

ASK_SECONDS: Final = 20.0
"""How long the registry may take for a row, before it counts as silent."""
MOST_CORRECTIONS: Final = 500
CORRECTED: Final = "br.malha.agreement.corrected.v1"
RETRACTED: Final = "br.malha.agreement.retracted.v1"
CORRECTION_REASON: Final = "A linha da planilha mudou."
RETRACTION_REASON: Final = "A planilha informa agora outro dia para o fim."
PACE_SECONDS: Final = 0.05

State = Literal["registered", "repeated", "corrected", "accepted", "refused"]

SPOKEN: Final[Mapping[State, Sentence]] = {
    "registered": Sentence("registrado", "registered"),
    "repeated": Sentence("já registrado, sem mudança", "registered before, unchanged"),
    "corrected": Sentence("corrigido", "corrected"),
    "accepted": Sentence(
        "recebido, ainda sem resposta do registro", "accepted, the registry has not answered yet"
    ),
    "refused": Sentence("não permitido", "not allowed"),
}
CORRECTED_AS: Final = Sentence(
    "Protocolo da correção: {protocol}.", "Protocol of the correction: {protocol}."
)
SEND_AGAIN: Final = Sentence(
    "Se esta linha mudou desde o último envio, envie o mesmo arquivo de novo mais tarde.",
    "If this row changed since it was last sent, send the same file again later.",
)


class Told(NamedTuple):
    """A notice of a row, and what became of it."""

    delivery: Delivery
    state: State
    remarks: tuple[Sentence, ...] = ()


class Sending(NamedTuple):
    """What is needed to send rows in somebody's name."""

    publisher: NoticePublisher
    limits: RateLimits
    speaker: Speaker
    key: str
    sender: Sender
    environment: str
    received_at: datetime
    public_url: str
    following: Following
    trace_id: str


class RowSender:
    """Sends the rows of one file. A registry that stays silent is not asked again for each row."""

    def __init__(self, sending: Sending) -> None:
        self._with = sending
        self._silent = False

    async def send(self, rows: Sequence[tuple[tuple[dict[str, Any], ...], str | None]]) -> list[list[Told]]:
        """Send *rows*: notices, and the protocol of an earlier sheet's telling. Raises OutcomeUnknown."""
        results = await asyncio.gather(
            *(self._row(notices, told_as) for notices, told_as in rows), return_exceptions=True
        )
        sent: list[list[Told]] = []
        for result in results:
            if isinstance(result, BaseException):
                raise result
            sent.append(result)
        unanswered = sum(told.state == "accepted" for row in sent for told in row)
        self._silent = self._silent or (unanswered > 0 and unanswered == sum(map(len, sent)))
        return sent

    def receipt(self, told: Told, row: int) -> dict[str, Any]:
        """The receipt of a notice, with its row and what became of it."""
        known = msgspec.to_builtins(receipt_of(told.delivery, self._with.public_url))
        status = "accepted" if told.state == "accepted" else "registered"
        return {
            **known, "status": status, "row": row, "outcome": told.state, "type": told.delivery.notice.type,
        }  # fmt: skip

    async def _row(self, notices: tuple[dict[str, Any], ...], told_as: str | None) -> list[Told]:
        first, *further = notices
        told_first = told_as or sheetrows.protocol(first["member"], first["id"])
        told = await self._first(first, told_first, is_told=told_as is not None)
        if told.state == "refused":
            return [told]
        return [told, *[await self._end(end, told_first) for end in further]]

    async def _first(self, event: Mapping[str, Any], told_first: str, *, is_told: bool) -> Told:
        if not is_told:
            told = await self._ask(event)
            if told is not None:
                return told
        for count in range(1, MOST_CORRECTIONS):
            correction = {
                **event,
                "id": sheetrows.correction_id(told_first, count),
                "type": CORRECTED,
                "subject": event.get("subject") or told_first,
                "data": {"changes": event["data"], "reason": CORRECTION_REASON},
            }
            told = await self._ask(correction)
            if told is not None:
                return told._replace(state="corrected") if told.state == "registered" else told
        raise OutcomeUnknown

    async def _end(self, event: Mapping[str, Any], told_first: str) -> Told:
        """Tell the end; one that was told for another day is taken back first."""
        member, id_ = event["member"], event["id"]
        for count in range(1, MOST_CORRECTIONS):
            told = await self._ask({**event, "id": id_})
            if told is not None:
                return told
            retraction = {
                **event,
                "id": sheetrows.retraction_id(id_),
                "type": RETRACTED,
                "data": {"notice": sheetrows.protocol(member, id_), "reason": RETRACTION_REASON},
            }
            await self._ask(retraction)
            id_ = sheetrows.end_id(told_first, count)
        raise OutcomeUnknown

    async def _ask(self, event: Mapping[str, Any]) -> Told | None:
        """What became of *event*; None if it was told with other content, or was overtaken since."""
        delivery = self._delivery(event)
        if self._with.speaker.refusal(delivery.notice) is not None:
            return Told(delivery, "refused")
        await self._pace()
        if self._silent:
            await self._with.publisher.publish([delivery])
            return Told(delivery, "accepted")
        outcome: Outcome | None = await self._with.publisher.ask(delivery, ASK_SECONDS)
        if outcome is None:
            return Told(delivery, "accepted")
        if isinstance(outcome, Conflicted) or (isinstance(outcome, Repeated) and outcome.overtaken):
            return None
        state: State = "repeated" if isinstance(outcome, Repeated) else "registered"
        return Told(delivery, state, tuple(remark.detail for remark in outcome.remarks))

    async def _pace(self) -> None:
        """Count one event of the key's rate; a whole sheet is over any rate: it waits instead of failing."""
        while True:
            try:
                self._with.limits.count_events(self._with.key, 1)
            except TooManyRequests:
                await asyncio.sleep(PACE_SECONDS)
            else:
                return

    def _delivery(self, event: Mapping[str, Any]) -> Delivery:
        notice = Notice(
            member=event["member"],
            source=event["source"],
            id=event["id"],
            type=event["type"],
            subject=event.get("subject"),
            backfill=event["backfill"],
            data=event["data"],
        )
        return Delivery(
            notice=notice,
            sender=self._with.sender,
            received_at=self._with.received_at,
            environment=self._with.environment,
            traceparent=self._with.following.traceparent(self._with.trace_id, backfill=notice.backfill),
        )
