"""The AsyncAPI document: valid by the official schema, and about the topology that is applied."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from jsonschema import Draft7Validator

from services.contract import messages
from services.ingest.publisher import NoticePublisher
from services.notifier.feed import Ring, cursor_frame, hello_frame, reset_frame
from services.notifier.operations import EVENTS
from services.registry.taking.settlement import _headers
from shared import topology
from shared.notices.attributes import told_from_outside
from shared.notices.envelope import Delivery, Notice, Sender, encode_delivery
from shared.operations import examples
from tests.support.contract import checkout, document, faults

# `make setup` brings it.
OFFICIAL = checkout() / ".venv/node/node_modules/@asyncapi/specs/schemas/3.0.0-without-$id.json"
DELIVERY = Delivery(
    notice=Notice(
        member=examples.MEMBER,
        source=examples.SOURCE,
        id=examples.NOTICE_ID,
        type=examples.TYPE,
        subject=examples.SUBJECT,
        data=examples.SIGNED_DATA,
    ),
    sender=Sender(role="member", member=examples.MEMBER, key="k7q2mzx4c5td", door="api"),
    received_at=datetime(2026, 3, 9, 17, 0, 3, tzinfo=UTC),
    environment="test",
    traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
)


def test_document_is_valid() -> None:
    """By the JSON Schema that the AsyncAPI Initiative publishes."""
    official = Draft7Validator(json.loads(OFFICIAL.read_text()))
    assert [error.message[:300] for error in official.iter_errors(document("asyncapi.json"))] == []


def test_every_reference_leads_somewhere() -> None:
    """What the schema alone cannot see: a name that nothing answers to."""
    whole = document("asyncapi.json")
    assert [each for each in _references(whole) if _at(whole, each) is None] == []


def test_every_exchange_and_queue_is_described() -> None:
    """Whoever adds a queue says what it is for."""
    found = topology.definitions("malha")
    channels = document("asyncapi.json")["channels"]
    wanted = {f"{each['name']}.exchange" for each in found["exchanges"]}
    wanted |= {each["name"] for each in found["queues"]}
    assert set(channels) == wanted | {"stream"}


def test_every_type_travels_as_a_message_of_its_own() -> None:
    """An integrator finds the type and sees its data."""
    told = document("asyncapi.json")["components"]["messages"].values()
    assert {each["name"] for each in told if "name" in each} >= set(told_from_outside())


def test_message_of_a_notice_is_what_ingest_publishes() -> None:
    """Body and headers, by the very code that publishes."""
    message = NoticePublisher(None, None)._message(DELIVERY)  # type: ignore[arg-type]
    described = _message_of(examples.TYPE)
    assert faults("asyncapi.json", described["payload"], json.loads(encode_delivery(DELIVERY))) == []
    assert faults("asyncapi.json", described["headers"], message.headers) == []
    assert set(message.headers or {}) == set(messages.NoticeHeaders.__struct_fields__)


def test_headers_of_a_delayed_notice_are_those_that_the_registry_writes() -> None:
    """Operators look for a notice by them."""

    class _Properties:
        headers = NoticePublisher(None, None)._message(DELIVERY).headers  # type: ignore[arg-type]

    class _Header:
        properties = _Properties

    class _Delivered:
        header = _Header
        routing_key = "live.3106200.agreement.signed"

    written = _headers("registry.live", _Delivered)  # type: ignore[arg-type]
    assert set(written) == set(messages.DelayedHeaders.__struct_fields__)


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_event_of_the_stream_is_what_the_notifier_sends(name: str) -> None:
    """Each event, by the very code that frames it."""
    frames = {
        "hello": hello_frame(
            Ring(),
            0,
            server_time="2026-03-09T17:00:05.000Z",
            environment="test",
            role="member",
            member="3106200",
            retry_ms=1000,
        ),
        "cursor": cursor_frame(7),
        "reset": reset_frame(7, "too_old", 3),
        "notice": b"data: " + msgspec.json.encode(examples.FEED_ITEM) + b"\n\n",
    }
    data = frames[name].partition(b"data: ")[2].strip()
    payload = document("asyncapi.json")["components"]["messages"][f"stream.{name}"]["payload"]
    assert faults("asyncapi.json", payload, json.loads(data)) == []


def _message_of(type_: str) -> dict[str, Any]:
    told = document("asyncapi.json")["components"]["messages"].values()
    found: dict[str, Any] = next(each for each in told if each.get("name") == type_)
    return found


def _references(part: Any) -> list[str]:
    if isinstance(part, list):
        return [found for each in part for found in _references(each)]
    if not isinstance(part, dict):
        return []
    own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
    return own + [found for each in part.values() for found in _references(each)]


def _at(whole: Any, reference: str) -> Any:
    found = whole
    for step in reference.removeprefix("#/").split("/"):
        found = found.get(step) if isinstance(found, dict) else None
    return found
