"""What is counted, timed and logged of deliveries as they are taken and registered."""

import time
from collections.abc import Iterable, Sequence

import structlog
from aiormq.abc import DeliveredMessage

from services.registry.writing.outcome import Conflicted, Outcome
from shared import metrics
from shared.notices.envelope import Delivery
from shared.tracing import followed_trace

log = structlog.get_logger()

_seconds_until_taken = {lane: metrics.NOTICE_SECONDS.labels("taken", lane) for lane in metrics.LANES}
_seconds_until_registered = {
    lane: metrics.NOTICE_SECONDS.labels("registered", lane) for lane in metrics.LANES
}
_registered = {lane: metrics.REGISTERED.labels(lane) for lane in metrics.LANES}
_repeated = {lane: metrics.REPEATED.labels(lane) for lane in metrics.LANES}
_conflicts = {lane: metrics.CONFLICTS.labels(lane) for lane in metrics.LANES}
_batches = {lane: metrics.BATCH_NOTICES.labels(lane) for lane in metrics.LANES}


def note_taken(deliveries: Iterable[Delivery]) -> None:
    """They have been taken from their queue."""
    now = time.time()
    for delivery in deliveries:
        if not delivery.replayed:
            _seconds_until_taken[_lane(delivery)].observe(_age(delivery, now))


def note_registered(settled: Sequence[tuple[DeliveredMessage, Delivery, Outcome]], batch_size: int) -> None:
    """They are committed, as part of a batch of that many messages."""
    now = time.time()
    if settled:
        _batches[_lane(settled[0][1])].observe(batch_size)
    for _, delivery, outcome in settled:
        lane = _lane(delivery)
        if isinstance(outcome, Conflicted):
            _conflicts[lane].inc()
            told = "conflict"
        elif outcome.repeated:
            _repeated[lane].inc()
            told = "repeated"
        else:
            _registered[lane].inc()
            told = "registered"
            if not delivery.replayed:
                _seconds_until_registered[lane].observe(_age(delivery, now))
            for remark in outcome.remarks:
                metrics.REMARKS.labels(remark.code).inc()
        if (trace_id := followed_trace(delivery.traceparent)) is not None:
            log.info(
                "notice_registered",
                trace_id=trace_id,
                protocol=outcome.protocol,
                outcome=told,
                position=None if isinstance(outcome, Conflicted) else outcome.position,
            )


def _lane(delivery: Delivery) -> str:
    return "backfill" if delivery.notice.backfill else "live"


def _age(delivery: Delivery, now: float) -> float:
    return max(0.0, now - delivery.received_at.timestamp())
