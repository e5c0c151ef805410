"""Log events are facts as data, and hold no secret."""

import json

from shared.logs import _as_json, _without_secrets


def test_event_is_one_line_of_json_whatever_it_holds() -> None:
    """A line that a shipper cannot parse is a line lost; an unknown kind of value is written as text."""
    line = _as_json(None, "info", {"event": "notices_registered", "count": 3, "why": ValueError("a\nb")})
    assert "\n" not in line
    assert json.loads(line) == {"event": "notices_registered", "count": 3, "why": "a\nb"}


def test_secrets_are_masked_by_their_name() -> None:
    """Whoever logs a request's headers by mistake gives nobody's key away."""
    told = _without_secrets(None, "info", {"event": "x", "authorization": "Bearer mlh_live_…", "key": "abc"})
    assert told == {"event": "x", "authorization": "***", "key": "abc"}
