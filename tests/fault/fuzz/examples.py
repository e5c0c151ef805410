"""How much is tried, and what strangers' bytes are made of."""

import os
from datetime import UTC, datetime
from typing import Any, Final

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from shared.notices.door import decode_events
from shared.notices.envelope import Delivery, Sender
from tests.support.events import NOW, body, event

EXAMPLES: Final = int(os.environ.get("MALHA_FUZZ_EXAMPLES", "1000"))
MANY: Final = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=False,  # others at each run: what is found is printed, and becomes a test of its own
    database=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
_TORN: Final = [
    b"", b"\xff", b"\0", b"\\u0000", b"\\ud800", b'"', b"{", b"}", b"[" * 2_000, b'{"a":' * 2_000, b"null",
    b"-0", b"1e999", b"NaN", b"9" * 400, b"18446744073709551616", b"9999-12-31T23:59:59-23:59", b'\\"',
    "\u202e\ufeff\U0001f600".encode(), b"\xed\xa0\x80", b"\r\n", b"%00", b",", b":",
]  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn, wholes: st.SearchStrategy[bytes]) -> bytes:
    """Noise, or one of *wholes* with up to four places cut out, written over or said again."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=200))
    told = draw(wholes)
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(told)))
        length = draw(st.integers(0, 3) | st.integers(0, len(told)))
        piece = draw(st.sampled_from(_TORN) | st.just(told[at : at + length] * 2) | st.binary(max_size=4))
        told = told[:at] + piece + told[at + length :]
    return told


def valid_delivery(**changes: Any) -> Delivery:
    """A delivery as ingest makes it."""
    (notice,) = decode_events(body(event(**changes)), {}, "application/cloudevents+json", NOW)
    return Delivery(
        notice=notice,
        sender=Sender(role="member", member=notice.member, key="abcdefghijkl", door="api"),
        received_at=datetime(2026, 11, 21, 15, tzinfo=UTC),
        environment="test",
        traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-01",
    )
