"""How many on 31 December, as known then, and as known now: every answer against a recount.

Histories of any facts are registered in many batches; for instants, days and askers drawn at random, lists,
members and statistics must say what the notices known at the instant amount to.
"""

import random
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import msgspec
import pytest

from services.registry.queries import recounting
from services.registry.writing.registrar import Registrar
from shared.database import Database
from shared.notices.dates import day_of
from shared.notices.envelope import Notice
from tests.support import asking
from tests.support import reference_fold as reference
from tests.support.drawing import drawn
from tests.support.recount import Asker, last_nil_return, one_click
from tests.support.registered import delivered
from tests.support.registry import BELO_HORIZONTE, UBERLANDIA, Registry, connected
from tests.support.tellings import MEMBERS, lives
from tests.support.told import told

ASKERS = {
    "anonymous": Asker("anonymous"),
    "own": Asker("member", BELO_HORIZONTE),
    "other": Asker("member", UBERLANDIA),
    "coordination": Asker("coordination", "31"),
}
LISTS: tuple[dict[str, str], ...] = (
    {},
    {"member": BELO_HORIZONTE},
    {"subject": "PROC 1/2024"},
    {"mesoregion": "Metropolitana de Belo Horizonte"},
    {"country": "PT"},
    {"theme": "AGUA"},
    {"sdg": "6"},
    {"instrument": "MOU"},
    {"state": "in_force"},
    {"state": "unknown"},
    {"gate": "federal"},
    {"gate": "federal:approved"},
    {"partner": "PORTO|pt"},
    {"kind": "state"},
    {"kind": "municipality"},
    {"expires_before": "2151-01-01"},
    {"signed_from": "2020-01-01", "signed_until": "2024-12-31"},
    {"signed_from": "2020-03-05"},
    {"country": "CN", "state": "expired"},
    {"member": "31", "theme": "AGUA", "signed_until": "2020-12-31"},
)
BY = (
    "country", "mesoregion", "theme", "sdg", "instrument", "state", "month", "gate", "partner", "member",
)  # fmt: skip
COUNTED: tuple[tuple[str, dict[str, str]], ...] = (
    ("all", {}),
    ("municipality", {"theme": "AGUA"}),
    ("state", {"state": "signed"}),
)


class Instant(NamedTuple):
    """The last instant of a batch, and all notices registered by then, by agreement and by member."""

    at: datetime
    agreements: dict[tuple[str, str], list[Notice]]
    by_member: dict[str, list[Notice]]
    heard_at: dict[str, datetime]


class Story(NamedTuple):
    """What was registered, batch by batch; `now` is the last."""

    instants: list[Instant]
    days: list[date]
    draw: random.Random

    @property
    def now(self) -> Instant:
        """All of it."""
        return self.instants[-1]

    def questions(self, count: int) -> Iterator[tuple[Instant, date, str]]:
        """Instants, days and askers, at random; the days around today among them."""
        today = day_of(datetime.now(UTC))
        for _ in range(count):
            day = today if self.draw.random() < 0.2 else self.draw.choice(self.days)
            yield self.draw.choice(self.instants), day, self.draw.choice(sorted(ASKERS))


@pytest.fixture(params=range(2))
async def story(database: str, request: pytest.FixtureRequest) -> Story:
    """Sixty lives, told in batches in any order."""
    async with _registrar(database) as registrar, connected(database) as sql:
        return await _told(registrar, sql, random.Random(request.param))  # noqa: S311 - an order, no secret


@asynccontextmanager
async def _registrar(database: str) -> AsyncIterator[Registrar]:
    pool = Database(database, "test", most_connections=2)
    registrar = Registrar(pool)
    yield registrar
    await registrar.close()
    await pool.close()


