"""What ingest refuses, in which order, and that nothing of it was published."""

import asyncio
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from services.ingest import limits
from shared.accounts import ApiKey
from tests.integration.ingest.conftest import (
    CITY,
    CITY_KEY,
    COORDINATION_KEY,
    DIRECTORY,
    OFFICE_KEY,
    OTHER,
    REVOKED_KEY,
    VENDOR_KEY,
    Ingest,
    Starter,
    event,
    messages_in,
)
from tests.support.house import publish_directory

BATCH = "application/cloudevents-batch+json"
LIVE_KEY = ApiKey("live", CITY_KEY.id, CITY_KEY.secret)
FORGED_KEY = ApiKey("test", CITY_KEY.id, "0" * 64)


async def test_without_the_directory_the_answer_is_503_and_never_401(start: Starter) -> None:
    """A vendor that gets 401 for a moment's outage throws its key away."""
    ingest = await start(directory=None)
    status, problem, headers = await ingest.post(event())
    assert (status, problem["code"]) == (503, "unavailable")
    assert int(headers["Retry-After"]) > 0
    assert (await ingest.post(event(), key=None))[0] == 503
    assert (await ingest.get("/v1/me"))[0] == 503
    await publish_directory(ingest.vhost.amqp_url, DIRECTORY)
    await ingest.until_ready()
    assert (await ingest.post(event()))[0] == 202


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (None, "missing_key"),
        (FORGED_KEY, "unknown_key"),
        (ApiKey.issue("test"), "unknown_key"),
        (REVOKED_KEY, "unknown_key"),
        (LIVE_KEY, "wrong_environment"),
    ],
)
async def test_a_key_that_is_not_one_is_401(ingest: Ingest, key: ApiKey | None, code: str) -> None:
    """Before anything of the body is judged."""
    for path in ("/v1/notices", "/v1/notices/validate"):
        status, problem, headers = await ingest.post(b"{", key=key, path=path)
        assert (status, problem["code"]) == (401, code)
        assert headers["WWW-Authenticate"].startswith("Bearer")


async def test_a_key_revoked_in_the_directory_is_dead_with_the_next_request(ingest: Ingest) -> None:
    """Event-driven: no restart, no call between services."""
    assert (await ingest.post(event()))[0] == 202
    keys = tuple(
        msgspec.structs.replace(key, revoked=True) if key.id == CITY_KEY.id else key for key in DIRECTORY.keys
    )
    changed = msgspec.structs.replace(DIRECTORY, version=2, keys=keys)
    await publish_directory(ingest.vhost.amqp_url, changed)
    read = asyncio.Event()
    ingest.follower.on_change(lambda known: read.set() if known.version == changed.version else None)
    async with asyncio.timeout(60):
        await read.wait()
    assert (await ingest.post(event()))[0] == 401


@pytest.mark.parametrize(
    ("key", "changes", "code", "pointer"),
    [
        (CITY_KEY, {"member": OTHER}, "member_not_allowed", "/member"),
        (CITY_KEY, {"member": "org-nobody"}, "member_not_allowed", "/member"),
        (VENDOR_KEY, {"member": OTHER}, "member_not_allowed", "/member"),
        (VENDOR_KEY, {"type": "br.malha.agreement.amended.v1"}, "fact_not_allowed", "/type"),
        (COORDINATION_KEY, {"type": "br.malha.agreement.amended.v1"}, "fact_not_allowed", "/type"),
        (OFFICE_KEY, {}, "fact_not_allowed", "/type"),
        (CITY_KEY, {"type": "br.malha.ledger.erased.v1"}, "fact_not_allowed", "/type"),
        (CITY_KEY, {"source": "/malha"}, "source_reserved", "/source"),
    ],
)
async def test_what_the_key_may_not_say_is_403(
    ingest: Ingest, key: ApiKey, changes: dict[str, Any], code: str, pointer: str
) -> None:
    """Also when the data is wrong too: whose it is comes before what it says."""
    status, problem, _ = await ingest.post(event(**changes, data={"nonsense": 1}), key=key)
    assert (status, problem["code"]) == (403, code)
    assert [(error["pointer"], error["code"]) for error in problem["errors"]] == [(pointer, code)]


async def test_one_foreign_event_refuses_the_batch(ingest: Ingest) -> None:
    """All or nothing; every foreign event is named by its index."""
    batch = [event(id="1"), event(id="2", member=OTHER), event(id="3"), event(id="4", source="/malha")]
    status, problem, _ = await ingest.post(batch, content_type=BATCH)
    assert (status, problem["code"]) == (403, "member_not_allowed")
    assert [(error["index"], error["code"]) for error in problem["errors"]] == [
        (1, "member_not_allowed"),
        (3, "source_reserved"),
    ]
    await ingest.post(event(id="5"))
    (message,) = await messages_in(ingest.vhost, "registry.live", 1)
    assert message.headers["id"] == "5"


