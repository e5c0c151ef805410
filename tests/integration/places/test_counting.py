"""What a page counts: once for all who ask at once, late where counting takes long, never at others' cost."""

import asyncio

import pytest

from services.registry import queries
from services.registry.http import counts
from services.registry.queries import surveying
from tests.support.reading_pages import text_of
from tests.support.registry import Registry, Teller, sister_city


class Survey:
    """Counting that goes on only when it is let, and knows how often it was asked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked = 0
        self.begun, self.let = asyncio.Event(), asyncio.Event()
        self._survey = surveying.survey
        monkeypatch.setattr(surveying, "survey", self)

    async def __call__(self, connection: queries.Connection, asked: queries.Counted) -> surveying.Survey:
        """Count, once it is let."""
        self.asked += 1
        self.begun.set()
        await self.let.wait()
        return await self._survey(connection, asked)


async def test_many_who_ask_at_once_have_it_counted_once(
    registry: Registry, teller: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that is linked from the news costs one count, not a thousand."""
    await teller.tell("agreement.signed", sister_city(themes=["AGUA"]), subject="A")
    survey = Survey(monkeypatch)
    shown = {"/estado": "1 acordo internacional", "/paises": "Portugal 1", "/temas": "água e saneamento 1"}
    pages = [(asyncio.create_task(text_of(registry, path)), shown[path]) for path in [*shown] * 3]
    await survey.begun.wait()
    survey.let.set()
    for page, told in pages:
        assert told in await page
    assert survey.asked == 1


async def test_a_long_count_is_shown_late_while_it_is_made_anew(
    registry: Registry, teller: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for what was counted a moment ago; whoever comes later reads the new numbers."""
    monkeypatch.setattr(counts, "_QUICK_SECONDS", -1.0)
    monkeypatch.setattr(counts, "_SHARE", 0)
    await teller.tell("agreement.signed", sister_city(), subject="A")
    assert "1 acordo " in await text_of(registry, "/paises/PT")
    await teller.tell("agreement.signed", sister_city(), subject="B")
    survey = Survey(monkeypatch)
    assert "1 acordo " in await text_of(registry, "/paises/PT")
    await survey.begun.wait()
    survey.let.set()
    monkeypatch.setattr(counts, "LATEST_SECONDS", 0.0)
    assert "2 acordos " in await text_of(registry, "/paises/PT")


async def test_numbers_for_programs_are_never_late(
    registry: Registry, teller: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Statistics say at which instant they are known: that is when they were counted."""
    monkeypatch.setattr(counts, "_QUICK_SECONDS", -1.0)
    for n in (1, 2):
        await teller.tell("agreement.signed", sister_city(), subject=f"P-{n}")
        page = await registry.json("/v1/statistics?by=country")
        assert page["total"]["signed"] == n


async def test_strangers_never_take_the_last_turn(
    registry: Registry, teller: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many ask for counts without signing in, the office has its own counted."""
    monkeypatch.setattr(counts, "_TURN_SECONDS", 0.05)
    await teller.tell("agreement.signed", sister_city(), subject="A")
    app = registry.client.app
    await app[counts.COUNTING].acquire()
    await app[counts.OF_STRANGERS].acquire()  # as while a stranger's count is being made
    assert (await registry.get("/estado")).status == 503
    assert (await registry.get("/estado", "office")).status == 200
    app[counts.OF_STRANGERS].release()
    app[counts.COUNTING].release()
    assert (await registry.get("/estado")).status == 200
