"""What the demonstration tells: the real ties as they are known, and fiction that says so."""

import itertools
import random
from datetime import UTC, datetime

import msgspec

from deploy.local.demo import fictions
from deploy.local.fiction import FICTION
from deploy.local.known_ties import known_ties
from shared.notices.door import decode_events

CLOUD_EVENTS = "application/cloudevents-batch+json"


def test_every_known_tie_is_a_valid_notice() -> None:
    """The product's first real input passes the same door as any other."""
    ties = known_ties()
    notices = decode_events(msgspec.json.encode(ties), {}, CLOUD_EVENTS, datetime.now(UTC))
    assert len(notices) == len(ties) == 62
    assert all(notice.backfill for notice in notices)
    assert {notice.data["basis"] for notice in notices if notice.data["instrument"] == "IRM_DECL"} == {
        "unilateral_law"
    }


def test_ties_are_the_same_at_every_reading() -> None:
    """A second load is harmless: same identity, same content."""
    assert known_ties() == known_ties()
    assert len({tie["id"] for tie in known_ties()}) == 62


def test_what_is_not_known_of_a_tie_is_not_invented() -> None:
    """A network has no country; a tie without date stays without."""
    ties = known_ties()
    assert {tie["data"].get("signed_on") for tie in ties} >= {None, "1996", "2014-03-06"}
    networks = [tie for tie in ties if tie["data"]["partners"][0]["kind"] == "network"]
    assert networks
    assert all("country" not in tie["data"]["partners"][0] for tie in networks)


def test_fiction_is_valid_and_says_that_it_is_fiction() -> None:
    """Nobody may take an example for an agreement."""
    chance = random.Random(1)  # noqa: S311 - fiction
    events = list(itertools.islice(fictions(["3106200", "3136702"], chance), 60))
    assert len(decode_events(msgspec.json.encode(events), {}, CLOUD_EVENTS, datetime.now(UTC))) == 60
    for event in events:
        assert event.get("subject", "").startswith(FICTION)
        if event["type"] == "br.malha.agreement.signed.v1":
            assert event["data"]["title"].startswith(FICTION)
            assert event["data"]["partners"][0]["name"].startswith(FICTION)
    assert len({event["type"] for event in events}) == 3
