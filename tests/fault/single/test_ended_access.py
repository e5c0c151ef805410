"""What ends while RabbitMQ is away has ended everywhere once it is back: a key, a session."""

import asyncio
from datetime import timedelta

import aiohttp
import asyncpg

from deploy.local.services import NAMES
from services.registry.network import key_rotation, people
from services.registry.network.keys import issue_key
from tests.support.world import World, eventually

MEMBER, THE_STATE = "3106200", "31"
SESSION = "malha_session"


async def test_a_key_replaced_while_rabbitmq_is_away_is_dead_everywhere_after_it(malha: World) -> None:
    """The old one opens no door from then on, and the new one opens all."""
    connection = await asyncpg.connect(malha.database_url)
    try:
        old = await issue_key(connection, "test", MEMBER, "member", "convênios")
        await _opens_everything(malha, str(old))
        await _take_away(malha)
        new = await key_rotation.rotate(
            connection, "test", MEMBER, old.id, overlap=timedelta(0), key_id=key_rotation.new_id()
        )
        await _give_back(malha)
    finally:
        await connection.close()
    for name in NAMES:
        await eventually(lambda name=name: _answers(malha, name, str(old), 401), f"it is dead at {name}")  # type: ignore[misc]
    await _opens_everything(malha, str(new))


async def test_a_session_ended_while_rabbitmq_is_away_is_dead_everywhere_after_it(malha: World) -> None:
    """Whoever leaves has left: the cookie opens no page from then on, and the open stream ends."""
    connection = await asyncpg.connect(malha.database_url)
    try:
        token = await people.create_link(connection, "coordination", THE_STATE, timedelta(hours=1))
    finally:
        await connection.close()
    async with aiohttp.ClientSession() as http:
        answer = await http.get(f"{malha.url('registry')}/entrar/{token}", allow_redirects=False)
        cookies = {SESSION: answer.cookies[SESSION].value}
    async with aiohttp.ClientSession(cookies=cookies, cookie_jar=aiohttp.DummyCookieJar()) as http:
        http.headers["Cookie"] = f"{SESSION}={cookies[SESSION]}"
        pages = [malha.url("registry") + "/conta", malha.url("ingest") + "/registrar"]
        for page in pages:
            await eventually(lambda page=page: _is(http, page, 200), f"{page} opens")  # type: ignore[misc]
        stream = await http.get(f"{malha.url('notifier')}/v1/stream?backfill=true", timeout=_ENDLESS)
        assert stream.status == 200
        reading = asyncio.create_task(_read_to_its_end(stream))
        await _take_away(malha)
        left = await http.post(
            f"{malha.url('registry')}/sair", headers={"Sec-Fetch-Site": "same-origin"}, allow_redirects=False
        )
        assert left.status == 303
        assert not reading.done()  # the notifier cannot know it yet
        await _give_back(malha)
        async with asyncio.timeout(60):
            await reading
        for page in pages:
            await eventually(lambda page=page: _is(http, page, 303), f"{page} is closed")  # type: ignore[misc]


_ENDLESS = aiohttp.ClientTimeout(total=None, sock_read=60)


async def _take_away(malha: World) -> None:
    for name in NAMES:
        malha.links[name].refuse()
        malha.links[name].cut()
    for name in ("ingest", "registry"):
        await eventually(lambda name=name: _has_lost_it(malha, name), f"{name} has lost RabbitMQ")  # type: ignore[misc]


async def _has_lost_it(malha: World, name: str) -> bool:
    return not await malha.is_ready(name)


async def _give_back(malha: World) -> None:
    for name in NAMES:
        await malha.links[name].accept()
    await malha.all_ready()


async def _opens_everything(malha: World, key: str) -> None:
    for name, status in (("registry", 200), ("ingest", 400), ("notifier", 200)):
        await eventually(
            lambda name=name, status=status: _answers(malha, name, key, status),  # type: ignore[misc]
            f"it opens {name}",
        )


async def _answers(malha: World, service: str, key: str, status: int) -> bool:
    """Whether a request that changes nothing gets this answer; ingest's is one that cannot be read."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/cloudevents+json"}
    method, path = {
        "registry": ("GET", f"/v1/members/{MEMBER}"),
        "ingest": ("POST", "/v1/notices"),
        "notifier": ("GET", "/v1/stream"),
    }[service]
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.request(method, malha.url(service) + path, data=b"{" if method == "POST" else None) as answer,
    ):
        return answer.status == status


async def _is(http: aiohttp.ClientSession, url: str, status: int) -> bool:
    async with http.get(url, headers={"Accept": "text/html"}, allow_redirects=False) as answer:
        return answer.status == status


async def _read_to_its_end(stream: aiohttp.ClientResponse) -> None:
    while await stream.content.read(65536):
        pass
