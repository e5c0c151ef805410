"""The feed item: filters, scopes, and forgetting."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from multidict import MultiDict

from shared.notices.codelists import Visibility
from shared.notices.families import plain_headline
from shared.notices.feed import (
    ANONYMOUS,
    EVERYTHING,
    NETWORK,
    Erased,
    FeedItem,
    Filter,
    Scope,
    redact,
    stricter,
)
from shared.notices.findings import InvalidFilter
from tests.support.feed import NOON, UBERLANDIA, item_at


def asked(*pairs: tuple[str, str]) -> Filter:
    """The filter of a query."""
    return Filter.parse(MultiDict(pairs), other=("last_event_id",))


@pytest.mark.parametrize(
    "pairs",
    [
        [("member", "3106200")],
        [("member", "3170206"), ("member", "3106200")],
        [("subject", " 2026/1 ")],
        [("mesoregion", "metropolitana de belo horizonte")],
        [("country", "PT"), ("theme", "AGUA"), ("sdg", "6")],
        [("instrument", "IRM"), ("state", "signed")],
        [("type", "br.malha.agreement.signed.v1")],
        [("last_event_id", "whatever")],
        [("backfill", "false")],
    ],
)
def test_a_filter_lets_through_what_was_asked_for(pairs: list[tuple[str, str]]) -> None:
    """Of one field any value will do; of several fields each must agree."""
    assert asked(*pairs).matches(item_at(1))


@pytest.mark.parametrize(
    "pairs",
    [
        [("member", "3170206")],
        [("subject", "2026/2")],
        [("mesoregion", "Zona da Mata")],
        [("country", "PT"), ("theme", "MOB")],
        [("sdg", "16")],
        [("state", "in_force")],
        [("type", "br.malha.agreement.terminated.v1")],
    ],
)
def test_a_filter_holds_back_everything_else(pairs: list[tuple[str, str]]) -> None:
    """One field that does not agree is enough."""
    assert not asked(*pairs).matches(item_at(1))


def test_an_item_without_agreement_matches_no_filter_on_agreements() -> None:
    """A nil return has no subject, no state and no instrument."""
    item = item_at(1, agreement=None)
    assert asked().matches(item)
    for pair in (("subject", "2026/1"), ("state", "signed"), ("instrument", "IRM")):
        assert not asked(pair).matches(item)


def test_history_is_told_only_to_who_asks_for_it() -> None:
    """Loading 30 years of agreements must not ring the governor's bell."""
    item = item_at(1, backfill=True)
    assert not asked().matches(item)
    assert asked(("backfill", "true")).matches(item)


@pytest.mark.parametrize(
    "pair",
    [
        ("contry", "PT"),
        ("country", "pt"),
        ("country", ""),
        ("sdg", "18"),
        ("state", "sgined"),
        ("member", "belo-horizonte"),
        ("type", "signed"),
        ("backfill", "yes"),
        ("subject", "x" * 201),
        ("last_event", "7"),
    ],
)
def test_a_wrong_filter_is_named(pair: tuple[str, str]) -> None:
    """A misspelt filter must not silently mean everything, or nothing."""
    with pytest.raises(InvalidFilter) as refused:
        asked(pair)
    assert refused.value.name == pair[0]


@pytest.mark.parametrize(
    ("scope", "seen"),
    [
        (ANONYMOUS, [True, False, False]),
        (NETWORK, [True, True, False]),
        (Scope.of_member("3170206"), [True, True, False]),
        (Scope.of_member("3106200"), [True, True, True]),
        (EVERYTHING, [True, True, True]),
    ],
)
def test_a_scope_sees_what_it_may(scope: Scope, seen: list[bool]) -> None:
    """A member's own things are its own; what is restricted is for the office and the coordination."""
    levels: list[Visibility] = ["public", "network", "restricted"]
    assert [scope.sees(level, "3106200") for level in levels] == seen


def test_the_stricter_of_two_visibilities_holds() -> None:
    """In either order."""
    assert stricter("public", "restricted") == stricter("restricted", "public") == "restricted"
    assert stricter("network", "public") == "network"


def test_the_shape_is_the_contracts() -> None:
    """What is absent is left out where the contract says so, and null where it does not."""
    shown = msgspec.json.decode(msgspec.json.encode(item_at(1, occurred_at=NOON + timedelta(seconds=1))))
    assert list(shown) == [
        "position",
        "protocol",
        "type",
        "member",
        "agreement",
        "countries",
        "themes",
        "sdgs",
        "headline",
        "visibility",
        "remarks",
        "backfill",
        "replayed",
        "occurred_at",
        "received_at",
        "registered_at",
    ]
    assert shown["occurred_at"] == "2026-11-21T12:00:01Z"
    bare = msgspec.json.decode(msgspec.json.encode(item_at(1, agreement=None)))
    assert "agreement" not in bare
    assert bare["occurred_at"] is None


def test_an_unknown_field_is_ignored() -> None:
    """New optional fields are not a new version."""
    raw = msgspec.json.decode(msgspec.json.encode(item_at(1)))
    raw["colour"] = "blue"
    assert msgspec.convert(raw, FeedItem) == item_at(1)


def test_an_erasure_touches_only_earlier_items_of_its_agreement() -> None:
    """And of these only what the erased fields show."""
    before = item_at(1)
    assert before.agreement is not None
    rebuilt = msgspec.structs.replace(before.agreement, title=None)
    erasure = item_at(5, agreement=rebuilt, erased=Erased(1, ("title",)))
    after = redact(before, erasure)
    assert after.agreement is not None
    assert after.agreement.title is None
    assert after.countries == ("PT",)
    for untouched in (item_at(2), item_at(1, member=UBERLANDIA), item_at(6, agreement=before.agreement)):
        assert redact(untouched, erasure) is untouched
    of_a_signatory = item_at(5, agreement=rebuilt, erased=Erased(1, ("signatories",)))
    assert redact(before, of_a_signatory) is before


@pytest.mark.parametrize(
    ("fact", "field"), [("agreement.gate_updated", "status"), ("clock.expiring", "ends_on")]
)
def test_a_headline_that_shows_an_erased_field_is_replaced_by_the_plain_one(fact: str, field: str) -> None:
    """Whatever a headline lets one read or infer of the data goes with the data."""
    before = msgspec.structs.replace(item_at(1), type=f"br.malha.{fact}.v1")
    assert before.agreement is not None
    erasure = item_at(5, agreement=before.agreement, erased=Erased(1, (field,)))
    assert redact(before, erasure).headline == plain_headline(before.type, before.member.name)
    assert redact(item_at(1), erasure).headline == item_at(1).headline
