"""The week is told on Monday: to each what they asked for, and no more than they may see."""

from datetime import UTC, datetime

import pytest

from services.registry.mail import choices
from services.registry.mail.choices import Leaving, SavedFilter
from tests.integration.mail.conftest import (
    AIDE,
    CLERK,
    LEAVING,
    Writing,
    keys,
)
from tests.support.registered import Sql
from tests.support.registry import BELO_HORIZONTE, UBERLANDIA, Teller, sister_city
from tests.support.world import eventually

MONDAY = datetime(2026, 11, 23, 12, tzinfo=UTC)


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
