"""What waits in the outbox goes out once, whatever the server does, and is then forgotten."""

import asyncio
from datetime import timedelta
from typing import Any, TypeAlias

import asyncpg
import pytest

from services.registry.mail import outbox
from services.registry.mail.addresses import NotAnAddress
from services.registry.mail.sending import Courier
from shared.database import Database
from tests.integration.mail.conftest import SENDER, Sending, running
from tests.support.mailbox import Mailbox, html_of, text_of
from tests.support.world import eventually

Sql: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
HOSTILE = "Olá\r\nBcc: todos@exemplo.example\x00\u202egnp.exe\u2028fim <script>"


async def write(sql: Sql, key: str, **changes: Any) -> bool:
    """Write a letter of that key."""
    letter: dict[str, Any] = {
        "to": "pessoa@exemplo.example",
        "language": "pt",
        "subject": "Há uma pergunta para você",
        "text": "Olá,\n\nHá uma pergunta.\n",
        **changes,
    }
    return await outbox.enqueue(sql, key=key, **letter)


async def settled(sql: Sql, letters: int = 1) -> list[asyncpg.Record]:
    """The rows of the outbox, once so many are settled."""

    async def are() -> bool:
        count: int = await sql.fetchval("SELECT count(*) FROM outbox WHERE settled_at IS NOT NULL")
        return count == letters

    await eventually(are, f"{letters} letters are settled")
    return list(await sql.fetch("SELECT * FROM outbox ORDER BY id"))