async def _told(registrar: Registrar, sql: Any, draw: random.Random) -> Story:
    waiting = [notice for run, life in enumerate(drawn(lives, 60)) for notice in _numbered(life, run, draw)]
    draw.shuffle(waiting)
    agreements: dict[tuple[str, str], list[Notice]] = {}
    by_member: dict[str, list[Notice]] = defaultdict(list)
    heard_at: dict[str, datetime] = {}
    instants = []
    while waiting:
        size = draw.randint(1, 9)
        batch, waiting = [delivered(notice) for notice in waiting[:size]], waiting[size:]
        await registrar.register(batch)
        for delivery in batch:
            notice = delivery.notice
            by_member[notice.member].append(notice)
            before = heard_at.get(notice.member, delivery.received_at)
            heard_at[notice.member] = max(delivery.received_at, before)
            if notice.agreement_subject is not None:
                agreements.setdefault((notice.member, notice.agreement_subject), []).append(notice)
        instants.append(
            Instant(
                await sql.fetchval("SELECT max(registered_at) FROM entry"),
                {key: list(notices) for key, notices in agreements.items()},
                {member: list(notices) for member, notices in by_member.items()},
                dict(heard_at),
            )
        )
    days = sorted({day for told in agreements.values() for day in reference.days_worth_asking(told)})
    return Story(instants, [day for day in days if day.year < 3000], draw)


def _numbered(life: list[Notice], run: int, draw: random.Random) -> list[Notice]:
    """*life* with ids, and now and then one of its notices retracted."""
    notices = [msgspec.structs.replace(notice, id=f"{run}-{n}") for n, notice in enumerate(life)]
    wrong = draw.choice(notices)
    if draw.random() < 0.4:
        retraction = told("retracted", run, reason="engano", notice=wrong.protocol)
        notices.append(msgspec.structs.replace(retraction, member=wrong.member, subject=wrong.subject))
    return notices


def address(path: str, instant: Instant | None, day: date, **parameters: str) -> str:
    """*path* on a day, as known at an instant."""
    asked = {"as_of": day.isoformat(), **parameters}
    if instant is not None:
        asked["known_at"] = instant.at.isoformat()
    return f"{path}?{urlencode(asked)}"


async def pages(registry: Registry, path: str, asker: str) -> list[dict[str, Any]]:
    """The items of all pages."""
    items: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = await registry.json(f"{path}{cursor}", asker)
        items += page["items"]
        if page["next"] is None:
            return items
        cursor = f"&cursor={page['next']}"


async def test_lists_hold_what_was_known_then(registry: Registry, story: Story) -> None:
    """Under every filter, page by page, in order, with state and data as of the day."""
    for instant, day, asker in story.questions(6):
        seen = asking.visible(story.now.agreements, ASKERS[asker])
        everything = asking.found(instant.agreements, seen, day)
        for filters in LISTS:
            expected = [each for each in everything if asking.passes(filters, day)(each)]
            path = address("/v1/agreements", instant, day, limit="7", **filters)
            items = await pages(registry, path, asker)
            assert [(item["member"], item["subject"]) for item in items] == [
                (each.member, each.subject) for each in expected
            ], path
            for item, each in zip(items, expected, strict=True):
                assert (item["state"], item["data"]) == (each.known.state, each.data), path


async def test_today_and_the_last_instant_say_the_same(registry: Registry, story: Story) -> None:
    """The maintained tables and those of what was known agree about what is known now."""
    today = day_of(datetime.now(UTC))
    for asker in ASKERS:
        for filters in LISTS:
            now = await pages(registry, address("/v1/agreements", None, today, **filters), asker)
            then = await pages(registry, address("/v1/agreements", story.now, today, **filters), asker)
            assert [{**item, "known_at": None} for item in now] == [
                {**item, "known_at": None} for item in then
            ], filters


async def test_one_agreement_is_as_it_was_known_then(registry: Registry, story: Story) -> None:
    """What was not known yet is not there; what is missing is what the list finds by it."""
    for instant, day, asker in story.questions(6):
        seen = asking.visible(story.now.agreements, ASKERS[asker])
        then = {(each.member, each.subject): each for each in asking.found(instant.agreements, seen, day)}
        listed = await pages(registry, address("/v1/agreements", instant, day), asker)
        for item in story.draw.sample(listed, min(5, len(listed))):
            each = then[item["member"], item["subject"]]
            path = address(f"/v1/agreements/{item['id']}", instant, day)
            assert await registry.json(path, asker) == item
            assert item["state"] == each.known.state
        lacking = await pages(registry, address("/v1/agreements", instant, day, missing="objectives"), asker)
        assert lacking == [item for item in listed if "objectives" in item["completeness"]["missing"]]
        first = story.instants[0]
        known = {item["id"] for item in await pages(registry, address("/v1/agreements", first, day), asker)}
        for item in listed:
            answer = await registry.get(address(f"/v1/agreements/{item['id']}", first, day), asker)
            assert answer.status == (200 if item["id"] in known else 404)


