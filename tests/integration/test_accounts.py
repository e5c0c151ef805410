"""Who is asking: keys and sessions at a real door, with a directory from a real stream."""

import re
import time
from collections.abc import AsyncIterator
from datetime import date, timedelta

import aiohttp
import msgspec
import pytest
from aiohttp import web

from shared.accounts import (
    ApiKey,
    Caller,
    caller_of,
    clear_session,
    known_caller_of,
    scope_of,
    set_session,
)
from shared.directory import FOLLOWER, Person, directory_of
from shared.lifecycle import build_app
from tests.support.house import (
    cookie_of,
    directory,
    known,
    publish_directory,
    serving,
    session_of,
    settings_of,
)
from tests.support.servers import Vhost

KEY = ApiKey.issue("test")
REVOKED = ApiKey.issue("test")
OFFICE = ApiKey.issue("test")
SOMEBODY = Person("somebody", "office", "31")


def door(url: str, *, public_url: str = "http://127.0.0.1") -> web.Application:
    """A door that says who it takes the caller for."""
    app = build_app("test")
    directory_of(app, settings_of(url, public_url=public_url))

    def told(caller: Caller) -> web.Response:
        scope = scope_of(caller)
        return web.json_response([caller.role, caller.member, caller.key or caller.actor, scope.kind])

    async def anybody(request: web.Request) -> web.Response:
        return told(await caller_of(request))

    async def somebody(request: web.Request) -> web.Response:
        return told(await known_caller_of(request))

    async def enter(request: web.Request) -> web.Response:
        response = web.Response()
        set_session(request, response, session_of("somebody", sid=request.query.get("sid", "s")))
        return response

    async def leave(request: web.Request) -> web.Response:
        response = web.Response()
        clear_session(request, response)
        return response

    app.router.add_get("/anybody", anybody)
    app.router.add_post("/anybody", anybody)
    app.router.add_get("/somebody", somebody)
    app.router.add_post("/enter", enter)
    app.router.add_post("/leave", leave)
    return app


@pytest.fixture
async def app(vhost: Vhost) -> web.Application:
    """The door, and a directory for it to read."""
    keys = (
        known(KEY, "3106200"),
        known(REVOKED, "3106200", revoked=True),
        known(OFFICE, "31", "office"),
    )
    await publish_directory(vhost.amqp_url, directory(1, *keys, people=(SOMEBODY,)))
    return door(vhost.url_of("ingest"))


@pytest.fixture
async def origin(app: web.Application) -> AsyncIterator[str]:
    """The door's origin, its directory read."""
    async with serving(app) as found:
        await app[FOLLOWER].wait_read(60)
        yield found


