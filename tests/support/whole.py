"""The three services as one program, `python -m services`, as a stranger with a key meets them."""

import json
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from services.registry.network.keys import issue_key
from shared.accounts import ApiKey
from shared.directory import Role
from tests.support.house import UNHURRIED, environment_of
from tests.support.processes import ServiceProcess
from tests.support.registry import BELO_HORIZONTE, THE_STATE, UBERLANDIA, connected
from tests.support.servers import Servers, fresh_database, fresh_vhost

UBERLANDIA_KEY: Final = "another member"
ROLES: Final[dict[str, tuple[Role, str]]] = {
    "member": ("member", BELO_HORIZONTE),
    "office": ("office", THE_STATE),
    "coordination": ("coordination", THE_STATE),
}
"""Who is asked as: each of another kind; anybody else is anonymous."""
_KEYS: Final[dict[str, tuple[Role, str]]] = {**ROLES, UBERLANDIA_KEY: ("member", UBERLANDIA)}


class Whole:
    """A running stack: its origin, and a key for each of ROLES, and for another member."""

    def __init__(self, url: str, keys: dict[str, ApiKey], database_url: str) -> None:
        self.url = url
        self.keys = keys
        self.database_url = database_url

    def headers(self, asker: str) -> dict[str, str]:
        """What *asker* sends along to show who it is."""
        return {"Authorization": f"Bearer {self.keys[asker]}"} if asker in self.keys else {}

    def send(self, *events: dict[str, Any], asker: str = "member") -> None:
        """Have *events* registered, one by one; AssertionError unless each is."""
        for event in events:
            request = urllib.request.Request(  # noqa: S310 - the address is the test's own
                f"{self.url}/v1/notices",
                json.dumps(event).encode(),
                {
                    "Content-Type": "application/cloudevents+json",
                    "Prefer": "wait=30",
                    **self.headers(asker),
                },
            )
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - the same
                assert answer.status == 201, answer.read()


@asynccontextmanager
async def whole_stack(servers: Servers, template: str, log: Path) -> AsyncIterator[Whole]:
    """The program over fresh servers, ready, with limits that no test reaches."""
    async with fresh_vhost(servers) as vhost, fresh_database(servers, template) as database_url:
        async with connected(database_url) as connection:
            keys = {
                name: await issue_key(connection, "test", member, role, "")
                for name, (role, member) in _KEYS.items()
            }
        program = ServiceProcess(
            "__main__",
            {**environment_of(vhost, database_url), **UNHURRIED},
            log,
        )
        try:
            await program.start()
            await program.ready()
            yield Whole(program.url, keys, database_url)
            program.require_alive()
        finally:
            await program.kill()
