"""Notices onto the broker: confirmed, or the sender is told that the outcome is unknown."""

import time
from collections.abc import Sequence
from functools import cache

import msgspec
import structlog

from services.ingest.bindings import Bindings
from services.ingest.lanes import Lane, Lanes
from services.ingest.receipts import Outcome
from shared import metrics
from shared.broker import ConfirmedPublisher, Message
from shared.notices.canary import CANARY_TYPE, Canary
from shared.notices.envelope import Delivery, encode_delivery
from shared.problems import Unavailable
from shared.tracing import followed_trace
from shared.turns import listed

log = structlog.get_logger()

EXCHANGE = "notices"

_outcomes: msgspec.json.Decoder[Outcome] = msgspec.json.Decoder(Outcome)
_accepted = cache(metrics.ACCEPTED.labels)  # looking up labels costs more than counting
_seconds_until_accepted = {lane: metrics.NOTICE_SECONDS.labels("accepted", lane) for lane in metrics.LANES}


class NoticePublisher:
    """Publishes deliveries on `notices`; refuses what would not reach the registry's queue.

    A handler that is cancelled, because its sender hung up, leaves nothing half done: what was handed to the
    window is written and accounted for, and the sender, who got no receipt, sends the same again.
    """

    def __init__(
        self, confirmed: ConfirmedPublisher, bindings: Bindings | None, lanes: Lanes | None = None
    ) -> None:
        """Without *lanes* every live notice goes before history."""
        self._confirmed = confirmed
        self._bindings = bindings
        self._lanes = lanes
        self._live_at = time.monotonic()

    def idle_seconds(self) -> float:
        """How long ago the last live notice was published here, or a canary in its place."""
        return time.monotonic() - self._live_at

    async def publish(self, deliveries: Sequence[Delivery]) -> None:
        """Return when a quorum has all of *deliveries*; otherwise raise OutcomeUnknown or Unavailable."""
        await self._confirmed.publish_all(await listed(map(self._message, deliveries)))
        self._accepted(deliveries)

    async def ask(self, delivery: Delivery, seconds: float) -> Outcome | None:
        """Publish *delivery*; return what the registry makes of it, or None if that takes over *seconds*."""
        message = self._message(delivery)
        answer = await self._confirmed.ask(message, seconds, lambda: self._accepted([delivery]))
        if answer is None:
            return None
        try:
            return _outcomes.decode(answer)
        except msgspec.MsgspecError as error:
            log.error("outcome_unreadable", why=type(error).__name__)  # noqa: TRY400 (no trace of somebody's junk)
            return None

    async def send_canary(self, canary: Canary) -> None:
        """Publish *canary* the way that live notices go. Raises as `publish` does."""
        self._live_at = time.monotonic()
        self._require_bound("live")
        await self._confirmed.publish(
            Message(
                exchange=EXCHANGE,
                routing_key="live.31.canary.sent",
                body=canary.sent(),
                headers={"canary": True},
                type=CANARY_TYPE,
            )
        )

    def _accepted(self, deliveries: Sequence[Delivery]) -> None:
        """Count what a quorum has, and tell of those that are followed."""
        now = time.time()
        for delivery in deliveries:
            notice = delivery.notice
            lane = "backfill" if notice.backfill else "live"
            _accepted(delivery.sender.door, lane).inc()
            _seconds_until_accepted[lane].observe(max(0.0, now - delivery.received_at.timestamp()))
            if (trace_id := followed_trace(delivery.traceparent)) is not None:
                log.info(
                    "notice_accepted",
                    trace_id=trace_id,
                    protocol=notice.protocol,
                    member=notice.member,
                    type=notice.type,
                    door=delivery.sender.door,
                )

    def _message(self, delivery: Delivery) -> Message:
        notice = delivery.notice
        fact = notice.fact
        lane: Lane = "backfill" if notice.backfill else "live"
        if self._lanes is not None:
            lane = self._lanes.lane_of(delivery.sender.member, backfill=notice.backfill)
        self._require_bound(lane)
        if not notice.backfill:
            self._live_at = time.monotonic()
        headers = {
            "member": notice.member,
            "source": notice.source,
            "id": notice.id,
            "protocol": notice.protocol,
            "attempt": 1,
        }
        if delivery.traceparent is not None:
            headers["traceparent"] = delivery.traceparent
        return Message(
            exchange=EXCHANGE,
            routing_key=f"{lane}.{notice.member}.{fact.family}.{fact.name}",
            body=encode_delivery(delivery),
            headers=headers,
            type=notice.type,
        )

    def _require_bound(self, lane: str) -> None:
        if self._bindings is not None and f"registry.{lane}" in self._bindings.missing:
            raise Unavailable
