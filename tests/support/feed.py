"""Feed items, and what a reader of the stream makes of its bytes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from shared.notices.feed import ITEM_TYPE, FeedAgreement, FeedItem, FeedMember
from shared.notices.sentences import Sentence

NOON = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
SIGNED = "br.malha.agreement.signed.v1"
BELO_HORIZONTE = FeedMember("3106200", "Belo Horizonte", "municipality", "Metropolitana de Belo Horizonte")
UBERLANDIA = FeedMember("3170206", "Uberlândia", "municipality", "Triângulo Mineiro/Alto Paranaíba")


def item_at(position: int, **changes: Any) -> FeedItem:
    """A public item of Belo Horizonte with an agreement of its own, and these *changes*."""
    item = FeedItem(
        position=position,
        protocol="MG-7FJRXBPMCRCB7",
        type=SIGNED,
        member=BELO_HORIZONTE,
        agreement=FeedAgreement(f"AG-{position:013d}", f"2026/{position}", "Irmanamento", "signed", "IRM"),
        countries=("PT",),
        themes=("AGUA",),
        sdgs=(6,),
        headline=Sentence("Belo Horizonte assinou com o Porto", "Belo Horizonte signed with Porto"),
        visibility="public",
        remarks=0,
        backfill=False,
        replayed=False,
        occurred_at=None,
        received_at=NOON,
        registered_at=NOON,
    )
    return msgspec.structs.replace(item, **changes)


def message_of(item: FeedItem) -> bytes:
    """The item as the registry publishes it."""
    return msgspec.json.encode(
        {
            "specversion": "1.0",
            "id": str(item.position),
            "source": "/malha",
            "type": ITEM_TYPE,
            "datacontenttype": "application/json",
            "data": item,
        }
    )


class Event(NamedTuple):
    """One event of a stream."""

    name: str
    id: int
    data: dict[str, Any]


def events_in(frames: bytes) -> list[Event]:
    """All events of complete *frames*, read as the standard says (WHATWG HTML, server-sent events)."""
    return [_event(frame) for frame in frames.decode().split("\n\n") if frame]


def _event(frame: str) -> Event:
    fields: dict[str, str] = {}
    for line in frame.split("\n"):
        name, _, value = line.partition(":")
        assert name in {"id", "event", "data", "retry"}, line
        fields[name] = value.removeprefix(" ")
    return Event(fields["event"], int(fields["id"]), msgspec.json.decode(fields["data"]))