async def test_a_letter_arrives_as_it_was_written(sql: Sql, box: Mailbox, sending: Sending) -> None:
    """In the reader's letters, plain and in HTML, with a way to leave that takes one click (RFC 8058)."""
    await write(sql, "one", html="<p>Há uma pergunta.</p>", leave_url="https://malha.example/sair/x")
    async with sending():
        (told,) = await box.holds(1)
        (row,) = await settled(sql)
    assert told["Subject"] == "Há uma pergunta para você"
    assert told["From"] == f"Acordos de Minas <{SENDER}>"
    assert told["Message-ID"] == f"<{row['message_id']}@malha.example>"
    assert told["List-Unsubscribe"] == "<https://malha.example/sair/x>"
    assert told["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert told["Auto-Submitted"] == "auto-generated"
    assert text_of(told).splitlines() == ["Olá,", "", "Há uma pergunta."]
    assert html_of(told).strip() == "<p>Há uma pergunta.</p>"
    assert box.recipients == ["pessoa@exemplo.example"]


async def test_what_was_accepted_is_forgotten_but_for_its_key(
    sql: Sql, box: Mailbox, sending: Sending
) -> None:
    """Neither address nor text stay once nobody needs them; the key does, or it would go out again."""
    await write(sql, "one")
    async with sending():
        await box.holds(1)
        (row,) = await settled(sql)
        assert not await write(sql, "one")
    assert (row["outcome"], row["key"]) == ("accepted", "one")
    assert [row[column] for column in ("recipient", "subject", "body_text", "body_html")] == [None] * 4
    assert len(box.accepted) == 1


async def test_a_letter_of_a_transaction_that_is_taken_back_never_goes_out(
    sql: Sql, box: Mailbox, sending: Sending
) -> None:
    """What it tells of did not happen."""
    transaction = sql.transaction()
    await transaction.start()
    await write(sql, "undone")
    await transaction.rollback()
    await write(sql, "done")
    async with sending():
        await settled(sql)
    assert len(box.accepted) == 1


async def test_a_restart_between_letters_sends_none_twice(sql: Sql, box: Mailbox, sending: Sending) -> None:
    """Ten letters, a process for each few of them."""
    for number in range(10):
        await write(sql, f"letter {number}")
    for letters in (1, 4, 10):
        async with sending():
            await box.holds(letters)
    await settled(sql, 10)
    assert len({told["Message-ID"] for told in box.accepted}) == len(box.accepted) == 10


async def test_an_accepted_letter_whose_answer_was_lost_comes_again_as_the_same_one(
    sql: Sql, box: Mailbox, sending: Sending
) -> None:
    """Better twice than never; by its Message-ID and date, servers and readers see that it is one."""
    box.cut_after_data = True
    await write(sql, "one", html="<p>Há uma pergunta.</p>")
    async with sending():
        await box.holds(1)
        box.cut_after_data = False
        first, second = await box.holds(2)
        await settled(sql)
    assert first.as_bytes() == second.as_bytes()


async def test_a_letter_waits_for_a_server_that_is_away(sql: Sql, box: Mailbox, sending: Sending) -> None:
    """And goes out once it is back."""
    await box.close()
    await write(sql, "one")
    async with sending() as courier:

        async def failed() -> bool:
            return courier.failures > 1

        await eventually(failed, "it was tried twice")
        await box.open()
        await box.holds(1)


async def test_what_the_server_puts_off_is_tried_again(sql: Sql, box: Mailbox, sending: Sending) -> None:
    """Greylisting is normal."""
    box.recipient_answers = ["450 later", "451 later"]
    await write(sql, "one")
    async with sending():
        (row,) = await settled(sql)
    assert (row["outcome"], row["tries"]) == ("accepted", 3)


async def test_one_that_is_refused_does_not_hold_up_the_next(
    sql: Sql, box: Mailbox, sending: Sending
) -> None:
    """An address that is gone stays gone."""
    box.recipient_answers = ["550 nobody here"]
    await write(sql, "one")
    await write(sql, "two")
    async with sending():
        rows = await settled(sql, 2)
    assert [(row["outcome"], row["trouble"]) for row in rows] == [("refused", "550"), ("accepted", None)]


async def test_what_comes_too_late_is_not_sent(sql: Sql, box: Mailbox, sending: Sending) -> None:
    """A link that has ended helps nobody."""
    await write(sql, "old", lifetime=timedelta(0))
    await write(sql, "new")
    async with sending():
        rows = await settled(sql, 2)
    assert [row["outcome"] for row in rows] == ["too_late", "accepted"]
    assert len(box.accepted) == 1


async def test_nothing_is_kept_for_later_where_there_is_no_server(sql: Sql, leads: Database) -> None:
    """Whoever sets one up next year must not send this year's mail."""
    await write(sql, "one")
    async with running(Courier(leads, None, SENDER)):
        (row,) = await settled(sql)
    assert (row["outcome"], row["recipient"]) == ("no_server", None)


async def test_who_left_gets_no_mail_any_more(sql: Sql, box: Mailbox, sending: Sending) -> None:
    """Their letter was written before they left."""
    await sql.execute(
        "INSERT INTO person (id, member, role, name, ended_at) VALUES ('p', '31', 'office', 'Pessoa', now())"
    )
    await write(sql, "one", person="p")
    async with sending():
        (row,) = await settled(sql)
    assert row["outcome"] == "gone"
    assert box.accepted == []


async def test_hostile_words_stay_in_their_line(sql: Sql, box: Mailbox, sending: Sending) -> None:
    """No header is smuggled in, nothing is turned around, and a long subject is cut."""
    await write(sql, "one", subject=HOSTILE, text=HOSTILE + "x" * 10_000)
    await write(sql, "two", subject="Título " * 2_000)
    async with sending():
        one, two = await box.holds(2)
    assert one["Bcc"] is None
    assert one["Subject"] == "Olá Bcc: todos@exemplo.examplegnp.exe fim <script>"
    assert len(two["Subject"]) <= 160
    assert all(len(line) <= 78 for line in one.as_bytes().splitlines())


@pytest.mark.parametrize(
    "typed",
    ["", "ana", "ana@", "@exemplo.example", "a@b@c", "ana@exemplo.example\nBcc: x@y.example", "a b@c.example",
     "ana@-x.example", "ana@x..example", "a" * 65 + "@x.example", '"a b"@x.example', "ana@[127.0.0.1]"],
)  # fmt: skip
async def test_what_is_no_address_is_refused_before_it_is_written(sql: Sql, typed: str) -> None:
    """A mail server must never see it."""
    with pytest.raises(NotAnAddress):
        await write(sql, "one", to=typed)
    assert await sql.fetchval("SELECT count(*) FROM outbox") == 0


async def test_a_backlog_is_said_and_the_registry_stays_ready(
    sql: Sql, box: Mailbox, sending: Sending
) -> None:
    """Mail that is stuck must be seen; but all else works without it."""
    await box.close()
    await write(sql, "one")
    await sql.execute("UPDATE outbox SET written_at = now() - interval '1 hour'")
    async with sending() as courier:

        async def said() -> bool:
            return "stuck" in (courier.readiness().detail or "")

        await eventually(said, "the backlog is said")
        assert courier.readiness().ok


async def test_of_two_couriers_one_sends(sql: Sql, box: Mailbox, sending: Sending) -> None:
    """Two registries over one database."""
    async with sending(), sending():
        async with asyncio.TaskGroup() as group:
            for number in range(3):
                group.create_task(_written_apart(sql, number))
        await settled(sql, 30)
    assert len(box.accepted) == 30


_writing = asyncio.Lock()


async def _written_apart(sql: Sql, number: int) -> None:
    for letter in range(10):
        async with _writing:
            await write(sql, f"{number} {letter}")
