"""The ring tells every audience each of its positions once, in order, and says what it withheld."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.notifier.feed import Added, Audience, FellBehind, Ring
from shared.notices.feed import ANONYMOUS, EVERYTHING, NETWORK, Erased, FeedAgreement, FeedItem, Filter, Scope
from shared.notices.sentences import Sentence
from tests.support.feed import BELO_HORIZONTE, UBERLANDIA, events_in, item_at

ALL = Audience(EVERYTHING, Filter(backfill=True))
PUBLIC = Audience(ANONYMOUS, Filter())
QUESTION = "br.malha.agreement.question_asked.v1"


def told(ring: Ring, audience: Audience, after: int = 0) -> list[int]:
    """Positions of the notices that *audience* is told after *after*."""
    chunk = ring.chunk(audience, after, after, items=10_000, size=10**9)
    return [event.id for event in events_in(chunk.frames) if event.name == "notice"]


def ring_of(*items: FeedItem, **options: Any) -> Ring:
    """A ring with these items."""
    ring = Ring(**options)
    for item in items:
        assert ring.add(item) is Added.NEW
    return ring


def of(agreement: str, item: FeedItem) -> FeedItem:
    """*item*, told of the agreement of that id."""
    return msgspec.structs.replace(
        item, agreement=FeedAgreement(agreement, "2026/1", "Irmanamento", "signed", "IRM")
    )


def test_items_are_taken_once_and_in_order() -> None:
    """The stream may hold an item twice, and must never be believed when it leaves one out."""
    ring = ring_of(item_at(7))
    assert ring.add(item_at(7)) is Added.DUPLICATE
    assert ring.add(item_at(3)) is Added.DUPLICATE
    assert ring.add(item_at(9)) is Added.HOLE
    assert ring.add(item_at(8)) is Added.NEW
    assert (ring.oldest, ring.head) == (7, 8)


def test_the_ring_keeps_at_least_what_it_promises_and_little_more() -> None:
    """Memory is bounded, and the last items can always be resumed from."""
    ring = ring_of(*(item_at(position) for position in range(1, 1001)), capacity=100)
    assert 100 <= len(ring) <= 107
    assert told(ring, ALL, ring.oldest - 1) == list(range(ring.oldest, 1001))
    with pytest.raises(FellBehind):
        ring.chunk(ALL, 1, 1, items=1, size=1)


def test_a_jump_has_a_cursor_before_it() -> None:
    """A reader can tell what was withheld from what was lost."""
    ring = ring_of(item_at(1), item_at(2, backfill=True), item_at(3))
    chunk = ring.chunk(PUBLIC, 0, 0, items=10, size=10**6)
    assert [(event.name, event.id) for event in events_in(chunk.frames)] == [
        ("notice", 1),
        ("cursor", 2),
        ("notice", 3),
    ]


def test_refusals_name_their_reason() -> None:
    """A position to come, one too old, one from before a restore: each is told what it is."""
    ring = ring_of(item_at(5), item_at(6))
    assert [ring.refusal(asked) for asked in (3, 4, 6, 7)] == ["too_old", None, None, "unknown"]
    ring.restore(20)
    assert ring.add(item_at(21)) is Added.NEW
    assert [ring.refusal(asked) for asked in (6, 19, 20, 21, 22)] == [
        "restored",
        "restored",
        None,
        None,
        "unknown",
    ]


def test_an_agreement_that_becomes_restricted_hides_its_earlier_items() -> None:
    """Items are judged by the stricter of what they were and what their agreement is now."""
    ring = ring_of(
        of("AG-1", item_at(1)),
        item_at(2),
        of("AG-1", item_at(3, visibility="restricted")),
    )
    assert told(ring, PUBLIC) == [2]
    assert told(ring, Audience(Scope.of_member("3106200"), Filter())) == [1, 2, 3]
    assert told(ring, Audience(Scope.of_member("3170206"), Filter())) == [2]


def test_an_item_from_before_its_agreement_stays_restricted() -> None:
    """What was restricted when it was told does not become public with its agreement."""
    ring = ring_of(of("AG-1", item_at(1, visibility="restricted")), of("AG-1", item_at(2)))
    assert told(ring, PUBLIC) == [2]


def test_a_question_does_not_hide_the_agreement() -> None:
    """A question is restricted by its kind; that says nothing about the agreement."""
    question = of("AG-1", item_at(2, type=QUESTION, visibility="restricted"))
    ring = ring_of(of("AG-1", item_at(1)), question, visibility_of_their_own={QUESTION})
    assert told(ring, PUBLIC) == [1]


def test_what_was_erased_is_gone_from_the_ring() -> None:
    """The stream keeps a title for its 30 days; nobody is shown it after the erasure."""
    first = of("AG-1", item_at(1, headline=Sentence("com Fulano", "with John Doe")))
    erasure = item_at(
        3,
        type="br.malha.ledger.erased.v1",
        agreement=FeedAgreement("AG-1", "2026/1", None, "signed", "IRM"),
        erased=Erased(1, ("title", "partners")),
        countries=(),
    )
    ring = ring_of(first, item_at(2), erasure)
    shown = ring.latest(ALL, 10, among=20)
    assert [item.position for item in shown] == [3, 2, 1]
    assert shown[2].agreement == erasure.agreement
    assert shown[2].countries == ()
    assert "Fulano" not in shown[2].headline.pt
    assert "John" not in shown[2].headline.en
    assert shown[1] == item_at(2)
    assert b"Fulano" not in ring.chunk(ALL, 0, 0, items=10, size=10**6).frames


SCOPES = st.sampled_from([ANONYMOUS, NETWORK, EVERYTHING, Scope.of_member("3106200")])
FILTERS = st.sampled_from(
    [
        Filter(),
        Filter(backfill=True),
        Filter(member=frozenset({"3170206"})),
        Filter(country=frozenset({"CN", "FR"})),
        Filter(type=frozenset({QUESTION}), backfill=True),
    ]
)


class Reading:
    """A reader, and what it must believe."""

    def __init__(self, audience: Audience, position: int) -> None:
        self.audience = audience
        self.last_id = position
        self.complete_to = position


class RingMachine(RuleBasedStateMachine):
    """Items, readers, filters and resumes, however they interleave."""

    def __init__(self) -> None:
        super().__init__()
        self.ring = Ring(8, visibility_of_their_own={QUESTION})
        self.items: dict[int, FeedItem] = {}
        self.readings: list[Reading] = []

    @rule(
        member=st.sampled_from([BELO_HORIZONTE, UBERLANDIA]),
        agreement=st.sampled_from(["AG-1", "AG-2", None]),
        visibility=st.sampled_from(["public", "network", "restricted"]),
        country=st.sampled_from(["PT", "CN"]),
        backfill=st.booleans(),
        is_question=st.booleans(),
    )
    def item(self, *, agreement: str | None, country: str, is_question: bool, **changes: Any) -> None:
        """The registry tells something."""
        position = self.ring.head + 1
        item = item_at(position, countries=(country,), agreement=None, **changes)
        if is_question:
            item = msgspec.structs.replace(item, type=QUESTION, visibility="restricted")
        if agreement is not None:
            item = of(agreement, item)
        assert self.ring.add(item) is Added.NEW
        assert self.ring.add(item) is Added.DUPLICATE
        self.items[position] = item

    @rule(scope=SCOPES, asked=FILTERS)
    def connect(self, scope: Scope, asked: Filter) -> None:
        """Somebody new, from now on."""
        self.readings.append(Reading(Audience(scope, asked), self.ring.head))

    @rule(data=st.data())
    def resume(self, data: st.DataObject) -> None:
        """By whatever id was seen last; what a chunk left incomplete is told again from there."""
        if self.readings:
            reading = data.draw(st.sampled_from(self.readings))
            if self.ring.refusal(reading.last_id) is None:
                reading.complete_to = reading.last_id
            else:
                assert reading.last_id < self.ring.oldest - 1
                self.readings.remove(reading)

    @rule(data=st.data(), items=st.integers(1, 4), size=st.sampled_from([1, 10**6]))
    def read(self, data: st.DataObject, items: int, size: int) -> None:
        """A reader is sent what fits."""
        if not self.readings:
            return
        reading = data.draw(st.sampled_from(self.readings))
        try:
            chunk = self.ring.chunk(
                reading.audience, reading.last_id, reading.complete_to, items=items, size=size
            )
        except FellBehind:
            assert reading.complete_to < self.ring.oldest - 1
            self.readings.remove(reading)
            return
        last = reading.last_id
        notices = []
        for event in events_in(chunk.frames):
            if event.name == "notice":
                assert event.id == last + 1, "a jump without a cursor"
                assert event.data["position"] == event.id
                notices.append(event.id)
            assert event.id > last or event.name == "cursor"
            last = event.id
        assert last == chunk.last_id <= chunk.complete_to
        span = range(reading.complete_to + 1, chunk.complete_to + 1)
        assert notices == [position for position in span if self.is_for(reading.audience, position)]
        assert chunk.complete_to > reading.complete_to or reading.complete_to == self.ring.head
        reading.last_id, reading.complete_to = chunk.last_id, chunk.complete_to

    def is_for(self, audience: Audience, position: int) -> bool:
        """The obvious way: look through everything that the agreement's later items say."""
        item = self.items[position]
        strictness = ["public", "network", "restricted"]
        visibility = strictness.index(item.visibility)
        if item.agreement is not None:
            told = [
                other
                for other in self.items.values()
                if other.agreement is not None
                and other.agreement.id == item.agreement.id
                and other.type != QUESTION
                and other.position >= self.ring.oldest
            ]
            if told:
                visibility = max(visibility, strictness.index(told[-1].visibility))
        sees = {
            "everything": True,
            "network": visibility < 2,
            "anonymous": visibility == 0,
            "member": visibility < 2 or item.member.id == audience.scope.member,
        }
        return sees[audience.scope.kind] and audience.filter.matches(item)

    @invariant()
    def the_ring_is_contiguous(self) -> None:
        """Nothing between oldest and head is missing."""
        assert len(self.ring) <= 9
        assert self.ring.head - self.ring.oldest + 1 == len(self.ring)


RingMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=50)
TestRing = RingMachine.TestCase
