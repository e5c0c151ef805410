"""A reader of the live stream as the contract describes one: resumes for ever, and keeps account."""

import asyncio
import json
from collections.abc import Collection
from contextlib import suppress
from typing import Any

import aiohttp


class Reader:
    """Follows `/v1/stream` through every fault; `faults` is empty while no position is missing or doubled."""

    def __init__(
        self,
        url: str,
        key: str | None,
        query: str = "backfill=true",
        after: int = 0,
        *,
        fields: Collection[str] | None = None,
    ) -> None:
        """Of each item only *fields* are kept, if they are given: there may be many."""
        self.url = f"{url}/v1/stream?{query}"
        self.key = key
        self.position = after
        self.positions: list[int] = []
        self.items: list[dict[str, Any]] = []
        self.faults: list[str] = []
        self.resets: list[dict[str, Any]] = []
        self.connects = 0
        self._fields = fields
        self._moved = asyncio.Condition()

    async def run(self) -> None:
        """Read until cancelled."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=40)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                with suppress(aiohttp.ClientError, TimeoutError, ConnectionError):
                    await self._connect(session)
                await asyncio.sleep(0.05)  # a refused connection is not hammered

    async def _connect(self, session: aiohttp.ClientSession) -> None:
        headers = {"Last-Event-ID": str(self.position)}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        async with session.get(self.url, headers=headers) as response:
            response.raise_for_status()
            self.connects += 1
            event: dict[str, str] = {}
            async for raw in response.content:
                line = raw.decode().rstrip("\n").rstrip("\r")
                if line:
                    name, _, value = line.partition(":")
                    event[name] = value.removeprefix(" ")
                elif event:
                    await self._take(event)
                    event = {}

    async def _take(self, event: dict[str, str]) -> None:
        kind = event.get("event")
        if kind == "reset":
            self.resets.append(json.loads(event["data"]))
            self.position = max(self.position, int(event["id"]))  # the stream goes on from there
        if kind in {"notice", "cursor"} and "id" in event:
            position = int(event["id"])
            if kind == "notice":
                if position != self.position + 1:
                    self.faults.append(f"notice {position} after {self.position}")
                self.positions.append(position)
                item = json.loads(event["data"])
                self.items.append(
                    item if self._fields is None else {name: item[name] for name in self._fields}
                )
            elif position < self.position:
                self.faults.append(f"cursor {position} after {self.position}")
            self.position = max(self.position, position)
        async with self._moved:
            self._moved.notify_all()

    async def reaches(self, position: int, within_seconds: float = 60) -> None:
        """Return once the reader is complete up to *position*; TimeoutError otherwise."""
        async with asyncio.timeout(within_seconds), self._moved:
            await self._moved.wait_for(lambda: self.position >= position)
