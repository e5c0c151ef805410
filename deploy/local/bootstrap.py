"""What a stack needs before its services can work: topology, schema, keys, a way in."""

from __future__ import annotations

import asyncio
import os
from datetime import timedelta

import asyncpg
from yarl import URL

from deploy.local import postgres, rabbitmq, services
from deploy.local.layout import CannotRunError, Layout, State
from deploy.local.progress import Report
from services.registry.migrate import upgrade
from services.registry.network import keys, people
from shared import topology
from shared.accounts import ApiKey
from shared.directory import Role

MEMBERS = ("3106200", "3170206", "3136702")
THE_STATE = "31"
KEYS: dict[str, tuple[str, Role]] = {
    **{member: (member, "member") for member in MEMBERS},
    "office": (THE_STATE, "office"),
    "coordination": (THE_STATE, "coordination"),
}
LINK_LIFETIME = timedelta(days=7)


async def apply_topology(state: State, report: Report) -> None:
    """Make the virtual host stand as defined; of a given broker only when its management API is given too."""
    management_url = management_url_of(state)
    if management_url is None:
        return
    report("RabbitMQ's topology is being applied")
    given = services.given_servers()
    vhost = topology.vhost_of(amqp_url_of(state))
    try:
        await topology.apply(management_url, vhost, None if given else state.secrets.broker)
        differences = await topology.check(management_url, vhost)
    except (topology.ManagementUnreachableError, topology.ManagementRefusedError) as error:
        raise CannotRunError(str(error)) from None
    if differences:
        raise CannotRunError(f"RabbitMQ stands otherwise than defined: {'; '.join(map(str, differences))}")


async def migrate(state: State, report: Report) -> None:
    """Bring the database to the newest schema."""
    report("The database is being migrated")
    if not services.given_servers():
        await postgres.create_database(state, services.DATABASE)
    await asyncio.to_thread(upgrade, database_url_of(state))


async def issue_keys(layout: Layout, state: State, report: Report) -> str:
    """See that the stack's API keys are good; returns the token of a fresh login link for the office."""
    report("Keys are being issued")
    connection = await asyncpg.connect(database_url_of(state), timeout=10, command_timeout=30)
    try:
        active = {key.id for key in await keys.list_keys(connection) if key.revoked_at is None}
        for label, (member, role) in KEYS.items():
            kept = ApiKey.parse(state.secrets.api_keys.get(label, ""))
            if kept is None or kept.id not in active:
                key = await keys.issue_key(connection, "test", member, role, f"local stack: {label}")
                state.secrets.api_keys[label] = str(key)
                layout.keep(state)
        return await people.create_link(connection, "office", THE_STATE, LINK_LIFETIME)
    finally:
        await connection.close()


def database_url_of(state: State) -> str:
    """The registry's database."""
    if services.given_servers():
        return os.environ["MALHA_DATABASE_URL"]
    return postgres.url(state, services.DATABASE)


def amqp_url_of(state: State) -> str:
    """The broker, as administrator, with the virtual host."""
    if services.given_servers():
        return os.environ["MALHA_AMQP_URL"]
    return rabbitmq.amqp_url(state, services.VHOST)


def management_url_of(state: State) -> str | None:
    """The broker's management API; of a given broker only if it is given too, by default as its AMQP user."""
    if not services.given_servers():
        return rabbitmq.management_url(state)
    given = os.environ.get("MALHA_AMQP_MANAGEMENT_URL")
    if not given:
        return None
    url, amqp = URL(given), URL(amqp_url_of(state))
    return str(url if url.user else url.with_user(amqp.user).with_password(amqp.password))
