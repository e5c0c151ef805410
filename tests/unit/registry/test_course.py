"""However an agreement is stored on the way, by checkpoints and cut short: what is told of it is the same."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest.mock import patch

import msgspec
from hypothesis import event, given, settings
from hypothesis import strategies as st

from services.registry.folding import fold
from services.registry.folding.rules import NO_RULES
from services.registry.writing import agreements, course, recalling
from services.registry.writing.replaying import Came, Replay
from services.registry.writing.rows import Rows
from shared.notices.dates import day_of
from shared.notices.envelope import Notice
from tests.support.reference_fold import days_worth_asking
from tests.support.tellings import tellings
from tests.support.told import MEMBER, SUBJECT, signed, told

TODAY = day_of(datetime.now(UTC))
NOW = datetime.now(UTC)
ENDINGS = ("completed", "terminated", "superseded", "merged", "withdrawn", "voided")


def _goes_on(notice: Notice) -> bool:
    return notice.agreement_subject == SUBJECT and notice.type.split(".")[-2] not in ENDINGS


@st.composite
def lives(draw: st.DrawFn) -> list[Notice]:
    """A long life, in its own order but for a few; now and then an end, a retraction."""
    told_ = draw(st.lists(tellings(MEMBER, SUBJECT).filter(_goes_on), min_size=4, max_size=30))
    notices = [msgspec.structs.replace(notice, id=str(n)) for n, notice in enumerate(told_)]
    notices.sort(key=fold.order_key)
    for late in draw(st.lists(st.integers(0, len(notices) - 1), max_size=3)):
        notices.append(notices.pop(late))
    for number, wrong in enumerate(draw(st.lists(st.sampled_from(notices), max_size=2))):
        at = draw(st.integers(0, len(notices)))
        notices.insert(at, told("retracted", number, reason="engano", notice=wrong.protocol))
    if draw(st.booleans()):
        ending = draw(st.sampled_from(["terminated", "voided"]))
        at = draw(st.integers(len(notices) // 2, len(notices)))
        notices.insert(at, told(ending, effective_on="2024-12-31", reason="fim"))
    return notices


@contextmanager
def small() -> Iterator[None]:
    """Checkpoints after a few notices, time lines cut after a few changes."""
    with (
        patch.object(agreements, "CHECKPOINT_NOTICES", 3),
        patch.object(course, "CHECKPOINT_NOTICES", 3),
        patch.object(course, "MOST_POINTS", 6),
        patch.object(course, "KEPT_POINTS", 1),
        patch.object(course, "FIRST_POINTS", 1),
        patch.object(recalling, "NEAR_CHECKPOINTS", 1),
    ):
        yield


@settings(max_examples=80)
@given(lives(), st.lists(st.integers(1, 6), min_size=1, max_size=4))
def test_checkpoints_and_cuts_change_nothing(life: list[Notice], sizes: list[int]) -> None:
    """Rows, counts and contradictions are those of all notices folded at once, after each batch."""
    with small():
        replay = asyncio.run(_live(life, sizes))
    event(f"cut: {replay.row is not None and replay.row.told_from is not None}")
    event(f"checkpoints: {len(replay.known_checkpoints())}")


async def _live(life: list[Notice], sizes: list[int]) -> Replay:
    replay = Replay(MEMBER, SUBJECT, (), NO_RULES, TODAY)
    counted: Counter[tuple[Any, ...]] = Counter()
    known: list[Notice] = []
    waiting = [Came(position, NOW, notice) for position, notice in enumerate(life, 1)]
    turn = 0
    while waiting:
        size = sizes[turn % len(sizes)]
        turn += 1
        batch, waiting = waiting[:size], waiting[size:]
        writes = await replay.take(*batch)
        known += [one.notice for one in batch]
        for (*figure, day), n in writes.counts.items():
            counted[tuple(figure), day] += n
        _require_same(replay, known, counted)
    return replay


def _require_same(replay: Replay, known: list[Notice], counted: Counter[tuple[Any, ...]]) -> None:
    whole = fold.agreement(fold.fold(MEMBER, SUBJECT, known))
    rows = Rows.of(whole)
    assert {(*row[3:9], row.from_day, row.to_day) for row in replay.known_segments()} == {
        (*days, first, end) for days, first, end in rows.segments
    }
    assert {(row.name, row.value, row.from_day, row.to_day) for row in replay.known_facets()} == {
        (*facet, first, end) for facet, first, end in rows.facets
    }
    assert replay.row is not None
    stored = fold.agreement(fold.decode(replay.row.fold))
    assert replay.draft.agreement.contradictions == whole.contradictions == stored.contradictions
    since = replay.row.told_from or date.min
    for day in days_worth_asking(known):
        if day >= since:
            assert (stored.on(day).state, stored.on(day).data) == (whole.on(day).state, whole.on(day).data)
    for ahead in (0, 1, 90, 4000):
        day = TODAY + timedelta(ahead)
        figures = Counter[tuple[Any, ...]]()
        for (figure, since_day), n in counted.items():
            figures[figure] += n if since_day <= day else 0
        expected = Counter(tuple(one[:4]) for one in rows.counts if one.from_day <= day < one.to_day)
        assert +figures == expected
        assert all(n >= 0 for n in figures.values())


def test_who_took_part_before_a_cut_is_known_under_the_visibility_of_now() -> None:
    """The cut time line no longer names the participant; the agreement may still become restricted."""
    shared = [{"member": "3170206", "role": "apoio"}]
    title = "Cooperação"
    changes = [
        *({"title": f"{title} {n}"} for n in range(4)),
        {"participants": None},
        *({"title": f"{title} {n}", "instrument": "MOU"} for n in range(5, 12)),
        {"visibility": "network"},
    ]
    life = [signed("a", participants=shared, signed_on="1990-01-01", effective_on="1990-01-01")]
    life += [
        told("amended", n, effective_on=f"1991-01-{n:02}", changes=change)
        for n, change in enumerate(changes, 1)
    ]
    with small():
        replay = asyncio.run(_live(life, [1]))
    assert replay.row is not None
    assert replay.row.told_from is not None


def test_a_long_history_is_stored_in_little_room() -> None:
    """What registering loads and writes for one more notice does not grow with those before."""
    asyncio.run(_live_long())


async def _live_long() -> None:
    replay = Replay(MEMBER, SUBJECT, (), NO_RULES, TODAY)
    await replay.take(Came(1, NOW, signed("1990", effective_on="1990")))
    first = date(1991, 1, 1)
    sizes = []
    for n in range(600):
        day = (first + timedelta(n)).isoformat()
        changes = {"title": f"Título {n}", "themes": ["AGUA"] if n % 2 else ["CULT"]}
        await replay.take(Came(n + 2, NOW, told("amended", n, effective_on=day, changes=changes)))
        assert replay.row is not None
        sizes.append(len(replay.row.fold) + len(replay.row.course))
    assert max(sizes) < 24_000
    assert len(replay.known_checkpoints()) == 601 // course.CHECKPOINT_NOTICES
    late = told("amended", 9_999, effective_on="1991-12-01", changes={"department": "Gabinete"})
    await replay.take(Came(9_999, NOW, late))
    known = fold.agreement(
        fold.fold(MEMBER, SUBJECT, [one for one in replay.notices if not fold.is_retraction(one)])
    )
    assert {
        (row.value, row.from_day, row.to_day) for row in replay.known_facets() if row.name == "theme"
    } == {(value, begins, ends) for (name, value), begins, ends in Rows.of(known).facets if name == "theme"}
