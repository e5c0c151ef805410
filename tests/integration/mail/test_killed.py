"""The registry ends in the middle of sending, again and again: every letter arrives."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Final

from services.registry.mail import outbox
from tests.integration.mail.test_sending import Sql, settled
from tests.support.house import SESSION_KEY
from tests.support.mailbox import Mailbox
from tests.support.processes import ServiceProcess
from tests.support.servers import Vhost

LETTERS: Final = 300
KILLS: Final = 4


async def test_a_killed_registry_sends_at_most_the_letter_in_hand_twice(
    sql: Sql, box: Mailbox, vhost: Vhost, database: str, tmp_path: Path
) -> None:
    """Killed between two letters it repeats none; killed within one, that one, with the same Message-ID."""
    environment = {
        "MALHA_ENVIRONMENT": "test",
        "MALHA_SESSION_KEY": SESSION_KEY,
        "MALHA_AMQP_URL": vhost.url_of("registry"),
        "MALHA_DATABASE_URL": database,
        "MALHA_SMTP_URL": box.url,
    }
    for number in range(LETTERS):
        await outbox.enqueue(
            sql, key=f"{number}", to="a@exemplo.example", language="pt", subject=f"{number}", text="Olá"
        )
    registry = ServiceProcess("registry", environment, tmp_path / "registry.log")
    try:
        for kill in range(KILLS):
            await registry.start()
            await box.holds(len(box.accepted) + 20 + kill)
            await registry.kill()
        await registry.start()
        async with asyncio.timeout(180):
            await settled(sql, LETTERS)
    finally:
        await registry.kill()
    copies = Counter(told["Message-ID"] for told in box.accepted)
    assert len(copies) == LETTERS
    assert {told["Subject"] for told in box.accepted} == {f"{number}" for number in range(LETTERS)}
    assert sum(copies.values()) <= LETTERS + KILLS
