"""What does not fit, and closing it: the oldest first, by the coordination alone, with a reason."""

from typing import Any

import pytest

from tests.support.pages import order_of, read, said
from tests.support.registered import Sql
from tests.support.registry import UBERLANDIA, Registry, Teller, sister_city

SAME_SITE = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}


async def close(
    registry: Registry, review: object, asker: str = "coordination", **form: str
) -> tuple[int, str, Any]:
    """Send the form of an entry: status, where it leads, the markup."""
    answer = await registry.client.post(
        f"/quadros/pendencias/{review}/fechar",
        data=form,
        headers={**registry.headers(asker), **SAME_SITE},
        allow_redirects=False,
    )
    return answer.status, answer.headers.get("Location", ""), await answer.text()


@pytest.fixture
async def entries(registry: Registry, teller: Teller, sql: Sql) -> list[int]:
    """Two open entries about one agreement, the older one first."""
    assert registry
    await teller.tell("agreement.signed", sister_city(ends_on="2024-01-01", title="Primeiro"), subject="P-1")
    return [row["id"] for row in await sql.fetch("SELECT id FROM review ORDER BY id")]


async def test_the_oldest_stands_first(registry: Registry, teller: Teller, entries: list[int]) -> None:
    """What came last stands last; filters by region and by what does not fit."""
    assert len(entries) == 2
    await teller.tell(
        "agreement.signed",
        sister_city(ends_on="2024-01-01", title="Segundo"),
        subject="P-2",
        member=UBERLANDIA,
    )
    text = said(await read(registry, "/quadros/pendencias", "office"))
    assert order_of(text, "Segundo", "Primeiro") == ["Primeiro", "Segundo"]
    assert "4 pendências abertas" in text
    assert "2 fim antes da assinatura" in text
    for query, left in {
        "mesoregion=Metropolitana+de+Belo+Horizonte": ["Primeiro"],
        f"member={UBERLANDIA}": ["Segundo"],
        "code=never_told": [],
    }.items():
        assert (
            order_of(said(await read(registry, f"/quadros/pendencias?{query}")), "Primeiro", "Segundo")
            == left
        )


async def test_a_reason_closes_an_entry(registry: Registry, entries: list[int], sql: Sql) -> None:
    """It leaves the board, and who closed it is kept with the reason; the reader goes back to its filters."""
    first, second = entries
    back = "/quadros/pendencias?member=3106200"
    status, location, _ = await close(registry, first, reason=" Conferido. ", back=back)
    assert (status, location) == (303, back)
    row = await sql.fetchrow("SELECT closed_by, reason, closer FROM review WHERE id = $1", first)
    assert row is not None
    assert (row["closed_by"], row["reason"]) == ("coordination", "Conferido.")
    assert row["closer"] is not None
    assert "1 pendência aberta" in said(await read(registry, "/quadros/pendencias"))
    status, _, _ = await close(registry, first, reason="De novo.")
    assert status == 409
    assert await sql.fetchval("SELECT closed_at FROM review WHERE id = $1", second) is None


@pytest.mark.parametrize("back", ["https://example.org/", "//example.org", "/\\example.org", "/conta", ""])
async def test_nobody_is_led_elsewhere(registry: Registry, entries: list[int], back: str) -> None:
    """Whatever the form says, the way back is a board."""
    _, location, _ = await close(registry, entries[0], reason="Conferido.", back=back)
    assert location == "/quadros/pendencias"


@pytest.mark.parametrize("reason", ["", "   ", "x" * 2_001])
async def test_without_a_reason_the_form_says_what_is_missing(
    registry: Registry, entries: list[int], sql: Sql, reason: str
) -> None:
    """Nothing is closed, and what was typed is not lost."""
    status, _, markup = await close(registry, entries[0], reason=reason)
    assert status == 422
    assert 'role="alert"' in markup
    assert reason.strip() in markup
    assert await sql.fetchval("SELECT closed_at FROM review WHERE id = $1", entries[0]) is None


@pytest.mark.parametrize(("asker", "status"), [("anonymous", 303), ("own", 403), ("office", 403)])
async def test_only_the_coordination_closes(
    registry: Registry, entries: list[int], sql: Sql, asker: str, status: int
) -> None:
    """The office reads and asks; whose agreement it is corrects."""
    assert (await close(registry, entries[0], asker, reason="Conferido."))[0] == status
    assert await sql.fetchval("SELECT closed_at FROM review WHERE id = $1", entries[0]) is None
    assert "Encerrar" not in said(await read(registry, "/quadros/pendencias", "office"))


@pytest.mark.parametrize("number", ["999999", "9" * 30, "x", "-1"])
async def test_an_entry_that_is_not_there_is_not_found(registry: Registry, number: str) -> None:
    """Whatever stands in the address."""
    assert (await close(registry, number, reason="Conferido."))[0] == 404


async def test_another_site_closes_nothing(registry: Registry, entries: list[int]) -> None:
    """A form on another site's page is refused, whoever is signed in."""
    answer = await registry.client.post(
        f"/quadros/pendencias/{entries[0]}/fechar",
        data={"reason": "Conferido."},
        headers={**registry.headers("coordination"), "Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status == 403


async def test_only_later_facts_are_shown_by_their_number(registry: Registry, teller: Teller) -> None:
    """Of an agreement that nobody told there is no title: its reference stands for it."""
    await teller.tell("agreement.confirmed", {}, subject="SO-DEPOIS")
    text = said(await read(registry, "/quadros/pendencias"))
    assert "SO-DEPOIS" in text
    assert "acordo não informado" in text
