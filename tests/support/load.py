"""Senders with bad lines: each notice is sent, unchanged, until it is answered with a 202."""

import asyncio
import itertools
from collections.abc import Sequence
from typing import Any

import aiohttp

Identity = tuple[str, str, str]


class Load:
    """Posts notices for several members and remembers each 202, by protocol number."""

    def __init__(
        self,
        urls: str | Sequence[str],
        keys: dict[str, str],
        run: str,
        *,
        batch: int = 1,
        per_second: float = 150,
    ) -> None:
        """At most *per_second* requests, each of *batch* notices; *urls* take turns, as behind a gateway."""
        self._urls = itertools.cycle([urls] if isinstance(urls, str) else urls)
        self.keys = keys
        self.run_name = run
        self.batch = batch
        self.accepted: dict[str, Identity] = {}
        self.refused: list[tuple[int, str]] = []
        self.stopped = asyncio.Event()
        self._numbers = itertools.count(1)
        self._pause_seconds = 1 / per_second
        self._turn = asyncio.Lock()

    def event(self, member: str, number: int) -> dict[str, Any]:
        """Notice *number*: signatures, and now and then a fact about an earlier one."""
        event: dict[str, Any] = {
            "specversion": "1.0",
            "source": "/load",
            "id": f"{self.run_name}-{number}",
            "member": member,
            "subject": f"{self.run_name}-{number // 3}",
        }
        if number % 3 == 2:
            event["type"] = "br.malha.agreement.entered_into_force.v1"
            event["data"] = {"effective_on": "2024-02-01"}
        else:
            event["type"] = "br.malha.agreement.signed.v1"
            event["data"] = {
                "instrument": "MOU",
                "title": f"Acordo fictício {number}",
                "partners": [{"name": "Cidade Fictícia", "kind": "city", "country": "PT"}],
                "signed_on": "2024-01-15",
            }
        return event

    async def has(self, count: int) -> bool:
        """Whether *count* notices, or more, were answered with a 202."""
        return len(self.accepted) >= count

    async def send(self, workers: int = 8, *, total: int | None = None) -> None:
        """Send from *workers* lines at once until `stopped` is set, or *total* notices were accepted."""
        connector = aiohttp.TCPConnector(limit=workers)
        timeout = aiohttp.ClientTimeout(total=15, sock_connect=3)
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
            asyncio.TaskGroup() as group,
        ):
            for _ in range(workers):
                group.create_task(self._line(session, total))

    async def _line(self, session: aiohttp.ClientSession, total: int | None) -> None:
        while not self.stopped.is_set():
            async with self._turn:
                await asyncio.sleep(self._pause_seconds)
            numbers = list(itertools.islice(self._numbers, self.batch))
            if total is not None and numbers[0] > total:
                return
            member = sorted(self.keys)[numbers[0] // (3 * self.batch) % len(self.keys)]
            await self._until_accepted(session, member, [self.event(member, n) for n in numbers])

    async def _until_accepted(
        self, session: aiohttp.ClientSession, member: str, events: list[dict[str, Any]]
    ) -> None:
        one = len(events) == 1
        content_type = "application/cloudevents+json" if one else "application/cloudevents-batch+json"
        headers = {"Authorization": f"Bearer {self.keys[member]}", "Content-Type": content_type}
        while True:
            try:
                async with session.post(
                    f"{next(self._urls)}/v1/notices",
                    data=aiohttp.payload.JsonPayload(events[0] if one else events, content_type=content_type),
                    headers=headers,
                ) as response:
                    body = await response.json(content_type=None)
                    if response.status == 202:
                        receipts = [body] if one else body["receipts"]
                        for receipt, event in zip(receipts, events, strict=True):
                            self.accepted[receipt["protocol"]] = (member, event["source"], event["id"])
                        return
                    if response.status not in {429, 503}:
                        self.refused.append((response.status, str(body)))
                        return
            except (aiohttp.ClientError, TimeoutError, ConnectionError):
                pass
            if self.stopped.is_set():
                return  # outcome unknown: this notice was never answered with a 202
            await asyncio.sleep(0.1)
