"""Feed items, and what a reader of the stream makes of its bytes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple

import aio_pika
import aiohttp
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


class Listener:
    """One open stream; events are taken from it one by one."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response

    async def next(self, within_seconds: float = 60) -> Event:
        """The next event; fails if none comes in time, or the stream ends."""
        event = await self.next_or_end(within_seconds)
        assert event is not None, "the stream ended"
        return event

    async def next_or_end(self, within_seconds: float = 60) -> Event | None:
        """The next event, None when the stream has ended."""
        async with asyncio.timeout(within_seconds):
            try:
                frame = await self.response.content.readuntil(b"\n\n")
            except (aiohttp.ClientPayloadError, ConnectionError):
                return None
        return _event(frame.decode().strip("\n")) if frame.endswith(b"\n\n") else None

    async def until(self, position: int, within_seconds: float = 60) -> list[Event]:
        """All events up to the first whose id is *position* or above."""
        events: list[Event] = []
        async with asyncio.timeout(within_seconds):
            while not events or events[-1].id < position:
                events.append(await self.next(within_seconds))
        return events


@asynccontextmanager
async def listening(origin: str, query: str = "", **headers: str) -> AsyncIterator[Listener]:
    """Open `/v1/stream`; *headers* with `_` for `-`."""
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    async with (
        aiohttp.ClientSession() as session,
        session.get(
            f"{origin}/v1/stream?{query}", headers=told, timeout=aiohttp.ClientTimeout(total=None)
        ) as response,
    ):
        yield Listener(response)


@asynccontextmanager
async def publishing(amqp_url: str) -> AsyncIterator[Callable[..., Awaitable[None]]]:
    """A function that publishes items (or raw bodies) to the feed stream, each confirmed before the next."""
    connection = await aio_pika.connect(amqp_url, timeout=60)
    async with connection:
        channel = await connection.channel()

        async def publish(*items: FeedItem | bytes) -> None:
            for item in items:
                body = item if isinstance(item, bytes) else message_of(item)
                await channel.default_exchange.publish(
                    aio_pika.Message(body, delivery_mode=2), "feed", timeout=60
                )

        yield publish
