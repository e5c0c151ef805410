"""The notice inside the house, and the form in which it travels on the broker."""

from datetime import UTC, datetime
from functools import cached_property
from typing import Annotated, Any, Final, Literal, NamedTuple

import msgspec

from shared.notices import families
from shared.notices.canonical import canonical, is_plain
from shared.notices.dates import EARLIEST_YEAR, HOOKS, LATEST_YEAR, write_instant
from shared.notices.protocol import agreement_id, protocol_of
from shared.notices.texts import NUL_ESCAPE, MemberId, forbidden_characters

SYSTEM_SOURCE = "/malha"
"""The source of what the system itself announces; refused from outside."""

SPECVERSION: Final = "1.0"
STRUCTURED_TYPE = "application/cloudevents+json"
BATCH_TYPE = "application/cloudevents-batch+json"
JSON_TYPE = "application/json"

LONGEST_IDENTIFIER = 255
LONGEST_SUBJECT = 200

Role = Literal["member", "coordination", "office", "system"]
Door = Literal["api", "form", "import", "system"]


class InvalidDelivery(Exception):  # noqa: N818 - what it is: a message that is no delivery
    """A message on the broker that is not a delivery of a notice; its text says why, in one sentence."""


class NoticeKey(NamedTuple):
    """The identity of a notice."""

    member: str
    source: str
    id: str


