"""Notices onto the broker: confirmed, or the sender is told that the outcome is unknown."""

from collections.abc import Sequence

import msgspec
import structlog

from services.ingest.bindings import Bindings
from services.ingest.receipts import Outcome
from shared.broker import ConfirmedPublisher, Message
from shared.notices.envelope import Delivery, encode_delivery
from shared.problems import Unavailable

log = structlog.get_logger()

EXCHANGE = "notices"

_outcomes: msgspec.json.Decoder[Outcome] = msgspec.json.Decoder(Outcome)


class NoticePublisher:
    """Publishes deliveries on `notices`; refuses what would not reach the registry's queue.

    A handler that is cancelled, because its sender hung up, leaves nothing half done: what was handed to the
    window is written and accounted for, and the sender, who got no receipt, sends the same again.
    """

    def __init__(self, confirmed: ConfirmedPublisher, bindings: Bindings | None) -> None:
        self._confirmed = confirmed
        self._bindings = bindings

    async def publish(self, deliveries: Sequence[Delivery]) -> None:
        """Return when a quorum has all of *deliveries*; otherwise raise OutcomeUnknown or Unavailable."""
        await self._confirmed.publish_all([self._message(delivery) for delivery in deliveries])

    async def ask(self, delivery: Delivery, seconds: float) -> Outcome | None:
        """Publish *delivery*; return what the registry makes of it, or None if that takes over *seconds*."""
        answer = await self._confirmed.ask(self._message(delivery), seconds)
        if answer is None:
            return None
        try:
            return _outcomes.decode(answer)
        except msgspec.MsgspecError as error:
            log.error("outcome_unreadable", why=str(error))  # noqa: TRY400 (no trace of somebody's junk)
            return None

    def _message(self, delivery: Delivery) -> Message:
        notice = delivery.notice
        fact = notice.fact
        lane = "backfill" if notice.backfill else "live"
        if self._bindings is not None and f"registry.{lane}" in self._bindings.missing:
            raise Unavailable
        return Message(
            exchange=EXCHANGE,
            routing_key=f"{lane}.{notice.member}.{fact.family}.{fact.name}",
            body=encode_delivery(delivery),
            headers={
                "member": notice.member,
                "source": notice.source,
                "id": notice.id,
                "protocol": notice.protocol,
                "attempt": 1,
            },
            type=notice.type,
        )
