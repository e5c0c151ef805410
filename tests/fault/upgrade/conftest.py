"""A Malha of the release before, each service twice, to be upgraded and taken back."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.local import bootstrap, postgres, progress, rabbitmq, services
from deploy.local.layout import CHECKOUT, Layout
from tests.support.releases import earlier_release, run_from
from tests.support.sharing import home_of, share_loop
from tests.support.world import World, eventually, world

_OLD_TOPOLOGY = """
import asyncio, json, sys
from shared import topology
asyncio.run(topology.apply(sys.argv[1], sys.argv[2], json.loads(sys.argv[3])))
"""
_OLD_SCHEMA = "import sys; from services.registry.migrate import upgrade; upgrade(sys.argv[1])"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them run in the one event loop that the world lives in."""
    share_loop(items, __file__)


class TwoReleases(World):
    """Two places for each service; in each runs the release before, or this one."""

    before: Path

    def __init__(self, layout: Layout, *rest: object) -> None:
        super().__init__(layout, *rest)  # type: ignore[arg-type] # handed on as they come
        self._origins: dict[str, str] = {}

    def places(self, service: str) -> tuple[str, str]:
        """The names of the two programs of *service*."""
        return service, f"{service}2"

    def urls(self, service: str) -> list[str]:
        """The origins of both."""
        return [self._origins[place] for place in self.places(service)]

    def layouts(self) -> list[Layout]:
        """Whose data is forgotten at the end."""
        return [self.layout, *map(self._second, services.NAMES)]

    def _second(self, service: str) -> Layout:
        return Layout(self.layout.home, f"{service}2")

    async def begin(self) -> None:
        """Start the servers, and everything else as the release before did."""
        self.before = earlier_release(self.layout.home / "before")
        with progress.shown() as report:
            await self.start_servers(report)
            vhost, passwords = services.VHOST, json.dumps(self.state.secrets.broker)
            await run_from(self.before, _OLD_TOPOLOGY, rabbitmq.management_url(self.state), vhost, passwords)
            await postgres.create_database(self.state, services.DATABASE)
            await run_from(self.before, _OLD_SCHEMA, self.database_url)
            await bootstrap.issue_keys(self.layout, self.state, report)
        self.keys = {member: self.state.secrets.api_keys[member] for member in bootstrap.MEMBERS}
        self.coordination_key = self.state.secrets.api_keys["coordination"]
        await self.lay_lines()
        for name in services.NAMES:
            second = self._second(name)
            second.prepare()
            self._origins |= {name: self.url(name), f"{name}2": services.origin(second.state().ports.url)}
            for place in self.places(name):
                self.start_in(place, self.before)
        await self.all_ready()

    def start_in(self, place: str, release: Path) -> None:
        """Start the code of *release* in *place*."""
        service = place.removesuffix("2")
        given = next(p for p in services.programs(self.layout, self.state, split=True) if p.name == service)
        port = self._origins[place].rpartition(":")[2]
        self.add(service, replace(given, name=place, directory=release, log=self.layout.log(place),
                                  environment={**given.environment, "MALHA_LISTEN_PORT": port}))  # fmt: skip

    async def not_ready(self, place: str) -> str:
        """Why the program in *place* is not ready, in its own words."""
        return await services.missing(self._origins[place]) or ""

    async def change(self, place: str, release: Path) -> None:
        """End what runs in *place*, and start the code of *release* there; returns once that is ready."""
        await self.stop(place)
        self.start_in(place, release)
        await eventually(lambda: services.ready(self._origins[place]), f"{place} is ready in its new release")

    async def command(self, *arguments: str) -> tuple[int, str]:
        """Run this release's `malha` as an operator does; its exit status and what it said."""
        process = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).parent / "malha"),
            *arguments,
            cwd=CHECKOUT,
            env={
                **{key: value for key, value in os.environ.items() if not key.startswith("MALHA_")},
                "MALHA_DATABASE_URL": self.database_url,
                "MALHA_AMQP_URL": rabbitmq.amqp_url(self.state, services.VHOST),
                "MALHA_AMQP_MANAGEMENT_URL": rabbitmq.management_url(self.state),
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        return process.returncode or 0, said.decode()


@pytest_asyncio.fixture(loop_scope="session")
async def malha(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TwoReleases]:
    """The release before, running."""
    home = home_of(tmp_path_factory, "upgrade")
    async with world(home, TwoReleases) as found:
        yield found
