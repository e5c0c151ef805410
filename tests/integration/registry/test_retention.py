"""What is kept is written down: a store that nobody accounts for is where a value would hide."""

import re

import msgspec

from deploy.local.layout import CHECKOUT
from shared.topology import DEFINITIONS
from tests.support.registered import Sql

RETENTION = (CHECKOUT / "docs" / "retention.md").read_text(encoding="utf-8")
OF_THE_MIGRATIONS = {"alembic_version"}


async def test_every_table_is_accounted_for(sql: Sql) -> None:
    """A new table says in docs/retention.md what it keeps, why, how long, and how it forgets."""
    rows = await sql.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    tables = {row["tablename"].removesuffix("_past") for row in rows} - OF_THE_MIGRATIONS
    assert tables - set(re.findall(r"`(\w+)`", RETENTION)) == set()


def test_every_queue_is_accounted_for() -> None:
    """The same for queues and streams."""
    queues = {queue["name"] for queue in msgspec.json.decode(DEFINITIONS.read_bytes())["queues"]}
    assert queues - set(re.findall(r"`([a-z.]+)`", RETENTION)) == set()