class Notice(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A valid notice: *subject* trimmed and in NFC, None if none was told; *time* aware, in UTC.

    *data* stays as it was sent, without defaults. *own*: told by the member or who speaks for it, not by the
    coordination or the office; who sent it is no part of the content.
    """

    member: str
    source: str
    id: str
    type: str
    subject: str | None = None
    time: datetime | None = None
    backfill: bool = False
    data: dict[str, Any]
    own: bool = True

    @property
    def key(self) -> NoticeKey:
        """The identity: the same three are the same notice, however often sent."""
        return NoticeKey(self.member, self.source, self.id)

    @cached_property
    def protocol(self) -> str:
        """The number given to people for this notice."""
        return protocol_of(self.member, self.source, self.id)

    @property
    def fact(self) -> "families.Fact":
        """What the families know about its type; KeyError for a type newer than this release."""
        return families.FACTS[self.type]

    @property
    def agreement_subject(self) -> str | None:
        """The subject of the agreement that it tells of; None if it tells of no agreement.

        A first telling without a subject lends its protocol to the agreement.
        """
        fact = self.fact
        if not fact.of_agreement:
            return None
        if self.subject is None and fact.first_telling:
            return self.protocol
        return self.subject

    @cached_property
    def agreement(self) -> str | None:
        """The id of that agreement."""
        subject = self.agreement_subject
        return None if subject is None else agreement_id(self.member, subject)

    @cached_property
    def is_plain(self) -> bool:
        """Whether the canonical form of the data is the one that is written fastest."""
        return is_plain(self.data)

    def payload(self) -> Any:
        """*data* as its type's struct; msgspec.ValidationError if it is not valid, or was erased in part."""
        return msgspec.convert(self.data, self.fact.payload, dec_hook=HOOKS.dec_hook)

    def content(self) -> bytes:
        """What must stay the same in a retry: type, subject, time, backfill and data, in canonical form."""
        return canonical(
            {
                "type": self.type,
                "subject": self.subject,
                "time": None if self.time is None else write_instant(self.time),
                "backfill": self.backfill,
                "data": self.data,
            }
        )


class Sender(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who spoke: the role and member that a key or a person belongs to, and by which door.

    *key* is the key's id ("" without one); *person* the opaque id of who was signed in, None for a key.
    """

    role: Role
    member: str
    key: str
    door: Door
    person: str | None = None


def speaks_for_itself(role: str, sender: str, member: str) -> bool:
    """Whether what a *sender* of that *role* tells of *member* is the member's own; a delegate's is."""
    return role == "member" or sender == member


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A notice on its way: what ingest accepted, from whom, when, on which stack.

    *replayed*: it comes out of an operator's or a restore's hands; that stands beside the message, not in it.
    """

    notice: Notice
    sender: Sender
    received_at: datetime
    environment: str
    traceparent: str | None = None
    replayed: bool = False

    def __post_init__(self) -> None:
        """Whose own words the notice is follows from who sent it."""
        own = speaks_for_itself(self.sender.role, self.sender.member, self.notice.member)
        if own != self.notice.own:
            msgspec.structs.force_setattr(self, "notice", msgspec.structs.replace(self.notice, own=own))


_Identifier = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_IDENTIFIER)]
_Subject = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_SUBJECT)]
_Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class DeliveryMessage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One structured CloudEvent, self-sufficient: whoever finds it in a queue needs nothing beside it."""

    specversion: Literal["1.0"]
    id: _Identifier
    source: _Identifier
    type: str
    subject: _Subject | None = None
    time: _Instant | None = None
    datacontenttype: str = ""
    member: MemberId
    backfill: bool = False
    receivedat: _Instant
    environment: str
    senderrole: Role
    sendermember: str
    senderkey: str
    senderperson: str | None = None
    door: Door
    traceparent: str | None = None
    data: dict[str, Any]


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(DeliveryMessage).decode


def encode_delivery(delivery: Delivery) -> bytes:
    """*delivery* as the body of a message: one structured CloudEvent in JSON."""
    notice, sender = delivery.notice, delivery.sender
    return _encode(
        DeliveryMessage(
            specversion=SPECVERSION,
            id=notice.id,
            source=notice.source,
            type=notice.type,
            subject=notice.subject,
            time=notice.time,
            datacontenttype=JSON_TYPE,
            member=notice.member,
            backfill=notice.backfill,
            receivedat=delivery.received_at,
            environment=delivery.environment,
            senderrole=sender.role,
            sendermember=sender.member,
            senderkey=sender.key,
            senderperson=sender.person,
            door=sender.door,
            traceparent=delivery.traceparent,
            data=notice.data,
        )
    )


def decode_delivery(body: bytes) -> Delivery:
    """The delivery in a message's *body*; InvalidDelivery for what somebody put into the queue by hand.

    Nothing else is raised, whatever came: who takes messages from a queue would meet this one for ever.
    """
    try:
        return _read_delivery(body)
    except InvalidDelivery:
        raise
    except Exception as error:
        raise InvalidDelivery(f"The message is not a delivery: {error}.") from error


def _read_delivery(body: bytes) -> Delivery:
    message = _decode(body)
    notice = Notice(
        member=message.member,
        source=message.source,
        id=message.id,
        type=message.type,
        subject=message.subject,
        time=None if message.time is None else _kept(message.time),
        backfill=message.backfill,
        data=message.data,
    )
    sender = Sender(
        role=message.senderrole,
        member=message.sendermember,
        key=message.senderkey,
        door=message.door,
        person=message.senderperson,
    )
    _require_valid(notice, sender, body)
    return Delivery(
        notice=notice,
        sender=sender,
        received_at=_kept(message.receivedat),
        environment=message.environment,
        traceparent=message.traceparent,
    )


def _kept(instant: datetime) -> datetime:
    """*instant* in UTC; InvalidDelivery for one so early or late that no day can be told of it."""
    if not EARLIEST_YEAR <= instant.year <= LATEST_YEAR:
        raise InvalidDelivery(f"The year must be from {EARLIEST_YEAR} to {LATEST_YEAR}.")
    return instant.astimezone(UTC)


def _require_valid(notice: Notice, sender: Sender, body: bytes) -> None:
    """Hold back what the registry could not write down, so that it never stands in the way of the next."""
    if notice.type not in families.FACTS:
        raise InvalidDelivery(f"The type {notice.type} is not known to this release.")
    if NUL_ESCAPE in body and any(
        forbidden_characters(
            [notice.id, notice.source, notice.subject, notice.data, *msgspec.structs.astuple(sender)]
        )
    ):
        raise InvalidDelivery("The notice holds the character NUL, which cannot be kept.")
    try:
        notice.payload()
        if not notice.is_plain:  # what is plain has a canonical form
            notice.content()
    except (msgspec.ValidationError, ValueError) as error:
        raise InvalidDelivery(f"The data is not valid: {error}.") from error