@pytest.mark.parametrize("few", [recounting.FEW, 0])
async def test_the_one_click_counts_what_was_known_then(
    registry: Registry, story: Story, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    """For each member and each asker, with when it was heard by then; the list says the same."""
    monkeypatch.setattr(recounting, "FEW", few)
    for instant, day, asker in story.questions(10):
        seen = asking.visible(story.now.agreements, ASKERS[asker])
        agreements = {key: told for key, told in instant.agreements.items() if key in seen}
        listed = await pages(registry, address("/v1/members", instant, day, limit="500"), asker)
        by_id = {member["id"]: member for member in listed}
        for member in MEMBERS:
            counted = await registry.json(address(f"/v1/members/{member}", instant, day), asker)
            assert counted == by_id[member]
            expected = one_click(
                member, ASKERS["coordination"], agreements, heard=member in instant.heard_at, today=day
            )
            assert {name: counted[name] for name in expected} == expected, (member, day, asker)
            heard = counted["last_heard_at"]
            assert (None if heard is None else datetime.fromisoformat(heard)) == instant.heard_at.get(member)
            assert counted["last_nil_return"] == last_nil_return(instant.by_member.get(member, ()))


async def test_statistics_count_what_was_known_then(registry: Registry, story: Story) -> None:
    """By everything, each agreement once under each of its keys, and once in the total."""
    for instant, day, asker in story.questions(4):
        seen = asking.visible(story.now.agreements, ASKERS[asker])
        everything = asking.found(instant.agreements, seen, day)
        for by in BY:
            for kind, filters in COUNTED:
                path = address("/v1/statistics", instant, day, by=by, kind=kind, **filters)
                page = await registry.json(path, asker)
                left = [each for each in everything if asking.passes(filters, day)(each)]
                _require_statistics(page, left, day)


def _require_statistics(page: dict[str, Any], left: list[asking.Found], day: date) -> None:
    by, kind = page["by"], page["kind"]
    of_kind = [each for each in left if kind == "all" or asking.passes({"kind": kind}, day)(each)]
    assert page["total"] == asking.figures(of_kind, day), (by, kind)
    counted = left if by == "member" else of_kind
    groups: dict[str, list[asking.Found]] = defaultdict(list)
    for each in counted:
        for key in asking.keys(each, by, day):
            groups[key].append(each)
    if by == "member" and kind != "all":
        groups = {key: group for key, group in groups.items() if (key == "31") == (kind == "state")}
    expected = {key: asking.figures(group, day) for key, group in groups.items()}
    nothing = asking.figures((), day)
    got = {
        item["key"]: {name: n for name, n in item.items() if name not in {"key", "name"}}
        for item in page["items"]
    }
    assert {key: n for key, n in got.items() if n != nothing} == {
        key: n for key, n in expected.items() if n != nothing
    }, (by, kind)


async def test_history_leads_to_what_is_known(registry: Registry, story: Story) -> None:
    """The changes of all versions up to an instant, one after the other, make what was known then."""
    for instant, day, asker in story.questions(5):
        listed = await pages(registry, address("/v1/agreements", instant, day), asker)
        for item in story.draw.sample(listed, min(6, len(listed))):
            path = address(f"/v1/agreements/{quote(item['id'])}/history", instant, day, limit="3")
            versions = await pages(registry, path, "coordination")
            made: dict[str, Any] = {}
            for version in versions:
                for change in version["changes"]:
                    assert made.get(change["field"]) == change["before"], path
                    made[change["field"]] = change["after"]
            data = {name: value for name, value in made.items() if name not in {"state", "visibility"}}
            assert {k: v for k, v in data.items() if v is not None} == {
                k: v for k, v in item["data"].items() if v is not None
            }
            assert made["state"] == item["state"]
            assert [version["version"] for version in versions] == sorted(
                version["version"] for version in versions
            )
