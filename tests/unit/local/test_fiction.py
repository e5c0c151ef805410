"""The demonstration's year: valid, labelled, the same twice."""

from datetime import UTC, date, datetime

import msgspec

from deploy.local.fiction import FICTION, fictional_year
from shared import data
from shared.notices.door import decode_events
from shared.notices.families import FACTS

TODAY = date(2026, 11, 21)
CLOUD_EVENTS = "application/cloudevents-batch+json"


def test_every_event_passes_the_door_and_is_told_by_who_may() -> None:
    """The year goes through the same checks as anybody's notices."""
    year = fictional_year(TODAY)
    body = msgspec.json.encode([told.event for told in year])
    notices = decode_events(body, {}, CLOUD_EVENTS, datetime(2026, 11, 21, 23, tzinfo=UTC))
    assert len(notices) == len(year)
    assert all(told.who in FACTS[told.event["type"]].senders for told in year)
    assert {told.event["member"] for told in year} <= {*data.municipalities(), "31"}


def test_every_agreement_says_that_it_is_fiction() -> None:
    """Title, partner and reference carry the label: nobody takes it for a fact about a real place."""
    for told in fictional_year(TODAY):
        assert told.event["subject"].startswith(FICTION)
        if "title" in told.event["data"]:
            assert told.event["data"]["title"].startswith(FICTION)
            assert all(each["name"].startswith(FICTION) for each in told.event["data"]["partners"])


def test_the_same_day_tells_the_same() -> None:
    """A second load is harmless."""
    assert fictional_year(TODAY) == fictional_year(TODAY)
