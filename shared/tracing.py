"""W3C Trace Context: one id by which a request and its notices are followed through all services.

Only `traceparent`, of version 00 (https://www.w3.org/TR/trace-context/#traceparent-header). Its flag
"sampled" says whether the log tells of the notice at each stage: ingest decides, so that a way is told whole
or not at all. `tracestate` is nobody's here, and not carried on.
"""

import os
import re
from collections.abc import Sequence
from typing import Final

_FORM: Final = re.compile(
    r"(?!ff)(?P<version>[0-9a-f]{2})-(?!0{32})(?P<trace>[0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-(?P<flags>[0-9a-f]{2})"
    r"(?P<further>-.*)?"
)
_LONGEST: Final = 512
_SAMPLED: Final = 1


def trace_of(told: Sequence[str]) -> str:
    """The trace id of a request: that of its one `traceparent` header, else a new one."""
    found = _match(told[0]) if len(told) == 1 else None
    return os.urandom(16).hex() if found is None else found["trace"]


def traceparent(trace_id: str, *, followed: bool) -> str:
    """What goes on under *trace_id*: as from a step of our own, so that the flag may be ours."""
    return f"00-{trace_id}-{os.urandom(8).hex()}-{_SAMPLED if followed else 0:02x}"


def followed_trace(carried: str | None) -> str | None:
    """The trace id, if the log is to tell of what carries it at each stage."""
    # Nearly all of many thousand a second are not followed: the flag is looked at first.
    if carried is None or carried.endswith("-00"):
        return None
    found = _match(carried)
    return found["trace"] if found is not None and int(found["flags"], 16) & _SAMPLED else None


def carried_trace(carried: object) -> str | None:
    """The trace id in a header of a message, followed or not; None if there is none."""
    found = _match(carried) if isinstance(carried, str) else None
    return None if found is None else found["trace"]


def _match(text: str) -> re.Match[str] | None:
    """A well-formed traceparent; of a later version, its beginning is like ours."""
    found = _FORM.fullmatch(text) if len(text) <= _LONGEST else None
    return None if found is None or (found["version"] == "00" and found["further"]) else found
