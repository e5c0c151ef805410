"""`Prefer: wait`: a sender that would like to hear what the registry made of its notice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aio_pika
import msgspec
import pytest

from services.ingest import preferences
from shared.lifecycle import STOPPING
from tests.integration.ingest.conftest import CITY_KEY, Ingest, event, messages_in
from tests.support.servers import Vhost

WAIT = {"Prefer": "wait=30"}
REGISTERED = {
    "outcome": "registered",
    "protocol": "MG-7FJRXBPMCRCB7",
    "position": 7,
    "digest": "abc",
    "registered_at": "2026-11-21T14:03:08Z",
    "received_at": "2026-11-21T14:03:07Z",
    "remarks": [{"code": "late", "detail": {"pt": "Chegou tarde.", "en": "It came late."}}],
}


@asynccontextmanager
async def registry_answering(vhost: Vhost, answer: bytes) -> AsyncIterator[None]:
    """The registry's side of a waiting POST: takes what comes and answers it, as its own broker user."""
    async with await aio_pika.connect(vhost.url_of("registry")) as connection:
        channel = await connection.channel()
        queue = await channel.get_queue("registry.live", ensure=False)

        async def settle(message: aio_pika.abc.AbstractIncomingMessage) -> None:
            assert message.reply_to is not None
            reply = aio_pika.Message(answer, correlation_id=message.correlation_id)
            await channel.default_exchange.publish(reply, message.reply_to, mandatory=False)
            await message.ack()

        await queue.consume(settle)
        yield


async def test_who_waits_gets_201_with_the_remarks_in_its_language(ingest: Ingest) -> None:
    """The receipt, and what the registry noted."""
    async with registry_answering(ingest.vhost, msgspec.json.encode(REGISTERED)):
        status, receipt, headers = await ingest.post(event(), headers=WAIT)
        english = await ingest.post(event(), headers={**WAIT, "Accept-Language": "en"})
    assert status == 201
    assert headers["Preference-Applied"] == "wait=30"
    assert headers["Location"] == receipt["links"]["status"]
    assert headers["Content-Language"] == "pt-BR"
    assert receipt == {
        "protocol": "MG-7FJRXBPMCRCB7",
        "member": "3106200",
        "id": "1",
        "source": "/convenios",
        "received_at": "2026-11-21T14:03:07Z",
        "environment": "test",
        "status": "registered",
        "links": {"status": "https://malha.example/v1/receipts/MG-7FJRXBPMCRCB7"},
        "registered_at": "2026-11-21T14:03:08Z",
        "position": 7,
        "digest": "abc",
        "remarks": [{"code": "late", "detail": "Chegou tarde."}],
    }
    assert english[1]["remarks"] == [{"code": "late", "detail": "It came late."}]


async def test_a_repeat_gets_the_same_201(ingest: Ingest) -> None:
    """A sender that lost the first answer asks again and loses nothing."""
    answer = msgspec.json.encode({**REGISTERED, "outcome": "repeated"})
    async with registry_answering(ingest.vhost, answer):
        status, receipt, _ = await ingest.post(event(), headers=WAIT)
    assert (status, receipt["status"], receipt["position"]) == (201, "registered", 7)


async def test_a_conflict_is_409_with_the_protocol(ingest: Ingest) -> None:
    """The number under which the first one is found."""
    answer = msgspec.json.encode({**REGISTERED, "outcome": "conflict"})
    async with registry_answering(ingest.vhost, answer):
        status, problem, headers = await ingest.post(event(), headers=WAIT)
    assert (status, problem["code"], problem["protocol"]) == (409, "conflict", "MG-7FJRXBPMCRCB7")
    assert headers["Preference-Applied"] == "wait=30"


async def test_when_the_wait_passes_first_the_answer_is_202(ingest: Ingest) -> None:
    """The registry is down: the notice is safe all the same."""
    status, receipt, headers = await ingest.post(event(), headers={"Prefer": "wait=1"})
    assert (status, receipt["status"]) == (202, "accepted")
    assert headers["Preference-Applied"] == "wait=1"
    await messages_in(ingest.vhost, "registry.live", 1)


async def test_an_answer_that_nobody_understands_is_202(ingest: Ingest) -> None:
    """A registry of another release: the notice is on the broker, whatever the answer says."""
    async with registry_answering(ingest.vhost, b'{"outcome": "pondered"}'):
        assert (await ingest.post(event(), headers=WAIT))[0] == 202


@pytest.mark.parametrize("prefer", ["respond-async", "wait=-1", "wait=soon"])
async def test_other_preferences_do_not_wait(ingest: Ingest, prefer: str) -> None:
    """What is not understood is ignored, and not said to have been applied."""
    status, _, headers = await ingest.post(event(), headers={"Prefer": prefer})
    assert status == 202
    assert "Preference-Applied" not in headers


async def test_a_batch_does_not_wait(ingest: Ingest) -> None:
    """Its answer is a receipt for each event, whatever else is preferred."""
    batch_type = "application/cloudevents-batch+json"
    status, _, headers = await ingest.post([event()], content_type=batch_type, headers=WAIT)
    assert status == 202
    assert "Preference-Applied" not in headers


async def test_many_wait_at_once_and_each_gets_its_own_answer(ingest: Ingest) -> None:
    """Answers are told apart by their correlation, not by their order."""
    asked = [ingest.post(event(id=str(number)), headers=WAIT) for number in range(50)]
    async with registry_answering(ingest.vhost, msgspec.json.encode(REGISTERED)):
        answers: list[Any] = await asyncio.gather(*asked)
    assert [(answer[0], answer[1]["id"]) for answer in answers] == [
        (201, str(number)) for number in range(50)
    ]


async def test_who_waits_when_ingest_ends_gets_its_202(
    ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deployment in the middle of the wait: the notice is on the broker, and its sender is told so."""
    monkeypatch.setattr(preferences, "LONGEST_WAIT_SECONDS", 3600)
    asking = asyncio.create_task(ingest.post(event(), headers={"Prefer": "wait=3600"}))
    await messages_in(ingest.vhost, "registry.live", 1)
    assert not asking.done()
    ingest.app[STOPPING].set()
    async with asyncio.timeout(60):
        assert (await asking)[0] == 202


async def test_a_sender_that_hangs_up_while_waiting_harms_nobody(ingest: Ingest) -> None:
    """Its handler is cancelled; the notice it had handed over is published all the same."""
    headers = {**WAIT, "Authorization": f"Bearer {CITY_KEY}", "Content-Type": "application/json"}
    asking = asyncio.create_task(
        ingest.http.post(ingest.url + "/v1/notices", data=msgspec.json.encode(event()), headers=headers)
    )
    (message,) = await messages_in(ingest.vhost, "registry.live", 1)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert message.headers["id"] == "1"
    assert (await ingest.post(event(id="2")))[0] == 202