async def test_a_member_that_nobody_knows_is_a_fault_of_the_notice(ingest: Ingest) -> None:
    """Who may speak for anyone learns that there is no such one, beside all other faults."""
    told = event(member="org-nobody", data={"instrument": "MOU", "title": "T"})
    status, problem, _ = await ingest.post(told, key=COORDINATION_KEY)
    assert status == 422
    found = {(error["pointer"], error["code"]) for error in problem["errors"]}
    assert ("/member", "unknown_member") in found
    assert len(found) == 2
    status, problem, _ = await ingest.post(event(member="org-nobody"), key=COORDINATION_KEY)
    assert [error["code"] for error in problem["errors"]] == ["unknown_member"]


async def test_participants_that_nobody_knows_are_named(ingest: Ingest) -> None:
    """Wherever they stand, beside all other faults; the registry could not count for them."""
    strangers = [{"member": "3106200"}, {"member": "org-nobody"}, {"member": "org-also-nobody"}]
    told = event(data={**event()["data"], "participants": strangers})
    amended = event(
        type="br.malha.agreement.amended.v1",
        data={"effective_on": "2025-01-01", "changes": {"participants": strangers[1:2], "title": ""}},
    )
    for sent, pointers in (
        (told, {"/data/participants/1/member", "/data/participants/2/member"}),
        (amended, {"/data/changes/participants/0/member", "/data/changes/title"}),
    ):
        status, problem, _ = await ingest.post(sent)
        assert status == 422
        assert {error["pointer"] for error in problem["errors"]} == pointers


async def test_the_same_identity_twice_with_other_content_is_422(ingest: Ingest) -> None:
    """In one batch nobody can say which of the two was meant."""
    batch = [event(), event(subject="PROC-2")]
    status, problem, _ = await ingest.post(batch, content_type=BATCH)
    assert status == 422
    assert problem["errors"][0]["index"] == 1


async def test_sizes_are_bounded(ingest: Ingest) -> None:
    """An event has 256 KiB, a batch 4 MiB and 1 to 1,000 events."""
    large = event(data={**event()["data"], "object": "x" * (256 * 1024)})
    assert (await ingest.post(large))[0] == 413
    assert (await ingest.post([large], content_type=BATCH))[0] == 413
    assert (await ingest.post(b"[" + b" " * (4 * 1024 * 1024), content_type=BATCH))[0] == 413
    many = [event(id=str(number)) for number in range(1001)]
    status, problem, _ = await ingest.post(many, content_type=BATCH)
    assert (status, problem["errors"][0]["code"]) == (422, "too_many_events")
    assert (await ingest.post([], content_type=BATCH))[0] == 422


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "identity, gzip"])
async def test_a_compressed_body_is_refused_unread(ingest: Ingest, encoding: str) -> None:
    """A kilobyte that unpacks to a gigabyte is nobody's notice."""
    headers = {"Content-Encoding": encoding}
    async with ingest.http.post(
        ingest.url + "/v1/notices",
        data=b"x" * 100,
        headers={**headers, "Authorization": f"Bearer {CITY_KEY}", "Content-Type": "application/json"},
        compress=None,
    ) as answer:
        assert answer.status == 415
        assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/xml", "x", "application/json; charset=latin-1"]
)
async def test_other_media_types_are_415(ingest: Ingest, content_type: str) -> None:
    """What is not JSON in UTF-8 is not guessed at."""
    assert (await ingest.post(event(), content_type=content_type))[0] == 415


@pytest.fixture
def one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that is sent comes within one second, however long it takes."""
    monkeypatch.setattr(limits, "time", SimpleNamespace(monotonic=lambda: 1000.0))


@pytest.mark.usefixtures("one_moment")
async def test_too_many_requests_are_429_with_when_to_come_back(start: Starter) -> None:
    """Counted before the body is read: a flood of junk is cheap."""
    ingest = await start(requests_per_second=1)
    answers = [await ingest.post(b"{") for _ in range(3)]
    assert [answer[0] for answer in answers] == [400, 429, 429]
    _, problem, headers = answers[1]
    assert problem["code"] == "too_many_requests"
    assert headers["Retry-After"] == "1"
    assert headers["RateLimit"] == '"requests";r=0;t=1'
    assert (await ingest.post(b"{", key=VENDOR_KEY))[0] == 400


@pytest.mark.usefixtures("one_moment")
async def test_too_many_events_are_429(start: Starter) -> None:
    """Counted after the body is read, since only then one knows how many they are."""
    ingest = await start(events_per_second=10)
    batch = [event(id=str(number)) for number in range(8)]
    assert (await ingest.post(batch, content_type=BATCH))[0] == 202
    status, _, headers = await ingest.post(batch, content_type=BATCH)
    assert status == 429
    assert headers["RateLimit-Policy"] == '"events";q=10;w=1'


async def test_problems_speak_the_callers_language(ingest: Ingest) -> None:
    """Portuguese unless asked otherwise, English complete."""
    _, problem, headers = await ingest.post(event(type=None))
    assert (problem["title"], headers["Content-Language"]) == ("Aviso com erros", "pt-BR")
    _, problem, headers = await ingest.post(event(type=None), headers={"Accept-Language": "en-GB, pt;q=0.5"})
    assert (problem["title"], headers["Content-Language"]) == ("Invalid notice", "en")
    assert headers["Content-Type"] == "application/problem+json"
    assert CITY not in problem["detail"]
