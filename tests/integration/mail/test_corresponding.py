"""Who answers for a member is told of what needs an answer: once, and no more than is needed."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias

import asyncpg
import pytest

from services.registry.mail import choices, concerns
from services.registry.mail.choices import Choices, Leaving, SavedFilter
from services.registry.mail.corresponding import Correspondent, Patience
from services.registry.network import people
from shared.database import Database
from tests.integration.mail.conftest import Sending, running
from tests.support.mailbox import Mailbox, html_of, text_of
from tests.support.registry import BELO_HORIZONTE, THE_STATE, UBERLANDIA, Teller, sister_city, telling
from tests.support.world import eventually

Sql: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Writing: TypeAlias = Callable[..., AbstractAsyncContextManager[Correspondent]]
NOW = datetime(2026, 11, 18, 15, tzinfo=UTC)
"""A Wednesday."""
MONDAY = datetime(2026, 11, 23, 12, tzinfo=UTC)
TODAY = date(2026, 11, 18)
LEAVING = Leaving("A" * 43 + "=", "https://malha.example")
AT_ONCE = Patience(timedelta(0), timedelta(0), timedelta(0))
CLERK, OTHER, AIDE = "clerk@bh.example", "clerk@uberlandia.example", "aide@state.example"


@pytest.fixture
async def teller(database: str) -> AsyncIterator[Teller]:
    """Registers what members tell."""
    async with telling(database) as found:
        yield found


@pytest.fixture
async def clerk(sql: Sql) -> str:
    """Somebody in Belo Horizonte; there is somebody in Uberlândia too, and an aide of the governor's."""
    await person(sql, UBERLANDIA, "member", OTHER)
    await person(sql, THE_STATE, "office", AIDE)
    return await person(sql, BELO_HORIZONTE, "member", CLERK)


@pytest.fixture
async def writing(leads: Database, sql: Sql) -> Writing:
    """A correspondent in no mood to wait, running for as long as the block; it has begun before."""
    await concerns.begin(sql)
    await sql.execute("UPDATE correspondence SET week = '2026-11-16'")

    def begin(
        now: datetime = NOW, patience: Patience = AT_ONCE
    ) -> AbstractAsyncContextManager[Correspondent]:
        return running(Correspondent(leads, LEAVING, patience=patience, now=lambda: now))

    return begin


async def person(sql: Sql, member: str, role: Any, email: str, language: Any = "pt") -> str:
    """Somebody who may come in."""
    return await people.add(sql, people.NewPerson(member, role, "Pessoa fictícia", email, language), TODAY)


async def caught_up(sql: Sql) -> None:
    """Return once the feed was read to its end, and nothing waits to be told."""

    async def is_so() -> bool:
        done: bool = await sql.fetchval(
            "SELECT (SELECT position FROM head) = (SELECT position FROM correspondence)"
            " AND NOT EXISTS (SELECT FROM concern)"
        )
        return done

    await eventually(is_so, "everything is told")


async def keys(sql: Sql) -> list[str]:
    """What each letter is about, and to whom, oldest first."""
    return [
        f"{row['key'].split(':')[0]} {row['email']}"
        for row in await sql.fetch(
            "SELECT o.key, p.email FROM outbox o JOIN person p ON p.id = o.person ORDER BY o.id"
        )
    ]


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


@pytest.mark.usefixtures("clerk")
async def test_the_week_is_told_on_monday_once(sql: Sql, teller: Teller, writing: Writing) -> None:
    """To the member what it told, to the office what all told; who was not concerned has no letter."""
    await teller.tell("agreement.signed", sister_city(), subject="PROC-1")
    await sql.execute("ALTER TABLE entry DISABLE TRIGGER USER")
    await sql.execute("UPDATE entry SET registered_at = '2026-11-18T15:00Z'")
    for _ in range(2):
        async with writing(MONDAY):
            await told_week(sql)
    assert sorted(await keys(sql)) == [f"digest {AIDE}", f"digest {CLERK}"]
    subject = await sql.fetchval("SELECT subject FROM outbox LIMIT 1")
    assert subject == "Resumo da semana, 16 – 22 de nov. de 2026: 1 fato"


