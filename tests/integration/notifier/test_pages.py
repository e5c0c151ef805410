"""The console's page: who gets it, in which language, and that it goes on where the stream begins."""

from __future__ import annotations

import re
from datetime import date

import aiohttp
import msgspec
import pytest

from shared.directory import Person
from tests.integration.notifier.conftest import Keys, Publish
from tests.support.feed import UBERLANDIA, item_at, listening
from tests.support.house import cookie_of, directory, publish_directory
from tests.support.servers import Vhost


async def page(origin: str, path: str = "/", cookies: dict[str, str] | None = None, **headers: str) -> str:
    """The page's text, whose headers are looked at on the way."""
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    async with (
        aiohttp.ClientSession(cookies=cookies) as session,
        session.get(origin + path, headers=told) as response,
    ):
        assert response.status == 200
        assert response.headers["Cache-Control"] == "no-store"
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        return await response.text()


async def test_without_a_session_everybody_is_welcome(origin: str, publish: Publish) -> None:
    """Shown the ways in, and nothing of what is happening; in Portuguese unless English is asked for."""
    await publish(item_at(1))
    portuguese = await page(origin)
    assert 'lang="pt-BR"' in portuguese
    assert "Com quem Minas faz acordos no mundo" in portuguese
    assert "Porto" not in portuguese
    for address in ("/estado", "/municipios", "/acordos", "/dados", "/entrar"):
        assert f'href="{address}"' in portuguese
    english = "Whom Minas makes agreements with in the world"
    assert english in await page(origin, Accept_Language="en-GB")
    assert english in await page(origin, "/?lang=en", Accept_Language="pt-BR")


async def test_page_shows_what_was_asked_for(origin: str, publish: Publish) -> None:
    """The stream's own filters, and the kinds of facts; a form's empty fields ask nothing."""
    await publish(
        item_at(1),
        item_at(2, member=UBERLANDIA, themes=("RESID",)),
        item_at(3, type="br.malha.clock.expired.v1"),
    )
    async with listening(origin, "last_event_id=0") as listener:
        await listener.until(3)
    for query, shown in {
        "fato=&theme=&country=": ["3", "2", "1"],
        "fato=assinaturas": ["2", "1"],
        "fato=encerramentos&country=PT": ["3"],
        "theme=RESID": ["2"],
        "member=3106200&fato=assinaturas": ["1"],
        "mesoregion=metropolitana de belo horizonte": ["3", "1"],
        "country=JP": [],
    }.items():
        told = await page(origin, f"/?{query}", cookies=cookie_of("of-office"))
        assert re.findall(r'class="fact" data-position="(\d+)"', told) == shown, query
        assert 'data-position="3"' in told  # the stream goes on from here, whatever is shown
    async with (
        aiohttp.ClientSession(cookies=cookie_of("of-office")) as session,
        session.get(f"{origin}/?fato=nada", headers={"Accept": "text/html"}) as response,
    ):
        assert response.status == 400
        assert "Este grupo de fatos não existe" in await response.text()


async def test_stream_says_whom_it_was_opened_for(origin: str) -> None:
    """A browser whose session has ended reads on as nobody: its page must be able to say so."""
    async with listening(origin) as listener:
        hello = (await listener.next()).data
    assert hello["role"] == "anonymous"
    assert "member" not in hello
    told = "; ".join(f"{name}={value}" for name, value in cookie_of("of-office").items())
    async with listening(origin, Cookie=told) as listener:
        hello = (await listener.next()).data
    assert (hello["role"], hello["member"]) == ("office", "31")


async def test_the_page_holds_what_its_reader_may_see(origin: str, publish: Publish) -> None:
    """A member's officer sees other members' network items, and no restricted ones."""
    await publish(
        item_at(1),
        item_at(2, visibility="network", member=UBERLANDIA),
        item_at(3, visibility="restricted", member=UBERLANDIA),
        item_at(4, backfill=True),
    )
    async with listening(origin, "last_event_id=3&backfill=true") as listener:
        await listener.until(4)
    positions = re.compile(r'class="fact" data-position="(\d+)"')
    office = await page(origin, cookies=cookie_of("of-office"))
    assert positions.findall(office) == ["3", "2", "1"]
    assert 'data-position="4"' in office
    member = await page(origin, cookies=cookie_of("of-city"))
    assert positions.findall(member) == ["2", "1"]
    assert "só a rede" in member
    assert "completo até 4" in member


async def test_a_stream_ends_with_its_session(origin: str) -> None:
    """Whoever was let in for twelve hours does not read on for ever."""
    async with listening(origin) as anonymous:
        await anonymous.next()  # by now sessions are judged
    for seconds in (5, 20, 60):  # a busy machine may be asked only when the first is over
        ((name, value),) = cookie_of("of-office", seconds=seconds).items()
        async with listening(origin, Cookie=f"{name}={value}") as listener:
            hello = await listener.next()
            assert hello.name == "hello"
            if hello.data["role"] == "office":
                while (event := await listener.next_or_end()) is not None:
                    assert event.name == "cursor"
                return
    pytest.fail("nobody was let in")


async def test_a_stream_ends_as_soon_as_its_session_is_left(origin: str, keys: Keys, vhost: Vhost) -> None:
    """Whoever goes out at one window, or is sent out, does not read on at another."""
    async with listening(origin) as anonymous:
        await anonymous.next()
    ((name, value),) = cookie_of("of-office", sid="left").items()
    async with listening(origin, Cookie=f"{name}={value}") as listener:
        assert (await listener.next()).name == "hello"
        await keys.publish(vhost, 2, ended=("left",))
        assert await listener.next_or_end() is None


async def test_a_stream_ends_with_the_persons_last_day(origin: str, vhost: Vhost) -> None:
    """An account that lapses takes the open streams along, however young the session is."""
    async with listening(origin) as anonymous:
        await anonymous.next()
    ((name, value),) = cookie_of("of-office").items()
    async with listening(origin, Cookie=f"{name}={value}") as listener:
        assert (await listener.next()).name == "hello"
        lapsed = Person("of-office", "office", "31", until=date(2026, 1, 1))
        await publish_directory(vhost.amqp_url, directory(2, people=(lapsed,)))
        assert await listener.next_or_end() is None


async def test_the_page_is_text_whatever_is_in_an_item(origin: str, publish: Publish) -> None:
    """Headlines come from 853 offices: what looks like markup is shown as it was written."""
    item = item_at(1)
    assert item.agreement is not None
    evil = msgspec.structs.replace(item.agreement, title="<script>alert(1)</script>")
    await publish(msgspec.structs.replace(item, agreement=evil))
    async with listening(origin, "last_event_id=0") as listener:
        await listener.until(1)
    shown = await page(origin, cookies=cookie_of("of-office"))
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)" in shown


async def test_the_pages_parts_are_served(origin: str) -> None:
    """Style sheet and module come from here, from no other host, and are asked for anew when they change."""
    async with listening(origin) as listener:
        await listener.next()  # by now sessions are judged
    shown = await page(origin, cookies=cookie_of("of-office"))
    addresses = re.findall(r'(?:src|href)="(/static/[^"]+)"', shown)
    assert "/static/console.js" in addresses
    assert not re.search(r'(?:src|href)="(?:https?:)?//', shown)
    async with aiohttp.ClientSession() as session:
        for address in addresses:
            async with session.get(origin + address) as response:
                assert response.status == 200
                assert response.headers["Cache-Control"] == "no-cache"
                assert await response.read()
