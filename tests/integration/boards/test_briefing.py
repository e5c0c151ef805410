"""The sheet for tomorrow's meeting: what it says, to whom, on one page, quickly enough."""

import io
from datetime import timedelta
from typing import Any

import pytest
from pypdf import PdfReader

from services.registry.http.answers import today
from tests.support.registry import BELO_HORIZONTE, THE_STATE, UBERLANDIA, Registry, Teller, sister_city

HOSTILE = '<script>alert(1)</script>=HYPERLINK("x") #panic() \u202etxet' + "x" * 9_000


async def sheet(
    registry: Registry, path: str, asker: str = "office", language: str = "pt-BR"
) -> tuple[str, int]:
    """What a sheet says, with blanks as single spaces, and how many pages it has."""
    answer = await registry.get(path, asker, Accept_Language=language)
    body = await answer.read()
    assert answer.status == 200, body[:500]
    assert answer.content_type == "application/pdf"
    assert answer.headers["Cache-Control"] == "no-store"
    pages = PdfReader(io.BytesIO(body)).pages
    return " ".join(pages[0].extract_text().split()), len(pages)


def deal(title: str, country: str = "CN", **more: Any) -> dict[str, Any]:
    """An agreement on education with a province of *country*."""
    partner = {"name": f"Província de {title}", "kind": "region", "country": country}
    return sister_city(instrument="MOU", title=title, partners=[partner], themes=["EDU"], **more)


async def test_a_country_tells_who_deals_with_it(registry: Registry, teller: Teller) -> None:
    """Numbers of the municipalities, the state's apart, what waits, what ends, each agreement once."""
    await teller.tell("agreement.signed", deal("Primeiro"), subject="P-1")
    await teller.tell("agreement.signed", deal("Segundo"), subject="P-2", member=UBERLANDIA)
    await teller.tell("agreement.signed", deal("Do Estado"), subject="P-3", member=THE_STATE)
    await teller.tell("agreement.signed", deal("Italiano", "IT"), subject="P-4")
    gates = {"federal": {"status": "consulted", "body": "COFIEX", "since": "2025-01-10"}}
    negotiation = {**deal("Em Brasília"), "gates": gates}
    del negotiation["signed_on"], negotiation["effective_on"]
    await teller.tell("agreement.negotiation_opened", negotiation, subject="P-5")
    text, pages = await sheet(registry, "/resumo/paises/CN.pdf")
    assert pages == 1
    assert "China" in text
    assert "2 assinados pelos municípios, desde sempre" in text
    assert "À parte: Estado de Minas Gerais: 1 assinados" in text
    assert "Comissão de Financiamentos Externos: Em Brasília" in text
    assert "Italiano" not in text
    for title in ("Primeiro", "Segundo", "Do Estado"):
        assert f"{title} Memorando de Entendimento · Província de {title} (China)" in text
    assert "http://malha.test/paises/CN" in text


async def test_a_city_is_the_one_click_on_paper(registry: Registry, teller: Teller) -> None:
    """The same numbers as its page; of whom nothing is known, nothing is said to be zero."""
    ends_on = (today() + timedelta(365)).isoformat()
    await teller.tell("agreement.signed", deal("Primeiro", ends_on=ends_on), subject="P-1")
    text, _ = await sheet(registry, f"/resumo/municipios/{BELO_HORIZONTE}.pdf")
    assert "Belo Horizonte" in text
    assert "1 assinados, desde sempre (1 neste mandato)" in text
    assert "Última notícia do município" in text
    text, _ = await sheet(registry, "/resumo/municipios/3100203.pdf")
    assert text.count("sem informação") == 4
    assert "O município nunca deu notícia." in text


async def test_a_theme_in_the_readers_language(registry: Registry, teller: Teller) -> None:
    """All that the sheet says itself is English; what was told stays as it was told."""
    await teller.tell("agreement.signed", deal("Primeiro"), subject="P-1")
    text, _ = await sheet(registry, "/resumo/temas/EDU.pdf", language="en")
    assert "Education" in text
    assert "signed by municipalities, ever" in text
    assert "With which countries China" in text
    assert "Primeiro Memorandum of Understanding" in text
    assert "acordos" not in text.replace("Acordos de Minas", "")


async def test_nobody_reads_more_on_paper_than_on_the_page(registry: Registry, teller: Teller) -> None:
    """A restricted agreement is for its member, office and coordination; the paper warns of it."""
    await teller.tell("agreement.signed", deal("Sigiloso", visibility="restricted"), subject="P-1")
    for asker, sees in {"office": True, "own": True, "other": False}.items():
        text, _ = await sheet(registry, "/resumo/paises/CN.pdf", asker)
        assert ("Sigiloso" in text) is sees, asker
        assert ("Não distribua este papel" in text) is sees, asker
    text, _ = await sheet(registry, "/resumo/paises/CN.pdf", "other")
    assert "0 assinados pelos municípios" in text


async def test_it_stays_one_page_with_very_many_and_with_hostile_words(
    registry: Registry, teller: Teller
) -> None:
    """Sixty agreements, one of which holds whatever people can type."""
    for n in range(60):
        await teller.tell("agreement.signed", deal(f"Acordo {n}"), subject=f"P-{n}")
    await teller.tell("agreement.signed", deal(HOSTILE[:400], object=HOSTILE), subject="P-X")
    text, pages = await sheet(registry, "/resumo/paises/CN.pdf")
    assert pages == 1
    assert "<script>" in text
    assert "na página." in text


@pytest.mark.parametrize(
    "path",
    ["/resumo/paises/XX.pdf", "/resumo/paises/pt.pdf", "/resumo/municipios/31.pdf", "/resumo/temas/X.pdf"],
)
async def test_what_there_is_not_is_not_found(registry: Registry, path: str) -> None:
    """No country, no city, no theme: no sheet."""
    assert (await registry.get(path, "office")).status == 404
