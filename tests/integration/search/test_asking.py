"""`GET /v1/agreements?q=`: what is found by words, by whom, page by page, and at once."""

import asyncio
from functools import partial
from urllib.parse import quote

import pytest

from services.registry.finding.indexing import Indexer
from services.registry.queries import search
from shared.database import Database
from tests.support.indexed import indexed
from tests.support.registered import Sql
from tests.support.registry import BELO_HORIZONTE, UBERLANDIA, Registry, Teller, sister_city
from tests.support.world import eventually

VISIBILITIES = ("public", "network", "restricted")
ODD = (
    "'", '"', '""', "porto'", "&|!()<->:*", "\\", "porto:*", "%25", "a" * 200, "上海", "“porto", "- -",
    "'';--",
)  # fmt: skip


async def found(registry: Registry, query: str, asker: str = "office") -> list[str]:
    """The subjects on the page."""
    page = await registry.json(f"/v1/agreements?{query}", asker)
    return [item["subject"] for item in page["items"]]


async def test_words_find_what_may_be_seen_and_nothing_else(
    registry: Registry, teller: Teller, database: str
) -> None:
    """A restricted agreement is not found by its words, nor is anybody told which words it has."""
    for visibility in VISIBILITIES:
        await teller.tell(
            "agreement.signed",
            sister_city(title=f"Xilofone {visibility}", visibility=visibility),
            subject=visibility,
        )
    await indexed(database)
    everything = ["restricted", "network", "public"]
    for asker, wanted in (
        ("anonymous", ["public"]),
        ("other", ["network", "public"]),
        ("own", everything),
        ("office", everything),
        ("coordination", everything),
    ):
        assert await found(registry, "q=xilofone", asker) == wanted, asker
        assert await found(registry, "q=xilofome", asker) == wanted, asker
    page = await registry.json("/v1/agreements?q=restrictedd", "other")
    assert (page["items"], page["corrected"]) == ([], [])
    page = await registry.json("/v1/agreements?q=xilofome")
    assert page["corrected"][0]["asked"] == "xilofome"


async def test_words_and_filters_narrow_each_other(registry: Registry, teller: Teller, database: str) -> None:
    """Both hold, whichever is walked by."""
    await teller.tell("agreement.signed", sister_city(title="Ponte"), subject="A")
    await teller.tell(
        "agreement.signed", sister_city(title="Ponte", themes=["TUR"]), subject="B", member=UBERLANDIA
    )
    await teller.tell("agreement.signed", sister_city(title="Praça"), subject="C", member=UBERLANDIA)
    await indexed(database)
    assert await found(registry, "q=ponte") == ["B", "A"]
    assert await found(registry, f"q=ponte&member={BELO_HORIZONTE}") == ["A"]
    assert await found(registry, f"q=ponte&member={UBERLANDIA}&theme=TUR") == ["B"]
    assert await found(registry, "q=ponte&country=CN") == []
    assert await found(registry, "q=ponte&subject=A") == ["A"]


async def test_pages_of_a_search_hold_everything_once(
    registry: Registry, teller: Teller, database: str
) -> None:
    """Of rare words and of common ones."""
    for number in range(7):
        await teller.tell("agreement.signed", sister_city(), subject=f"{number}")
    await indexed(database)
    for query in ("q=porto", 'q="irmanamento com o porto"', "q=porto&country=PT"):
        subjects: list[str] = []
        path = f"/v1/agreements?{query}&limit=3"
        cursor = ""
        while True:
            page = await registry.json(path + cursor)
            subjects += [item["subject"] for item in page["items"]]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
        assert subjects == [f"{number}" for number in reversed(range(7))], query


async def test_what_was_just_registered_is_found(
    registry: Registry, teller: Teller, sql: Sql, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has a 201 in hand asks at once: the question waits for the follower."""
    monkeypatch.setattr(search, "settled", partial(search.settled, seconds=60))  # on a machine however busy
    leads = Database(database, "test leads", most_connections=1)
    stop = asyncio.Event()
    running = asyncio.create_task(Indexer(leads).run(stop))

    async def is_led() -> bool:
        return (await search.progress(sql)).is_led

    try:
        await eventually(is_led, "somebody leads")
        for number in range(10):
            await teller.tell("agreement.signed", sister_city(title=f"Obra{number}zz"), subject=f"{number}")
            assert await found(registry, f"q=obra{number}zz") == [f"{number}"]
    finally:
        stop.set()
        await running
        await leads.close()


async def test_whatever_is_asked_is_answered(registry: Registry, teller: Teller, database: str) -> None:
    """Signs of the query language, quotes without an end, other scripts: words, or nothing."""
    await teller.tell("agreement.signed", sister_city(), subject="A")
    await indexed(database)
    for q in ODD:
        answer = await registry.get(f"/v1/agreements?q={quote(q)}")
        assert answer.status == 200, q
    assert (await registry.get("/v1/agreements?q=")).status == 400
    assert (await registry.get(f"/v1/agreements?q={'a' * 201}")).status == 400
