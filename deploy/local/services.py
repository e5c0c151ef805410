"""Malha's own processes: all three services in one, or three behind the gateway."""

from __future__ import annotations

import os
import sys

import aiohttp
from yarl import URL

from deploy.local import postgres, rabbitmq
from deploy.local.layout import CHECKOUT, LOOPBACK, Layout, State
from deploy.local.supervisor import Program

NAMES = ("ingest", "registry", "notifier")
VHOST = "malha"
DATABASE = "malha"


def origin(port: int) -> str:
    """The loopback origin at *port*."""
    return f"http://{LOOPBACK}:{port}"


def given_servers() -> bool:
    """Whether MALHA_DATABASE_URL and MALHA_AMQP_URL name servers that are already there."""
    return bool(os.environ.get("MALHA_DATABASE_URL")) and bool(os.environ.get("MALHA_AMQP_URL"))


def programs(layout: Layout, state: State, *, split: bool) -> list[Program]:
    """The service processes, in the order of their start."""
    if not split:
        return [_program("services", "services", state.ports.url, layout, state)]
    return [_program(name, f"services.{name}", getattr(state.ports, name), layout, state) for name in NAMES]


def _program(name: str, module: str, port: int, layout: Layout, state: State) -> Program:
    environment = os.environ | {
        "MALHA_ENVIRONMENT": "test",
        "MALHA_LISTEN_PORT": str(port),
        "MALHA_PUBLIC_URL": origin(state.ports.url),
        "MALHA_SESSION_KEY": state.secrets.session_key,
    }
    environment.setdefault("MALHA_LISTEN_HOST", LOOPBACK)
    if given := environment.get("MALHA_AMQP_MANAGEMENT_URL"):
        # Ours may be an administrator's; the services look with their own credentials.
        environment["MALHA_AMQP_MANAGEMENT_URL"] = str(URL(given).with_user(None).origin())
    if not given_servers():
        environment |= {
            "MALHA_DATABASE_URL": postgres.url(state, DATABASE),
            "MALHA_AMQP_MANAGEMENT_URL": origin(state.ports.amqp_management),
            **{f"MALHA_{user.upper()}_AMQP_URL": rabbitmq.service_url(state, user, VHOST) for user in NAMES},
        }
        environment.pop("MALHA_AMQP_URL", None)
    return Program(
        name=name,
        command=(sys.executable, "-m", module),
        environment=environment,
        directory=CHECKOUT,
        log=layout.log(name),
    )


async def ready(url: str) -> bool:
    """Whether the service at *url* says so itself."""
    return await missing(url) is None


async def missing(url: str) -> str | None:
    """What keeps the service at *url* from being ready, in its own words; None when nothing does."""
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=3)) as http,
            http.get(f"{url}/healthz/ready") as answer,
        ):
            if answer.ok:
                return None
            parts = (await answer.json()).get("parts", {})
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return f"{url} does not answer"
    return "; ".join(f"{name}: {part['detail']}" for name, part in parts.items() if not part["ok"]) or url
