"""Junk on the streams is passed over: what is known stays whole."""

from hypothesis import given
from hypothesis import strategies as st

from services.notifier.feed import Ring
from services.notifier.intake import Intake
from services.notifier.readers import Readers
from shared.directory import DirectoryFollower
from shared.unmarshalling import read_any_text
from tests.fault.fuzz import wire
from tests.fault.fuzz.examples import MANY, mutated
from tests.support import feed, house
from tests.support.house import directory

ITEMS = [feed.message_of(feed.item_at(position)) for position in (1, 2, 3)]


@MANY
@given(st.lists(mutated(st.sampled_from(ITEMS)), max_size=5))
def test_events_of_the_feed(bodies: list[bytes]) -> None:
    """Position by position, or a hole that everybody is told of; the canary and the restored mark too."""
    read_any_text()
    ring = Ring(100)
    intake = Intake("", "", ring, Readers(ring))
    for offset, raw in enumerate(bodies):
        intake._take(wire.message(wire.at_offset(offset), raw))
    assert ring.oldest <= ring.head + 1


@MANY
@given(st.lists(mutated(st.just(house.message_of(directory(3)))), max_size=3))
def test_messages_of_the_directory(bodies: list[bytes]) -> None:
    """Nobody's rights change but by a whole directory of this stack, newer than the one that is known."""
    follower = DirectoryFollower("", "", "test")
    for raw in bodies:
        follower._consider(raw)
    assert follower.current is None
    assert follower._candidate is None or follower._candidate.environment == "test"
