"""A notice as the journal holds it, and as it is sent once more."""

from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
from aiormq.abc import DeliveredMessage

from shared.frames import Message
from shared.notices.protocol import protocol_of


class Told(msgspec.Struct, frozen=True):
    """What has to be known of a delivery to find it, or to leave it alone."""

    member: str
    source: str
    id: str
    receivedat: datetime
    environment: str
    senderrole: str

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """Member, source, id, and the protocol that follows from them."""
        return self.member, self.source, self.id, protocol_of(self.member, self.source, self.id)


class Found(NamedTuple):
    """A notice, and the message that brings it."""

    told: Told
    message: DeliveredMessage


_decode = msgspec.json.Decoder(Told).decode


def read(message: DeliveredMessage, environment: str) -> Found | None:
    """The notice in *message*, unless it is none of ours: a canary, another stack's, somebody's junk."""
    try:
        told = _decode(message.body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    if told.environment != environment or told.senderrole == "system":
        return None
    if "\x00" in f"{told.member}{told.source}{told.id}":  # no text of PostgreSQL's: nobody registered it
        return None
    return Found(told, message)


def received_at(message: DeliveredMessage) -> datetime | None:
    """When *message* was received, or published if it is no notice (a canary, say); None: not known."""
    try:
        return _decode(message.body).receivedat
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        published_at = message.header.properties.timestamp
    if published_at is None or published_at.tzinfo is not None:
        return published_at
    return published_at.replace(tzinfo=UTC)


def message_of(found: Found, queue: str) -> Message:
    """*found* for *queue*, marked as replayed."""
    member, source, id_, protocol = found.told.identity
    properties = found.message.header.properties
    return Message(
        exchange="",
        routing_key=queue,
        body=found.message.body,
        headers={
            "member": member,
            "source": source,
            "id": id_,
            "protocol": protocol,
            "attempt": 1,
            "replayed": True,
            "routing_key": found.message.routing_key or "",
        },
        type=properties.message_type,
        content_type=properties.content_type or "application/cloudevents+json",
    )
