"""Duplicates side by side, texts that several have, and the words in which two of them differ."""

from tests.integration.search.test_texts import twinning
from tests.support.indexed import indexed
from tests.support.pages import read, said
from tests.support.registered import Sql
from tests.support.registry import BELO_HORIZONTE, UBERLANDIA, Registry, Teller, sister_city


async def test_a_pair_stands_side_by_side_until_it_is_merged(
    registry: Registry, teller: Teller, database: str
) -> None:
    """With what differs said in words, and the merge one click away for the coordination alone."""
    await teller.tell("agreement.signed", sister_city(), subject="A-1")
    await teller.tell("agreement.reported", sister_city(title="Irmanamento com Porto"), subject="B-1")
    await indexed(database)
    markup = await read(registry, "/quadros/duplicatas")
    text = said(markup)
    assert "1 par a conferir" in text
    assert "Título difere Irmanamento com o Porto Irmanamento com Porto" in text
    assert "o mesmo parceiro, a mesma data" in text
    assert "merged" not in text
    for name, value in {"type": "merged", "subject": "B-1", "into": "A-1", "member": BELO_HORIZONTE}.items():
        assert f'name="{name}" value="{value}"' in markup
    assert (
        "unir"
        not in said(await read(registry, "/quadros/duplicatas", "office")).partition("par a conferir")[2]
    )
    await teller.tell("agreement.merged", {"into": "A-1"}, subject="B-1")
    await indexed(database)
    assert "Nenhum par a conferir" in said(await read(registry, "/quadros/duplicatas"))


async def test_two_agreements_that_are_not_the_same_are_closed_with_a_reason(
    registry: Registry, teller: Teller, database: str, sql: Sql
) -> None:
    """The coordination says why, and comes back to the board."""
    await teller.tell("agreement.signed", sister_city(), subject="A-1")
    await teller.tell("agreement.reported", sister_city(title="Irmanamento com Porto"), subject="B-1")
    await indexed(database)
    review = await sql.fetchval("SELECT id FROM review WHERE kind = 'duplicate'")
    answer = await registry.client.post(
        f"/quadros/pendencias/{review}/fechar",
        data={"reason": "São dois.", "back": "/quadros/duplicatas"},
        headers={**registry.headers("coordination"), "Sec-Fetch-Site": "same-origin"},
        allow_redirects=False,
    )
    assert (answer.status, answer.headers["Location"]) == (303, "/quadros/duplicatas")
    assert "Nenhum par a conferir" in said(await read(registry, "/quadros/duplicatas"))


async def test_a_shared_text_shows_where_two_differ(
    registry: Registry, teller: Teller, database: str, sql: Sql
) -> None:
    """The share in words, and word by word what only one of them has; nobody is accused."""
    await teller.tell("agreement.signed", twinning("Belo Horizonte", "Braga"), subject="T-1")
    await teller.tell("agreement.signed", twinning("Uberlândia", "Faro"), subject="T-2", member=UBERLANDIA)
    await indexed(database)
    text = said(await read(registry, "/quadros/mesmo-texto", "office"))
    assert "2 acordos com o mesmo texto" in text
    assert "ninguém é acusado de nada" in text
    number = await sql.fetchval("SELECT id FROM text_group")
    markup = await read(registry, f"/quadros/mesmo-texto/{number}")
    assert "<del>" in markup
    assert "só no primeiro: Braga ]" in said(markup)
    assert "só no segundo: Faro ]" in said(markup)
    other = await sql.fetchval("SELECT id FROM agreement WHERE subject = 'T-2'")
    assert "Lado a lado" in said(await read(registry, f"/quadros/mesmo-texto/{number}?with={other}"))
    await read(registry, f"/quadros/mesmo-texto/{number + 1}", status=404)
    await read(registry, "/quadros/mesmo-texto/x", status=404)
