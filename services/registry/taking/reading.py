"""What a message from a queue is: a delivery that is ours to register, a canary, or somebody's junk."""

import hashlib

import msgspec
from aiormq.abc import DeliveredMessage

from shared.notices.canary import is_canary
from shared.notices.envelope import Delivery, InvalidDelivery, decode_delivery

REPLAYED = "replayed"
"""Header of a message that an operator has put back, or a restore: never set by ingest."""


def read_body(body: bytes, environment: str) -> Delivery | InvalidDelivery:
    """The delivery in the *body* of a message, or why it is none for this stack."""
    try:
        delivery = decode_delivery(body)
    except InvalidDelivery as junk:
        return junk
    if delivery.environment != environment:
        return InvalidDelivery(f"The message is of the environment {delivery.environment}.")
    if delivery.sender.role == "system":
        return InvalidDelivery("The system speaks inside the registry, never through a queue.")
    return delivery


def read_delivery(message: DeliveredMessage, environment: str) -> Delivery | InvalidDelivery:
    """The delivery in *message*, or why it is none for this stack."""
    delivery = read_body(message.body, environment)
    if isinstance(delivery, InvalidDelivery):
        return delivery
    if (message.header.properties.headers or {}).get(REPLAYED) is True:
        return msgspec.structs.replace(delivery, replayed=True)
    return delivery


def parted(messages: list[DeliveredMessage]) -> tuple[list[DeliveredMessage], list[DeliveredMessage]]:
    """*messages* as the notices and the canaries among them."""
    notices: list[DeliveredMessage] = []
    canaries: list[DeliveredMessage] = []
    for message in messages:
        (canaries if is_canary(message.header.properties.headers) else notices).append(message)
    return notices, canaries


def message_id(message: DeliveredMessage) -> str:
    """The message's id; of one that somebody put in by hand without any, the digest of its body."""
    return message.header.properties.message_id or hashlib.sha256(message.body).hexdigest()
