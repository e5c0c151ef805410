"""The canary: what travels a notice's way when no notice does, and is timed at each stage. No I/O.

It is no notice: no member tells it, and it has no entry, no position and no place in any count. Messages that
carry one have the header ``canary: true``, by which everybody else leaves them alone.
"""

import os
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import msgspec

CANARY_TYPE: Final = "br.malha.canary.sent.v1"
FEED_CANARY_TYPE: Final = "br.malha.feed.canary.v1"
"""Type of the message among the notices, and of the one on the feed stream."""
HEADER: Final = "canary"

_encode = msgspec.json.Encoder().encode


class Canary(msgspec.Struct, frozen=True):
    """One canary: its number, when it was sent, on which stack."""

    id: str
    sent_at: Annotated[datetime, msgspec.Meta(tz=True)]
    environment: str

    @classmethod
    def now(cls, environment: str) -> "Canary":
        """A new one."""
        return cls(os.urandom(16).hex(), datetime.now(UTC), environment)

    def age_seconds(self) -> float:
        """How long ago it was sent; clocks of two machines may differ, but nobody arrives before leaving."""
        return max(0.0, (datetime.now(UTC) - self.sent_at).total_seconds())

    def sent(self) -> bytes:
        """The message in which it leaves ingest: a CloudEvent."""
        return self._event(CANARY_TYPE)

    def told(self) -> bytes:
        """The message in which it leaves the registry, on the feed stream."""
        return self._event(FEED_CANARY_TYPE)

    def _event(self, type_: str) -> bytes:
        return _encode(
            {
                "specversion": "1.0",
                "source": "/malha",
                "type": type_,
                "id": self.id,
                "time": self.sent_at,
                "datacontenttype": "application/json",
                "data": self,
            }
        )


class _Event(msgspec.Struct, frozen=True):
    type: str
    data: Canary


_decode = msgspec.json.Decoder(_Event).decode


def is_canary(headers: dict[str, Any] | None) -> bool:
    """Whether a message with these *headers* carries a canary."""
    return headers is not None and headers.get(HEADER) is True


def read_canary(body: bytes) -> Canary | None:
    """The canary in a message's *body*; None if somebody's junk claimed to be one."""
    try:
        return _decode(body).data
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
