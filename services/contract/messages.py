"""What travels on RabbitMQ beside the notice itself: attributes, headers, the events of the streams."""

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from services.contract.notices import Identifier
from shared.directory import TYPE as DIRECTORY_TYPE
from shared.directory import Directory
from shared.notices.canary import CANARY_TYPE, FEED_CANARY_TYPE, Canary
from shared.notices.envelope import JSON_TYPE, STRUCTURED_TYPE, SYSTEM_SOURCE, DeliveryMessage, Notice
from shared.notices.families.texts import ProtocolNumber
from shared.notices.feed import ITEM_TYPE, RESTORED_TYPE, FeedItem

CLOUD_EVENT: Final = STRUCTURED_TYPE
_SENDERS_OWN: Final = {"specversion", *Notice.__struct_fields__}
DeliveryAttributes = msgspec.defstruct(
    "DeliveryAttributes",
    [
        (field.name, field.type) if field.required else (field.name, field.type, UNSET)
        for field in msgspec.structs.fields(DeliveryMessage)
        if field.name not in _SENDERS_OWN
    ],
    kw_only=True,
    namespace={
        "__doc__": "What ingest adds to a notice: when it came, from whom, by which door, on which stack."
    },
    module=__name__,
)


class NoticeHeaders(msgspec.Struct, frozen=True, kw_only=True):
    """The identity of the notice, and which try this is; `message_id` is fresh for each attempt."""

    member: str
    source: Identifier
    id: Identifier
    protocol: ProtocolNumber
    attempt: Annotated[int, Meta(ge=1)]
    traceparent: str | UnsetType = UNSET


class DelayedHeaders(NoticeHeaders, frozen=True, kw_only=True):
    """Beside them the queue to go back to, and the key under which the notice first came."""

    queue: str
    routing_key: str


class DeadHeaders(DelayedHeaders, frozen=True, kw_only=True):
    """Beside them why it could not be handled."""

    reason: str
    error: str


class FeedHeaders(msgspec.Struct, frozen=True):
    """Where the item stands in the feed."""

    position: Annotated[int, Meta(ge=0)]


class CanaryHeaders(msgspec.Struct, frozen=True):
    """By which everybody leaves it alone; on the feed stream also up to where the stream holds everything."""

    canary: Literal[True]
    after: Annotated[int, Meta(ge=0)] | UnsetType = UNSET


class DirectoryHeaders(msgspec.Struct, frozen=True):
    """Which directory it is: a reader takes the highest version."""

    version: Annotated[int, Meta(ge=1)]


class Restored(msgspec.Struct, frozen=True):
    """The database was restored: the feed goes on after this position."""

    position: Annotated[int, Meta(ge=0)]


def _event(name: str, type_: str, data: Any, doc: str) -> type[msgspec.Struct]:
    return msgspec.defstruct(
        name,
        [
            ("specversion", Literal["1.0"]),
            ("source", Literal[SYSTEM_SOURCE]),
            ("type", Literal[type_]),
            ("id", str),
            ("datacontenttype", Literal[JSON_TYPE]),
            ("data", data),
        ],
        kw_only=True,
        namespace={"__doc__": doc},
        module=__name__,
    )


FeedEvent = _event("FeedEvent", ITEM_TYPE, FeedItem, "A feed item; its `id` is the position.")
RestoredEvent = _event(
    "RestoredEvent", RESTORED_TYPE, Restored, "The feed goes on above all positions ever given."
)
CanarySentEvent = _event("CanarySentEvent", CANARY_TYPE, Canary, "A canary on its way; it is no notice.")
FeedCanaryEvent = _event(
    "FeedCanaryEvent", FEED_CANARY_TYPE, Canary, "A canary at the end of its way; it has no position."
)
DirectoryEvent = _event("DirectoryEvent", DIRECTORY_TYPE, Directory, "The whole directory, of one version.")
