"""Who may see the boards and the sheets, and what a restricted agreement leaves behind when it was seen."""

import pytest

from tests.support.pages import read, said
from tests.support.registered import Sql
from tests.support.registry import Registry, Teller, sister_city

BOARDS = (
    "/quadros",
    "/quadros/brasilia",
    "/quadros/vencimentos",
    "/quadros/pendencias",
    "/quadros/silencio",
    "/quadros/mesmo-texto",
    "/quadros/duplicatas",
    "/quadros/sem-objetivos",
    "/quadros/a-classificar",
)
SHEETS = ("/resumo/paises/PT.pdf", "/resumo/municipios/3106200.pdf", "/resumo/temas/AGUA.pdf")


@pytest.mark.parametrize("path", BOARDS)
async def test_boards_are_for_office_and_coordination(registry: Registry, path: str) -> None:
    """Members are refused, strangers led to the entrance; an empty registry shows empty boards."""
    for asker, status in {"office": 200, "coordination": 200, "own": 403, "anonymous": 303}.items():
        answer = await registry.get(path, asker, Accept="text/html")
        assert answer.status == status, asker


@pytest.mark.parametrize("path", BOARDS)
async def test_boards_speak_english_too(registry: Registry, path: str) -> None:
    """Whoever reads English reads no Portuguese heading."""
    assert said(await read(registry, path, language="en")) != said(await read(registry, path))


@pytest.mark.parametrize("path", SHEETS)
async def test_sheets_are_for_the_network(registry: Registry, path: str) -> None:
    """Whoever is signed in may have one; strangers are led to the entrance."""
    for asker, status in {"own": 200, "office": 200, "anonymous": 303}.items():
        assert (await registry.get(path, asker)).status == status, asker


@pytest.mark.parametrize("path", ["/quadros/sem-objetivos", "/resumo/paises/PT.pdf"])
async def test_seeing_what_is_restricted_is_noted(
    registry: Registry, teller: Teller, sql: Sql, path: str
) -> None:
    """Who read it, where and when; reading what is public leaves no trace."""
    await teller.tell("agreement.signed", sister_city(instrument="ACT"), subject="PROC-1")
    await registry.get(path, "office")
    assert await sql.fetch("SELECT FROM audit WHERE act = 'read'") == []
    await teller.tell(
        "agreement.signed", sister_city(instrument="ACT", visibility="restricted"), subject="PROC-2"
    )
    await registry.get(path, "office")
    restricted = await sql.fetchval("SELECT id FROM agreement WHERE subject = 'PROC-2'")
    [noted] = await sql.fetch("SELECT role, resource, detail FROM audit WHERE act = 'read'")
    assert tuple(noted) == ("office", path, restricted)
