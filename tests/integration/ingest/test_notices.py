"""A notice comes in by HTTP, and lies on the broker when its sender has the receipt."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from shared.accounts import ApiKey
from shared.notices.envelope import decode_delivery
from shared.tracing import carried_trace
from tests.integration.ingest.conftest import (
    CITY,
    CITY_KEY,
    COORDINATION_KEY,
    OTHER,
    STATE,
    VENDOR,
    VENDOR_KEY,
    Ingest,
    event,
    messages_in,
)

BATCH = "application/cloudevents-batch+json"


async def test_a_receipt_has_the_contracts_shape(ingest: Ingest) -> None:
    """What a vendor's system stores must not change under it."""
    before = datetime.now(UTC)
    status, receipt, _ = await ingest.post(event())
    assert status == 202
    received_at = receipt.pop("received_at")
    assert received_at.endswith("Z")
    assert before <= datetime.fromisoformat(received_at) <= datetime.now(UTC)
    assert receipt == {
        "protocol": "MG-7FJRXBPMCRCB7",
        "member": CITY,
        "id": "1",
        "source": "/convenios",
        "environment": "test",
        "status": "accepted",
        "links": {"status": "https://malha.example/v1/receipts/MG-7FJRXBPMCRCB7"},
    }


async def test_a_202_lies_in_the_registrys_queue_and_in_the_journal(ingest: Ingest) -> None:
    """Self-sufficient, persistent, with headers that an operator can read."""
    traceparent = "00-" + "a" * 32 + "-" + "b" * 16 + "-00"
    _, receipt, _ = await ingest.post(event(), headers={"traceparent": traceparent})
    (message,) = await messages_in(ingest.vhost, "registry.live", 1)
    delivery = decode_delivery(message.body)
    assert message.routing_key == "live.3106200.agreement.signed"
    assert message.type == "br.malha.agreement.signed.v1"
    assert message.content_type == "application/cloudevents+json"
    assert message.delivery_mode == 2
    assert message.headers == {
        "member": CITY,
        "source": "/convenios",
        "id": "1",
        "protocol": receipt["protocol"],
        "attempt": 1,
        "traceparent": delivery.traceparent,
    }
    assert delivery.notice.data == event()["data"]
    assert delivery.notice.subject == "PROC-1"
    assert delivery.environment == "test"
    assert carried_trace(delivery.traceparent) == "a" * 32
    assert msgspec.to_builtins(delivery.sender) == {
        "role": "member",
        "member": CITY,
        "key": CITY_KEY.id,
        "door": "api",
    }
    assert delivery.received_at == datetime.fromisoformat(receipt["received_at"])


@pytest.mark.parametrize("mode", ["structured", "json", "binary"])
async def test_every_mode_brings_the_same_notice(ingest: Ingest, mode: str) -> None:
    """A retry may come in another mode and is still the same notice."""
    told = event(time="2026-05-01T12:00:00Z")
    if mode == "binary":
        data = told.pop("data")
        headers = {f"ce-{name}": value for name, value in told.items()}
        answer = await ingest.post(data, content_type="application/json", headers=headers)
    else:
        content_type = "application/json" if mode == "json" else "application/cloudevents+json; charset=UTF-8"
        answer = await ingest.post(told, content_type=content_type)
    assert answer[0] == 202, answer[1]
    (message,) = await messages_in(ingest.vhost, "registry.live", 1)
    notice = decode_delivery(message.body).notice
    assert notice.data == event()["data"]
    assert notice.time == datetime(2026, 5, 1, 12, tzinfo=UTC)


async def test_a_batch_has_a_receipt_for_each_event_in_the_order_sent(ingest: Ingest) -> None:
    """1,000 events, more than fit into the window of confirms, in one answer."""
    status, answer, _ = await ingest.post(
        [event(id=str(number)) for number in range(1000)], content_type=BATCH
    )
    assert status == 202
    assert [receipt["id"] for receipt in answer["receipts"]] == [str(number) for number in range(1000)]
    arrived = await messages_in(ingest.vhost, "registry.live", 1000)
    assert [message.headers["id"] for message in arrived] == [str(number) for number in range(1000)]


async def test_history_takes_its_own_queue(ingest: Ingest) -> None:
    """Twenty years of agreements do not delay what is new."""
    await ingest.post(event(backfill=True))
    (message,) = await messages_in(ingest.vhost, "registry.backfill", 1)
    assert message.routing_key == "backfill.3106200.agreement.signed"


async def test_validate_publishes_nothing(ingest: Ingest) -> None:
    """A vendor tries its system out without leaving a trace."""
    status, answer, _ = await ingest.post(event(), path="/v1/notices/validate")
    assert (status, answer) == (200, {"valid": True, "protocols": ["MG-7FJRXBPMCRCB7"]})
    status, answer, _ = await ingest.post(
        event(type="br.malha.agreement.sold.v1"), path="/v1/notices/validate"
    )
    assert (status, answer["code"]) == (422, "invalid_notice")
    await ingest.post(event(id="2"))
    (message,) = await messages_in(ingest.vhost, "registry.live", 1)
    assert message.headers["id"] == "2"


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (CITY_KEY, ("member", CITY, [{"member": CITY, "facts": None, "until": None}])),
        (
            VENDOR_KEY,
            (
                "member",
                VENDOR,
                [
                    {"member": VENDOR, "facts": None, "until": None},
                    {"member": CITY, "facts": ["br.malha.agreement.signed.v1"], "until": "2999-12-31"},
                ],
            ),
        ),
    ],
)
async def test_me_tells_a_key_what_it_may(
    ingest: Ingest, key: ApiKey, expected: tuple[str, str, list[dict[str, Any]]]
) -> None:
    """The first question of whoever was just given a key."""
    role, member, speaks_for = expected
    assert (await ingest.get("/v1/me", key))[:2] == (
        200,
        {
            "key": key.id,
            "role": role,
            "member": member,
            "environment": "test",
            "speaks_for": speaks_for,
            "limits": {"requests_per_second": 100, "events_per_second": 1000},
        },
    )


async def test_me_tells_the_coordination_what_it_may_tell_of_anyone(ingest: Ingest) -> None:
    """It is the state's own voice, and reports for whoever does not speak."""
    _, me, _ = await ingest.get("/v1/me", COORDINATION_KEY)
    own, anyone = me["speaks_for"]
    assert own == {"member": STATE, "facts": None, "until": None}
    assert anyone["member"] == "*"
    assert "br.malha.agreement.reported.v1" in anyone["facts"]
    assert "br.malha.agreement.amended.v1" not in anyone["facts"]
    assert (await ingest.post(event(member=OTHER), key=COORDINATION_KEY))[0] == 202
