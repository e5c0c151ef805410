"""A TCP proxy on loopback that misbehaves on demand: pauses, cuts, refuses, slows what passes through."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from yarl import URL

from tests.support.listening import held_port

_CHUNK_BYTES = 64 * 1024


class FaultProxy:
    """Stands between a client and the server at *url*; ``url`` is the same address through the proxy.

    ``opened`` counts the connections that it has ever passed through.
    """

    def __init__(self, url: str) -> None:
        self._target = URL(url)
        self._flowing = _set_event()
        self._server: asyncio.Server | None = None
        self._port = 0
        self._place: socket.socket | None = None
        self._delay_seconds = 0.0
        self.opened = 0
        self._cuts = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._pairs: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()
        self._half_open: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        """The server's address, through the proxy."""
        return str(self._target.with_host("127.0.0.1").with_port(self._port))

    @property
    def connections(self) -> int:
        """How many connections pass through now."""
        return len(self._writers) // 2

    def lead_to(self, url: str) -> None:
        """Pass new connections on to another server: a deploy behind the same address."""
        self._target = URL(url)

    async def accept(self) -> None:
        """Take new connections, on the same port as ever."""
        if self._place is None:
            self._place = held_port()  # nobody else gets it while new connections are refused
            self._port = self._place.getsockname()[1]
        if self._server is None:
            self._server = await asyncio.start_server(self._pass, "127.0.0.1", self._port)

    def refuse(self) -> None:
        """Refuse new connections; those that are there stay."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def pause(self) -> None:
        """Let nothing through, in either direction, without closing anything: a frozen peer."""
        self._flowing.clear()

    def resume(self) -> None:
        """Let everything through again."""
        self._flowing.set()

    def strand(self) -> None:
        """Freeze the connections that are there, for good; new ones pass: a router that forgot them."""
        self._flowing.clear()
        self._flowing = _set_event()

    def lose_servers_half(self) -> None:
        """End what is there at the server alone: clients believe it open, and are never answered."""
        self._halve(0)

    def lose_clients_half(self) -> None:
        """End what is there at the client alone: the server keeps it, and whatever it holds for it."""
        self._halve(1)

    def _halve(self, kept: int) -> None:
        self._half_open.update(pair[kept] for pair in self._pairs)
        self.strand()
        for pair in self._pairs:
            pair[1 - kept].transport.abort()

    def slow(self, delay_seconds: float) -> None:
        """Hold each chunk back for *delay_seconds*; 0 ends it."""
        self._delay_seconds = delay_seconds

    def cut(self) -> None:
        """Reset every connection that is there, or is just being made."""
        self._cuts += 1
        for writer in self._writers:
            writer.transport.abort()

    async def close(self) -> None:
        """End all of it."""
        self.refuse()
        for task in self._tasks:
            task.cancel()
        self.cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._place is not None:
            self._place.close()
            self._place = None

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        cuts = self._cuts
        try:
            far_reader, far_writer = await asyncio.open_connection(self._target.host, self._target.port)
        except OSError:
            writer.transport.abort()
            return
        if self._cuts != cuts:
            for end in (writer, far_writer):
                end.transport.abort()
            return
        self.opened += 1
        self._pairs.add((writer, far_writer))
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            self._writers.add(sink)
            task = asyncio.create_task(self._pump(source, sink, self._flowing))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pump(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, flowing: asyncio.Event
    ) -> None:
        with suppress(OSError):
            while chunk := await source.read(_CHUNK_BYTES):
                if self._delay_seconds:
                    await asyncio.sleep(self._delay_seconds)
                await flowing.wait()
                sink.write(chunk)
                await sink.drain()
        if sink in self._half_open:
            return
        self._writers.discard(sink)
        self._pairs = {pair for pair in self._pairs if sink not in pair}
        sink.close()


def _set_event() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


@asynccontextmanager
async def fault_proxy(url: str) -> AsyncIterator[FaultProxy]:
    """A proxy in front of the server at *url*, for the block."""
    proxy = FaultProxy(url)
    await proxy.accept()
    try:
        yield proxy
    finally:
        await proxy.close()
