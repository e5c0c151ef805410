"""Who answers for a member is told of what needs an answer: once, and no more than is needed."""

from datetime import timedelta
from typing import Any

import pytest

from services.registry.mail import choices
from services.registry.mail.choices import Choices
from services.registry.mail.corresponding import Correspondent, Patience
from services.registry.network import people
from shared.database import Database
from tests.integration.mail.conftest import AT_ONCE, CLERK, LEAVING, NOW, Sending, Writing, keys, running
from tests.support.mailbox import Mailbox, html_of, text_of
from tests.support.registered import Sql
from tests.support.registry import BELO_HORIZONTE, THE_STATE, Teller, sister_city
from tests.support.world import eventually


async def caught_up(sql: Sql) -> None:
    """Return once the feed was read to its end, and nothing waits to be told."""

    async def is_so() -> bool:
        done: bool = await sql.fetchval(
            "SELECT (SELECT position FROM head) = (SELECT position FROM correspondence)"
            " AND NOT EXISTS (SELECT FROM concern)"
        )
        return done

    await eventually(is_so, "everything is told")


async def the_letter(sql: Sql) -> dict[str, str]:
    """What the only letter says."""
    (row,) = await sql.fetch("SELECT subject, body_text, body_html FROM outbox")
    return dict(row)


async def ask(teller: Teller, **changes: Any) -> None:
    """The office asks Belo Horizonte about its agreement."""
    data = {"text": "Quem acompanha este acordo?", "answer_by": "2026-12-01", **changes}
    await teller.tell("agreement.question_asked", data, subject="PROC-1", by=("office", THE_STATE))


@pytest.mark.usefixtures("clerk")
async def test_a_question_reaches_those_who_answer_for_the_member(
    sql: Sql, teller: Teller, writing: Writing, sending: Sending, box: Mailbox
) -> None:
    """With the day by which to answer and where; the question itself is read after signing in."""
    await teller.tell("agreement.signed", sister_city(), subject="PROC-1")
    await ask(teller)
    async with writing(), sending():
        (told,) = await box.holds(1)
        await caught_up(sql)
    assert box.recipients == [CLERK]
    assert told["Subject"] == "Há uma pergunta para vocês"
    text = text_of(told)
    assert "Irmanamento com o Porto (responder até 1 de dezembro de 2026)" in text
    assert "https://malha.example/acordos/AG-" in text
    assert "Quem acompanha" not in text + html_of(told)
    (clerk,) = await people.list_people(sql, BELO_HORIZONTE)
    assert told["List-Unsubscribe"] == f"<{LEAVING.url(clerk.id, 'question')}>"


@pytest.mark.usefixtures("clerk")
async def test_a_restart_tells_nothing_twice(sql: Sql, teller: Teller, writing: Writing) -> None:
    """Neither what was told, nor what came while nobody was there."""
    await teller.tell("agreement.signed", sister_city(), subject="PROC-1")
    await ask(teller)
    for _ in range(3):
        async with writing():
            await caught_up(sql)
    await ask(teller, text="E quem assinou?")
    async with writing(), writing():
        await caught_up(sql)
    assert await keys(sql) == [f"question {CLERK}"] * 2


@pytest.mark.usefixtures("clerk")
async def test_what_came_before_the_first_start_is_history(leads: Database, sql: Sql, teller: Teller) -> None:
    """Whoever begins to send mail does not begin with last year's."""
    await teller.tell("agreement.signed", sister_city(), subject="PROC-1")
    await ask(teller)
    async with running(Correspondent(leads, LEAVING, patience=AT_ONCE, now=lambda: NOW)):
        await caught_up(sql)
    assert await keys(sql) == []


@pytest.mark.usefixtures("clerk")
async def test_remarks_are_told_together(sql: Sql, teller: Teller, writing: Writing) -> None:
    """Thirty of them in one letter, twenty by name: nobody reads thirty letters."""
    for number in range(30):
        backwards = sister_city(effective_on="2025-03-02", ends_on="2020-01-01")
        await teller.tell("agreement.signed", backwards, subject=f"PROC-{number}")
    assert await sql.fetchval("SELECT count(*) FROM feed_item WHERE (item->>'remarks')::int > 0") == 30
    async with writing():
        await caught_up(sql)
    assert await keys(sql) == [f"remark {CLERK}"]
    letter = await the_letter(sql)
    assert letter["subject"] == "30 avisos de vocês foram registrados com observações"
    assert letter["body_text"].count("/protocolos/MG-") == 20
    assert "E mais 10." in letter["body_text"]