@pytest.fixture
async def client(origin: str) -> AsyncIterator[aiohttp.ClientSession]:
    """A browser, as far as cookies go."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(origin, cookie_jar=jar) as session:
        yield session


async def test_key_says_for_whom_it_speaks(client: aiohttp.ClientSession) -> None:
    """Role and member come from the directory, never from the request."""
    for key, expected in (
        (KEY, ["member", "3106200", KEY.id, "member"]),
        (OFFICE, ["office", "31", OFFICE.id, "everything"]),
    ):
        async with client.get("/somebody", headers={"Authorization": f"Bearer {key}"}) as answer:
            assert await answer.json() == expected


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        (None, "missing_key"),
        ("", "unknown_key"),
        ("Bearer", "unknown_key"),
        ("Bearer abc", "unknown_key"),
        ("Basic Zm9vOmJhcg==", "unknown_key"),
        (f"Bearer {ApiKey.issue('test')}", "unknown_key"),
        (f"Bearer {ApiKey('test', KEY.id, OFFICE.secret)}", "unknown_key"),
        (f"Bearer {str(KEY).upper()}", "unknown_key"),
        (f"Bearer {REVOKED}", "unknown_key"),
        (f"Bearer {ApiKey('live', KEY.id, KEY.secret)}", "wrong_environment"),
    ],
    # Named by what is wrong: the keys are other ones in each of several processes.
    ids=[
        *("no header", "empty", "no key", "no form", "other scheme"),
        *("unknown", "secret of another", "upper case", "revoked", "other environment"),
    ],
)
async def test_each_bad_key_is_told_what_is_wrong(
    client: aiohttp.ClientSession, authorization: str | None, code: str
) -> None:
    """No key, an unknown one and one of the other environment are mended in different ways."""
    headers = {} if authorization is None else {"Authorization": authorization}
    async with client.get("/somebody", headers=headers) as answer:
        assert answer.status == 401
        assert (await answer.json(content_type=None))["code"] == code
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_two_keys_are_none(client: aiohttp.ClientSession) -> None:
    """Which of them a proxy looked at is not for us to guess."""
    twice = [("Authorization", f"Bearer {KEY}"), ("Authorization", f"Bearer {OFFICE}")]
    async with client.get("/somebody", headers=twice) as answer:
        assert answer.status == 401


async def test_bad_key_is_not_taken_for_nobody_in_particular(client: aiohttp.ClientSession) -> None:
    """Whoever shows a key wants to be somebody: public items only would be a silent surprise."""
    async with client.get("/anybody", headers={"Authorization": f"Bearer {REVOKED}"}) as answer:
        assert answer.status == 401
    async with client.get("/anybody") as answer:
        assert await answer.json() == ["anonymous", None, None, "anonymous"]


async def test_keys_are_not_judged_before_the_directory_was_read(vhost: Vhost) -> None:
    """503 and Retry-After, never 401: a retry will tell."""
    async with (
        serving(door(vhost.url_of("ingest"))) as origin,
        aiohttp.ClientSession(origin) as client,
    ):
        for headers in ({}, {"Authorization": f"Bearer {KEY}"}, {"Authorization": "Bearer x"}):
            async with client.get("/somebody", headers=headers) as answer:
                assert answer.status == 503
                assert int(answer.headers["Retry-After"]) > 0
        async with client.get("/anybody") as answer:
            assert answer.status == 200
        async with client.get("/anybody", cookies=cookie_of("somebody")) as answer:
            assert answer.status == 503


async def test_session_lasts_until_it_is_left(client: aiohttp.ClientSession) -> None:
    """A person who came in by a link is known by the cookie alone."""
    async with client.post("/enter") as answer:
        cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("malha_session=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(re.split("; ", cookie))
    async with client.get("/somebody") as answer:
        assert await answer.json() == ["office", "31", "person somebody", "everything"]
    async with client.post("/leave") as answer:
        assert answer.status == 200
    async with client.get("/somebody") as answer:
        assert answer.status == 401


YESTERDAY = date.today() - timedelta(days=2)  # noqa: DTZ011 (far enough from midnight anywhere)


@pytest.mark.parametrize(
    ("people", "ended"),
    [
        ((), ()),
        ((SOMEBODY,), ("s",)),
        ((msgspec.structs.replace(SOMEBODY, since=time.time() + 3600),), ()),
        ((msgspec.structs.replace(SOMEBODY, until=YESTERDAY),), ()),
    ],
    ids=["the person has ended", "the session was left", "all sessions were ended", "the mandate is over"],
)
async def test_a_session_is_good_for_as_long_as_the_directory_says(
    vhost: Vhost,
    app: web.Application,
    client: aiohttp.ClientSession,
    people: tuple[Person, ...],
    ended: tuple[str, ...],
) -> None:
    """Wherever it was ended, it is over at every door of every service, in a moment."""
    await client.post("/enter")
    await publish_directory(vhost.amqp_url, directory(2, people=people, ended=ended))
    assert await app[FOLLOWER].wait_until(lambda told: told.version > 1, 60)
    async with client.get("/somebody") as answer:
        assert answer.status == 401
    async with client.get("/anybody") as answer:
        assert (await answer.json())[0] == "anonymous"


async def test_a_person_is_who_the_directory_says_now(
    vhost: Vhost, app: web.Application, client: aiohttp.ClientSession
) -> None:
    """A role that was taken away is gone from the sessions that began with it."""
    await client.post("/enter")
    moved = Person("somebody", "member", "3106200")
    await publish_directory(vhost.amqp_url, directory(2, people=(moved,)))
    assert await app[FOLLOWER].wait_until(lambda told: told.version > 1, 60)
    async with client.get("/somebody") as answer:
        assert (await answer.json())[:2] == ["member", "3106200"]


async def test_forged_or_foreign_cookie_is_nobody(client: aiohttp.ClientSession) -> None:
    """A cookie that we did not seal says nothing, and is no reason for an error."""
    for forged in ("x", "gAAAAA", "", "São João", '"\\351"', "gAAAAABm" + "A" * 1000):
        async with client.get("/anybody", headers={"Cookie": f"malha_session={forged}"}) as answer:
            assert (await answer.json())[0] == "anonymous"


async def test_another_site_cannot_act_in_a_persons_name(client: aiohttp.ClientSession) -> None:
    """Reading follows links from anywhere; writing does not. A key is no cookie: no browser adds it."""
    await client.post("/enter")
    cross = {"Sec-Fetch-Site": "cross-site"}
    async with client.post("/anybody", headers=cross) as answer:
        assert answer.status == 403
        assert (await answer.json(content_type=None))["code"] == "cross_site"
    for method, headers in (
        ("GET", cross),
        ("POST", {"Sec-Fetch-Site": "same-origin"}),
        ("POST", {**cross, "Authorization": f"Bearer {KEY}"}),
    ):
        async with client.request(method, "/anybody", headers=headers) as answer:
            assert answer.status == 200


async def test_cookie_over_https_is_bound_to_the_host(vhost: Vhost) -> None:
    """The __Host- prefix needs Secure and the whole path; browsers then refuse it from a neighbour."""
    app = door(vhost.url_of("ingest"), public_url="https://acordos.example")
    async with (
        serving(app) as origin,
        aiohttp.ClientSession(origin) as client,
        client.post("/enter") as answer,
    ):
        cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-malha_session=")
    assert "Secure" in cookie
    assert "Domain" not in cookie


def test_issued_keys_read_back_and_differ() -> None:
    """Twelve letters of id, 256 bits of secret; only id and digest are kept."""
    key = ApiKey.issue("live")
    assert re.fullmatch(r"mlh_live_[a-z2-7]{12}_[0-9a-f]{64}", str(key))
    assert ApiKey.parse(str(key)) == key
    assert len(key.digest) == 32
    assert ApiKey.issue("live") != key
    assert ApiKey.parse(str(key) + "0") is None
