"""Who may speak for whom."""

from datetime import date
from typing import NamedTuple

import pytest

from services.ingest.keys import Grant, Speaker, Speakers
from shared.accounts import Caller
from shared.directory import Delegation, Directory, Member

TODAY = date(2026, 11, 21)
SIGNED = "br.malha.agreement.signed.v1"
AMENDED = "br.malha.agreement.amended.v1"
CITY, OTHER, VENDOR = "3106200", "3170206", "org-vendor"


class Event(NamedTuple):
    """An envelope as far as it could be read."""

    member: str | None = CITY
    source: str | None = "/convenios"
    type: str | None = SIGNED


def directory(*delegations: Delegation) -> Directory:
    """Two city halls, a vendor, the state."""
    return Directory(
        version=1,
        environment="test",
        members=(
            Member(CITY, "municipality", "Belo Horizonte"),
            Member(OTHER, "municipality", "Uberlândia"),
            Member(VENDOR, "organisation", "Vendor"),
            Member("31", "state", "Minas Gerais"),
        ),
        delegations=delegations,
    )


def speaker(caller: Caller, *delegations: Delegation, today: date = TODAY) -> Speaker:
    """What *caller* may say on *today*."""
    return Speaker(caller, directory(*delegations), today)


CITY_HALL = Caller("member", CITY, "k1")
VENDORS = Caller("member", VENDOR, "k2")
COORDINATION = Caller("coordination", "31", "k3")
OFFICE = Caller("office", "31", "k4")
OPERATIONS = Caller("ops", "31", "k5")


def test_a_member_speaks_for_itself_and_for_nobody_else() -> None:
    """A member can neither post nor see as another one."""
    assert speaker(CITY_HALL).refusal(Event()) is None
    assert speaker(CITY_HALL).refusal(Event(member=OTHER)) == "member_not_allowed"
    assert speaker(CITY_HALL).refusal(Event(member="org-nobody")) == "member_not_allowed"


def test_a_delegation_lets_a_vendor_speak_all_that_the_member_may() -> None:
    """A vendor sends for 140 city halls with one key."""
    vendor = speaker(VENDORS, Delegation(CITY, VENDOR))
    assert vendor.refusal(Event(type=AMENDED)) is None
    assert vendor.refusal(Event(member=OTHER)) == "member_not_allowed"
    assert vendor.grants == [Grant(VENDOR), Grant(CITY)]


def test_a_delegation_is_limited_to_its_facts() -> None:
    """A member grants a vendor signatures only; amendments stay its own."""
    vendor = speaker(VENDORS, Delegation(CITY, VENDOR, facts=(SIGNED,)))
    assert vendor.refusal(Event()) is None
    assert vendor.refusal(Event(type=AMENDED)) == "fact_not_allowed"


def test_a_members_own_voice_is_not_narrowed_by_a_delegation_to_itself() -> None:
    """Whoever grants its own organisation one fact has not given up the others."""
    narrowed = speaker(CITY_HALL, Delegation(CITY, CITY, facts=(SIGNED,)))
    assert narrowed.refusal(Event(type=AMENDED)) is None


@pytest.mark.parametrize(
    ("today", "refused"), [(date(2026, 12, 31), None), (date(2027, 1, 1), "member_not_allowed")]
)
def test_a_delegation_holds_through_its_last_day(today: date, refused: str | None) -> None:
    """The end date that a mayor writes down is a day on which the vendor still works."""
    vendor = speaker(VENDORS, Delegation(CITY, VENDOR, until=date(2026, 12, 31)), today=today)
    assert vendor.refusal(Event()) == refused


def test_the_coordination_tells_its_facts_for_any_member_and_the_states_own() -> None:
    """It reports old agreements for whoever does not speak, and is itself member 31."""
    coordination = speaker(COORDINATION)
    assert coordination.refusal(Event(type=SIGNED)) is None
    assert coordination.refusal(Event(type=AMENDED)) == "fact_not_allowed"
    assert coordination.refusal(Event(member="31", type=AMENDED)) is None
    assert coordination.refusal(Event(member="org-nobody")) is None
    assert not coordination.knows("org-nobody")


def test_the_office_never_edits() -> None:
    """The governor's office reads and asks."""
    assert speaker(OFFICE).refusal(Event()) == "fact_not_allowed"
    assert speaker(OFFICE).refusal(Event(member="31")) == "fact_not_allowed"


def test_operations_send_nothing() -> None:
    """Who runs the machines does not speak in the network."""
    assert speaker(OPERATIONS).refusal(Event(member="31")) == "member_not_allowed"
    assert speaker(OPERATIONS).grants == []


@pytest.mark.parametrize("caller", [CITY_HALL, COORDINATION])
@pytest.mark.parametrize(
    "type_", ["br.malha.ledger.erased.v1", "br.malha.ledger.sealed.v1", "br.malha.clock.expired.v1"]
)
def test_what_the_system_announces_is_refused_from_outside(caller: Caller, type_: str) -> None:
    """Nobody fakes an expiry or an erasure, of this release's types or a later one's."""
    assert speaker(caller).refusal(Event(type=type_)) == "fact_not_allowed"


def test_the_systems_source_is_refused_from_everybody() -> None:
    """Only the system itself speaks as /malha."""
    assert speaker(CITY_HALL).refusal(Event(source="/malha")) == "source_reserved"
    assert speaker(COORDINATION).refusal(Event(source="/malha")) == "source_reserved"


def test_what_cannot_be_read_is_left_to_the_decoder() -> None:
    """An unknown type or a missing member is a fault of the notice (422), not of the key (403)."""
    assert speaker(CITY_HALL).refusal(Event(type="br.malha.agreement.sealed.v1")) is None
    assert speaker(CITY_HALL).refusal(Event(type=None)) is None
    assert speaker(CITY_HALL).refusal(Event(member=None)) is None


def test_a_new_directory_and_a_new_day_are_seen_at_once() -> None:
    """A revoked or ended delegation is dead with the next request."""
    speakers = Speakers()
    granted = directory(Delegation(CITY, VENDOR, until=TODAY))
    assert speakers.of(VENDORS, granted, TODAY).refusal(Event()) is None
    assert speakers.of(VENDORS, granted, TODAY) is speakers.of(VENDORS, granted, TODAY)
    assert speakers.of(VENDORS, directory(), TODAY).refusal(Event()) == "member_not_allowed"
    assert speakers.of(VENDORS, granted, date(2026, 11, 22)).refusal(Event()) == "member_not_allowed"
