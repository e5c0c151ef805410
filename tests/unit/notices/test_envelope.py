"""The envelope inside the house."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.notices.envelope import (
    Delivery,
    InvalidDelivery,
    Notice,
    Sender,
    decode_delivery,
    encode_delivery,
)
from tests.support.events import SIGNED, agreement

DELIVERY = Delivery(
    notice=Notice(
        member="3106200",
        source="/convenios",
        id="1",
        type=SIGNED,
        subject="PROC 1/2024",
        time=datetime(2024, 5, 2, 12, 30, 0, 250_000, tzinfo=UTC),
        backfill=True,
        data=agreement(),
    ),
    sender=Sender(role="member", member="3106200", key="abc", door="api"),
    received_at=datetime(2024, 5, 2, 12, 31, tzinfo=UTC),
    environment="test",
    traceparent="00-abc",
)


def spoilt(**changes: Any) -> bytes:
    """The message of DELIVERY with *changes*; one that is ``...`` is left out."""
    message = {**json.loads(encode_delivery(DELIVERY)), **changes}
    return json.dumps({name: value for name, value in message.items() if value is not ...}).encode()


def test_a_delivery_travels_as_one_structured_event() -> None:
    """Whoever finds the message needs nothing beside it."""
    assert json.loads(encode_delivery(DELIVERY)) == {
        "specversion": "1.0", "id": "1", "source": "/convenios", "type": SIGNED, "subject": "PROC 1/2024",
        "time": "2024-05-02T12:30:00.250000Z", "datacontenttype": "application/json", "member": "3106200",
        "backfill": True, "receivedat": "2024-05-02T12:31:00Z", "environment": "test", "senderrole": "member",
        "sendermember": "3106200", "senderkey": "abc", "door": "api", "traceparent": "00-abc",
        "data": agreement(),
    }  # fmt: skip


def test_who_was_signed_in_travels_with_what_they_told() -> None:
    """The ledger keeps by whom; of a key nothing more is said than before."""
    sender = Sender(role="member", member="3106200", key="", door="form", person="p-abc")
    sent = Delivery(
        notice=DELIVERY.notice, sender=sender, received_at=DELIVERY.received_at, environment="test"
    )
    assert json.loads(encode_delivery(sent))["senderperson"] == "p-abc"
    assert decode_delivery(encode_delivery(sent)).sender == sender


@given(st.none() | st.text(min_size=1, max_size=200).filter(lambda text: "\0" not in text))
def test_a_delivery_arrives_as_it_was_sent(subject: str | None) -> None:
    """Nothing is lost or added on the way, and its content stays the same."""
    notice = Notice(member="org-ufmg", source="s", id="i", type=SIGNED, subject=subject, data=agreement())
    sent = Delivery(
        notice=notice, sender=DELIVERY.sender, received_at=DELIVERY.received_at, environment="live"
    )
    arrived = decode_delivery(encode_delivery(sent))
    assert arrived == sent
    assert arrived.notice.content() == notice.content()


@pytest.mark.parametrize(
    "junk",
    [
        b"", b"junk", b"{}", b"[" * 200_000, b'{"id":"\xff"}', b'{"id":"\\ud800"}',
        spoilt(id=...), spoilt(id=""), spoilt(id="x" * 300), spoilt(id="a\0"), spoilt(member="x"),
        spoilt(time="2024-05-02T12:30:00"), spoilt(receivedat=...), spoilt(senderrole="king"),
        spoilt(type="br.malha.agreement.signed.v9"), spoilt(data=[]), spoilt(data={}),
        spoilt(data=agreement(title="a\0")), spoilt(data=agreement(x=1)), spoilt(specversion="0.3"),
        spoilt(receivedat="0001-01-01T00:00:00+14:00"), spoilt(receivedat="9999-12-31T23:59:59-14:00"),
        spoilt(time="0001-01-01T00:00:00Z"), spoilt(senderkey="a\0"), spoilt(sendermember="a\0"),
    ],
)  # fmt: skip
def test_junk_in_a_queue_is_told_apart(junk: bytes) -> None:
    """What somebody puts there by hand stands in nobody's way."""
    with pytest.raises(InvalidDelivery):
        decode_delivery(junk)


def test_instants_arrive_in_utc() -> None:
    """A republisher may write another offset; it is the same instant."""
    arrived = decode_delivery(spoilt(time="2024-05-02T09:30:00.25-03:00"))
    assert arrived.notice == DELIVERY.notice
    assert arrived.notice.time is not None
    assert arrived.notice.time.utcoffset() == timedelta(0)


def test_content_is_what_a_retry_must_repeat() -> None:
    """Type, subject, time, backfill and data; who sent it, and when it came, are not part of it."""
    content = json.loads(DELIVERY.notice.content())
    assert set(content) == {"type", "subject", "time", "backfill", "data"}
    assert content["time"] == "2024-05-02T12:30:00.250000Z"