@pytest.mark.usefixtures("clerk")
async def test_history_that_is_loaded_rings_nobody(sql: Sql, teller: Teller, writing: Writing) -> None:
    """Its remarks are read on the member's page."""
    await teller.tell("agreement.signed", sister_city(ends_on="2020-01-01"), subject="PROC-1", backfill=True)
    async with writing():
        await caught_up(sql)
    assert await keys(sql) == []


@pytest.mark.usefixtures("clerk")
async def test_the_end_of_a_term_is_told_as_the_clock_tells_it(
    sql: Sql, teller: Teller, writing: Writing
) -> None:
    """180, 90 and 30 days before."""
    await teller.tell("agreement.signed", sister_city(ends_on="2026-12-18"), subject="PROC-1")
    await teller.tell(
        "clock.expiring",
        {"ends_on": "2026-12-18", "days": 30},
        subject="PROC-1",
        by=("system", THE_STATE),
    )
    async with writing():
        await caught_up(sql)
    assert await keys(sql) == [f"expiring {CLERK}"]
    text = await sql.fetchval("SELECT body_text FROM outbox")
    assert "(termina em 18 de dezembro de 2026, faltam 30 dias)" in text


@pytest.mark.usefixtures("clerk")
async def test_of_a_restricted_agreement_a_letter_says_only_that_there_is_one(
    sql: Sql, teller: Teller, writing: Writing
) -> None:
    """Mail lies on servers of others."""
    secret = sister_city(title="Negociação reservada", visibility="restricted")
    await teller.tell("agreement.signed", secret, subject="PROC-1")
    await ask(teller)
    async with writing():
        await caught_up(sql)
    told = "".join((await the_letter(sql)).values())
    assert "Um acordo de acesso restrito" in told
    for secret_word in ("reservada", "Porto", "PROC-1"):
        assert secret_word not in told


async def test_who_chose_otherwise_hears_nothing(
    sql: Sql, teller: Teller, clerk: str, writing: Writing
) -> None:
    """A choice holds for what comes, and for what waits to be told."""
    await choices.choose(sql, clerk, Choices(question=False))
    await teller.tell("agreement.signed", sister_city(), subject="PROC-1")
    await ask(teller)
    async with writing():
        await caught_up(sql)
    assert await keys(sql) == []


async def test_who_left_hears_nothing(sql: Sql, teller: Teller, clerk: str, writing: Writing) -> None:
    """The account ended between the question and the letter."""
    await teller.tell("agreement.signed", sister_city(), subject="PROC-1")
    await ask(teller)
    async with writing(patience=Patience(gathered=timedelta(hours=1))):

        async def noted() -> bool:
            return bool(await sql.fetchval("SELECT count(*) FROM concern"))

        await eventually(noted, "the question is noted")
    await sql.execute("UPDATE person SET ended_at = now() WHERE id = $1", clerk)
    async with writing():
        await caught_up(sql)
    assert await keys(sql) == []


@pytest.mark.usefixtures("clerk")
async def test_hostile_titles_are_harmless_in_a_letter(sql: Sql, teller: Teller, writing: Writing) -> None:
    """No markup, no link of somebody else's, no text turned around, no end without measure."""
    title = (
        "<script>alert(1)</script> =cmd|x \u202ereversed https://evil.example/x a@evil.example " + "x" * 9_000
    )
    await teller.tell("agreement.signed", sister_city(title=title[:9_000]), subject="PROC-1")
    await ask(teller)
    async with writing():
        await caught_up(sql)
    letter = await the_letter(sql)
    for told in letter.values():
        assert "evil.example" not in told
        assert "\u202e" not in told
        assert len(told) < 6_000
    assert "<script" not in letter["body_html"]
