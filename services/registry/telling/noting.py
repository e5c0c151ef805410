"""What is timed and logged of items once the feed stream has confirmed them."""

import time
from collections.abc import Iterable
from datetime import datetime

import msgspec
import structlog

from shared import metrics
from shared.tracing import followed_trace

log = structlog.get_logger()

_seconds_until_published = {lane: metrics.NOTICE_SECONDS.labels("published", lane) for lane in metrics.LANES}


class _Noted(msgspec.Struct, frozen=True):
    """What of an item is of interest here; one that lacks it is an item all the same."""

    protocol: str
    received_at: datetime
    backfill: bool
    replayed: bool
    traceparent: str | None = None


_decode = msgspec.json.Decoder(_Noted).decode


def note_published(items: Iterable[tuple[int, str]]) -> None:
    """The stream has these, by position; called once for each, whatever was published twice."""
    now = time.time()
    for position, item in items:
        try:
            noted = _decode(item)
        except msgspec.MsgspecError:
            continue
        if not noted.replayed:
            lane = "backfill" if noted.backfill else "live"
            _seconds_until_published[lane].observe(max(0.0, now - noted.received_at.timestamp()))
        if (trace_id := followed_trace(noted.traceparent)) is not None:
            log.info("item_published", trace_id=trace_id, protocol=noted.protocol, position=position)