async def test_the_week_is_told_by_the_filters_of_each(
    sql: Sql, teller: Teller, clerk: str, writing: Writing
) -> None:
    """In the reader's language; a filter that found nothing says so in a word."""
    await sql.execute("UPDATE person SET language = 'en' WHERE id = $1", clerk)
    await choices.keep(sql, clerk, "Portugal", "country=PT")
    await choices.keep(sql, clerk, "Japão", "country=JP")
    await teller.tell("agreement.signed", sister_city(), subject="PROC-1", member=UBERLANDIA)
    await sql.execute("ALTER TABLE entry DISABLE TRIGGER USER")
    await sql.execute("UPDATE entry SET registered_at = '2026-11-18T15:00Z'")
    async with writing(MONDAY):
        await told_week(sql)
    text = await sql.fetchval("SELECT body_text FROM outbox WHERE person = $1", clerk)
    assert "Portugal: 1 fact\n" in text
    assert "Nothing new: Japão." in text
    assert "Uberlândia" in text


async def test_what_a_reader_may_not_see_is_not_in_the_week(
    sql: Sql, teller: Teller, clerk: str, writing: Writing
) -> None:
    """Neither by name nor by number; what the reader may see but is restricted, by number alone."""
    await choices.keep(sql, clerk, "Tudo", "country=PT")
    for member in (UBERLANDIA, BELO_HORIZONTE):
        secret = sister_city(title="Negociação reservada", visibility="restricted")
        await teller.tell("agreement.signed", secret, subject="PROC-1", member=member)
    await sql.execute("ALTER TABLE entry DISABLE TRIGGER USER")
    await sql.execute("UPDATE entry SET registered_at = '2026-11-18T15:00Z'")
    async with writing(MONDAY):
        await told_week(sql)
    text = await sql.fetchval("SELECT body_text FROM outbox WHERE person = $1", clerk)
    assert "Tudo: 1 fato\n" in text
    assert "Um fato é de acesso restrito" in text
    assert "reservada" not in text


async def told_week(sql: Sql) -> None:
    """Return once the week before the Monday is told."""

    async def is_so() -> bool:
        told: bool = await sql.fetchval("SELECT week = '2026-11-23' FROM correspondence")
        return told

    await eventually(is_so, "the week is told")


async def test_filters_are_kept_by_name_and_not_without_end(sql: Sql, clerk: str) -> None:
    """Twenty of them, each name once, nobody else's."""
    for number in range(choices.MOST_FILTERS):
        await choices.keep(sql, clerk, f"Filtro {number:02}", "country=PT")
    with pytest.raises(choices.TooManyFilters):
        await choices.keep(sql, clerk, "Mais um", "country=PT")
    first, *_ = kept = await choices.saved(sql, clerk)
    assert isinstance(first, SavedFilter)
    assert len(kept) == choices.MOST_FILTERS
    await choices.drop(sql, "somebody else", first.id)
    assert len(await choices.saved(sql, clerk)) == choices.MOST_FILTERS
    await choices.drop(sql, clerk, first.id)
    with pytest.raises(choices.NameTaken):
        await choices.keep(sql, clerk, "Filtro 01", "country=JP")


def test_an_address_that_ends_mail_ends_that_mail_of_that_person_alone() -> None:
    """Whoever changes a letter of it has an address of nothing."""
    token = LEAVING.url("p1", "remark").rsplit("/", 1)[1]
    assert LEAVING.read(token) == ("p1", "remark")
    for wrong in (token.replace("p1", "p2"), token.replace("remark", "digest"), token[:-1], "", "..", "é"):
        assert LEAVING.read(wrong) is None
    assert Leaving("B" * 43 + "=", "https://malha.example").read(token) is None
