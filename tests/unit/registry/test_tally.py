"""Counts that are maintained, against counts that are counted."""

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.folding.agreement import Agreement
from services.registry.writing.tally import (
    ALWAYS,
    FOREVER,
    Contribution,
    Delta,
    Sums,
    add,
    beyond,
    contributions,
    deltas,
    runs,
    spans,
    stages,
)
from tests.support.told import MEMBER, agreement_of, signed, told

TODAY = date(2026, 11, 21)
OTHER = "3170206"


def figures(agreement: Agreement, on: date = TODAY, member: str = MEMBER) -> dict[str, int]:
    """What *agreement* adds to the figures of *member* on a day; broken-down measures as measure:key."""
    found = contributions(agreement, runs(agreement), stages(agreement))
    return dict(
        Counter(
            f"{c.measure}:{c.key}" if c.key else c.measure
            for c in found
            if c.member == member and c.from_day <= on < c.to_day
        )
    )


def test_an_agreement_in_force_counts_once_in_each_figure() -> None:
    """Signed ever, in force, its countries, its themes: each by one, however many partners it has."""
    agreement = agreement_of(
        signed(
            "2025-03-09",
            effective_on="2025-04-01",
            themes=["AGUA", "CULT"],
            partners=[
                {"name": "Porto", "kind": "city", "country": "PT"},
                {"name": "Braga", "kind": "city", "country": "PT"},
            ],
        )
    )
    assert figures(agreement) == {
        "known": 1,
        "signed_ever": 1,
        "signed_mandate": 1,
        "in_force": 1,
        "by_country:PT": 1,
        "by_theme:AGUA": 1,
        "by_theme:CULT": 1,
    }
    assert figures(agreement, date(2025, 3, 31)).get("in_force") is None
    assert figures(agreement, date(2025, 3, 8)) == {"known": 1}


@pytest.mark.parametrize("data", [{"instrument": "IRM_DECL"}, {"basis": "unilateral_law"}])
def test_a_unilateral_law_is_never_counted_as_an_agreement(data: dict[str, str]) -> None:
    """A sister-city law of one side is a figure of its own."""
    assert figures(agreement_of(signed("2020", **data))) == {"known": 1, "unilateral": 1}


def test_an_amendment_is_never_counted_as_an_agreement() -> None:
    """It changes another agreement."""
    assert figures(agreement_of(signed("2020", instrument="ADT"))) == {"known": 1}


def test_later_facts_alone_count_for_nothing() -> None:
    """Nobody has told yet what was signed."""
    assert figures(agreement_of(told("terminated", effective_on="2020-01-01"))) == {}


def test_an_agreement_expires_within_ninety_days_until_it_has_expired() -> None:
    """Counted from the 90th day before its last day, through that day."""
    agreement = agreement_of(signed("2020", effective_on="2020", ends_on="2026-11-21"))
    last = date(2026, 11, 21)
    expiring = [
        day
        for day in (last + timedelta(n) for n in range(-100, 10))
        if "expiring_90_days" in figures(agreement, day)
    ]
    assert (expiring[0], expiring[-1]) == (last - timedelta(90), last)


def test_the_state_counts_its_mandate_from_2023() -> None:
    """The city halls' mandate began in 2025, the state's in 2023; a year alone counts from its first day."""
    agreement = agreement_of(signed("2023", participants=[{"member": "31"}]))
    assert "signed_mandate" in figures(agreement, member="31")
    assert "signed_mandate" not in figures(agreement)


def test_a_participant_counts_only_while_it_takes_part() -> None:
    """Who left on a day has no share from that day on."""
    agreement = agreement_of(
        signed("2020", participants=[{"member": OTHER}]),
        told("amended", effective_on="2024-01-01", changes={"participants": None}),
    )
    assert "signed_ever" in figures(agreement, date(2023, 12, 31), OTHER)
    assert "signed_ever" not in figures(agreement, date(2024, 1, 1), OTHER)
    assert "signed_ever" in figures(agreement)


def test_a_participants_share_of_a_restricted_agreement_is_withheld() -> None:
    """Restricted is for its member, the office and the coordination."""
    agreement = agreement_of(signed("2020", visibility="restricted", participants=[{"member": OTHER}]))
    found = contributions(agreement, runs(agreement), stages(agreement))
    assert {(c.member, c.visibility) for c in found} == {
        (MEMBER, "restricted"),
        (OTHER, f"withheld:{MEMBER}"),
    }


def test_spans_join_neighbours_and_keep_gaps() -> None:
    """One row stands for days that follow each other; an empty span for nothing."""
    days = [date(2026, 1, day) for day in range(1, 9)]
    assert spans(
        [
            ("a", days[0], days[2]),
            ("b", days[0], days[0]),
            ("a", days[2], days[3]),
            ("a", days[5], days[6]),
        ]
    ) == [("a", days[0], days[3]), ("a", days[5], days[6])]


_days = st.dates(TODAY - timedelta(9), TODAY + timedelta(9)) | st.sampled_from([ALWAYS, FOREVER])
_contributions = st.builds(
    lambda key, first, end: Contribution(MEMBER, "in_force", key, "public", min(first, end), max(first, end)),
    st.sampled_from(["", "PT", "CN"]),
    _days,
    _days,
)


@given(st.lists(st.frozensets(_contributions, max_size=4), min_size=1, max_size=6))
def test_the_sum_of_all_deltas_is_the_count(versions: list[frozenset[Contribution]]) -> None:
    """However often an agreement changes, from one day to the next, today's and later figures are right."""
    kept: Counter[tuple[str, str, str, str, date]] = Counter()
    now: frozenset[Contribution] = frozenset()
    for age, version in enumerate(versions):
        today = TODAY + timedelta(age)
        sums: Sums = {}
        add(sums, beyond(now, version), -1, today)
        add(sums, beyond(version, now), 1, today)
        for *at, n in deltas(sums):
            kept[tuple(at)] += n  # type: ignore[index] # a delta without its number
        now = version
        for later in range(12):
            day = today + timedelta(later)
            for key in ("", "PT", "CN"):
                told_ = sum(n for at, n in kept.items() if at[2] == key and at[4] <= day)
                assert told_ == sum(c.from_day <= day < c.to_day for c in now if c.key == key)


def test_what_comes_to_nothing_is_no_delta() -> None:
    """A row that changes nothing is not written."""
    one = Contribution(MEMBER, "in_force", "", "public", ALWAYS, FOREVER)
    sums: Sums = {}
    add(sums, [one, one], 1, TODAY)
    assert deltas(sums) == [Delta(MEMBER, "in_force", "", "public", ALWAYS, 2)]
    add(sums, [one, one], -1, TODAY)
    assert deltas(sums) == []
