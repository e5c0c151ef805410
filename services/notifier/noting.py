"""What is timed and logged of items that have been told."""

import time
from collections.abc import Sequence

import structlog

from shared import metrics
from shared.notices.feed import FeedItem
from shared.tracing import followed_trace

log = structlog.get_logger()

_seconds_until_told = {lane: metrics.NOTICE_SECONDS.labels("told", lane) for lane in metrics.LANES}


def note_told(items: Sequence[FeedItem], streams: int) -> None:
    """They have been written to all those of the *streams* that follow, as far as each may see them."""
    now = time.time()
    for item in items:
        if not item.replayed:
            lane = "backfill" if item.backfill else "live"
            _seconds_until_told[lane].observe(max(0.0, now - item.received_at.timestamp()))
        if (trace_id := followed_trace(item.traceparent)) is not None:
            log.info(
                "item_told",
                trace_id=trace_id,
                protocol=item.protocol,
                position=item.position,
                streams=streams,
            )
