"""What a sender gets back and keeps."""

from datetime import datetime
from typing import Literal

import msgspec

from services.ingest.keys import Grant
from shared.notices.envelope import Delivery
from shared.notices.sentences import Language, Sentence


class Links(msgspec.Struct, frozen=True):
    """Where to go on from a receipt: absolute addresses."""

    status: str


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """A notice was accepted: a quorum of the broker has it, and it will not be lost."""

    protocol: str
    member: str
    id: str
    source: str
    received_at: datetime
    environment: str
    status: Literal["accepted"] = "accepted"
    links: Links


class ShownRemark(msgspec.Struct, frozen=True):
    """A remark in the sender's language."""

    code: str
    detail: str


class RegisteredReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """A notice is registered. *received_at* is that of its first arrival, also for a repeat."""

    protocol: str
    member: str
    id: str
    source: str
    received_at: datetime
    environment: str
    status: Literal["registered"] = "registered"
    links: Links
    registered_at: datetime
    position: int
    digest: str
    remarks: tuple[ShownRemark, ...]


class Receipts(msgspec.Struct, frozen=True):
    """The answer to a batch: one receipt for each event, in the order sent."""

    receipts: list[Receipt]


class Validated(msgspec.Struct, frozen=True):
    """The answer to a request that was only to be checked."""

    protocols: list[str]
    valid: Literal[True] = True


class Remark(msgspec.Struct, frozen=True):
    """What the registry noted about a notice, in both languages."""

    code: str
    detail: Sentence


class Registered(msgspec.Struct, frozen=True, kw_only=True, tag_field="outcome", tag="registered"):
    """The registry's answer to a sender that waits: the notice is in the ledger."""

    position: int
    digest: str
    registered_at: datetime
    received_at: datetime
    remarks: tuple[Remark, ...] = ()
    overtaken: bool = False
    """A sheet's row, that has been told otherwise since."""


class Repeated(Registered, frozen=True, kw_only=True, tag_field="outcome", tag="repeated"):
    """It already was, with the same content."""


class Conflicted(msgspec.Struct, frozen=True, tag_field="outcome", tag="conflict"):
    """It already was, with another content."""


Outcome = Registered | Repeated | Conflicted


class MyLimits(msgspec.Struct, frozen=True):
    """What the key may send to one process."""

    requests_per_second: int
    events_per_second: int


class Me(msgspec.Struct, frozen=True):
    """What a key may do here."""

    key: str
    role: str
    member: str | None
    environment: str
    speaks_for: list[Grant]
    limits: MyLimits


def receipt_of(delivery: Delivery, public_url: str) -> Receipt:
    """The receipt of what a quorum of the broker has."""
    notice = delivery.notice
    protocol = notice.protocol
    return Receipt(
        protocol=protocol,
        member=notice.member,
        id=notice.id,
        source=notice.source,
        received_at=delivery.received_at,
        environment=delivery.environment,
        links=Links(f"{public_url}/v1/receipts/{protocol}"),
    )


def registered_receipt(receipt: Receipt, outcome: Registered, language: Language) -> RegisteredReceipt:
    """*receipt* with what the registry made of the notice."""
    return RegisteredReceipt(
        protocol=receipt.protocol,
        member=receipt.member,
        id=receipt.id,
        source=receipt.source,
        received_at=outcome.received_at,
        environment=receipt.environment,
        links=receipt.links,
        registered_at=outcome.registered_at,
        position=outcome.position,
        digest=outcome.digest,
        remarks=tuple(
            ShownRemark(remark.code, remark.detail.in_language(language)) for remark in outcome.remarks
        ),
    )
