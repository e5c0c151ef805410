"""Connections that come back: what counts as lost, and what is only another try."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import pytest
from aio_pika.abc import AbstractConnection
from prometheus_client import REGISTRY

from shared import connecting


class Line(NamedTuple):
    """A connection that ends as soon as somebody works with it."""

    close_callbacks: set[Any]


def lost(name: str) -> float | None:
    """How often that connection was lost; None: nobody would see the first time."""
    return REGISTRY.get_sample_value("malha_broker_connections_lost_total", {"connection": name})


async def tries(name: str, answers: list[bool], monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a connection to a broker that lets it in or does not, one answer for each try."""
    stop = asyncio.Event()
    left = list(answers)
    monkeypatch.setattr(connecting, "BACKOFF_SECONDS", (0.0, 0.0))

    @asynccontextmanager
    async def connected(_url: str, _name: str) -> AsyncIterator[Line]:
        assert lost(name) is not None
        if not left:
            stop.set()
        if not left or not left.pop(0):
            raise ConnectionRefusedError
        yield Line(set())

    async def session(_connection: AbstractConnection, _stop: asyncio.Event) -> None:
        raise ConnectionResetError

    monkeypatch.setattr(connecting, "connected", connected)
    async with asyncio.timeout(10):
        await connecting.keep_connected("amqp://nobody/", name, session, stop, lambda _state: None)


@pytest.mark.parametrize(
    ("answers", "count"),
    [([True], 1), ([True, *[False] * 40, True], 2), ([False] * 40, 0), ([True] * 12, 12)],
    ids=["lost once", "one outage, forty tries", "never there", "again and again"],
)
async def test_a_try_that_fails_loses_nothing(
    answers: list[bool], count: int, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Ten minutes of one outage are a hundred tries; a line that breaks is one that was up."""
    name = f"test {request.node.name}"
    await tries(name, answers, monkeypatch)
    assert lost(name) == count
