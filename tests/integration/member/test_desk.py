"""A member's own page: what waits for it, what it sent, and nobody else's."""

from datetime import timedelta

import pytest

from services.registry.http.answers import today
from tests.support.registry import (
    BELO_HORIZONTE,
    THE_STATE,
    UBERLANDIA,
    Registry,
    Teller,
    connected,
    sister_city,
)

HOSTILE = "<script>alert(1)</script> \u202egnp.exe =cmd|' /C calc'!A0 " + "x" * 400


async def text(registry: Registry, path: str, asker: str = "own", status: int = 200) -> str:
    """The page that a browser would show."""
    answer = await registry.get(path, asker, Accept="text/html", Accept_Language="pt-BR")
    assert answer.status == status, await answer.text()
    return await answer.text()


async def test_what_waits_comes_first(registry: Registry, teller: Teller) -> None:
    """A question, what does not fit, an end in sight and what is missing, each with its next step."""
    soon = (today() + timedelta(days=60)).isoformat()
    await teller.tell("agreement.signed", sister_city(ends_on=soon, title="Irmandade"), subject="P-1")
    await teller.tell(
        "agreement.question_asked",
        {"text": "Quem cuida do intercâmbio?", "answer_by": soon},
        subject="P-1",
        by=("office", THE_STATE),
    )
    told = await teller.tell("agreement.completed", {"effective_on": "2025-05-01"}, subject="P-2")
    page = await text(registry, "/membro")
    assert page.index("Quem cuida do intercâmbio?") < page.index("Acordo não informado")
    assert page.index("Acordo não informado") < page.index("Vencem em até 180 dias")
    assert 'action="/registrar/resposta"' in page
    assert "Deste acordo só se conhecem fatos posteriores" in page
    assert f"notice={told.protocol}" in page
    assert "type=renewed" in page
    assert "para que serve o acordo" in page
    assert 'action="/registrar/corrigir"' in page


async def test_an_answered_question_waits_no_longer(registry: Registry, teller: Teller) -> None:
    """What was answered stands on the agreement's page."""
    await teller.tell("agreement.signed", sister_city(), subject="P-1")
    await teller.tell("agreement.question_asked", {"text": "Ainda?"}, subject="P-1", by=("office", THE_STATE))
    assert "Ainda?" in await text(registry, "/membro")
    await teller.tell("agreement.question_answered", {"text": "Sim."}, subject="P-1")
    page = await text(registry, "/membro")
    assert 'action="/registrar/resposta"' not in page
    assert "Nada espera por uma resposta" in page


async def test_a_member_sees_its_own_page_only(registry: Registry, teller: Teller) -> None:
    """Another member's page is refused; the coordination opens any; the office and citizens have others."""
    await teller.tell("agreement.signed", sister_city(title="Só meu", visibility="restricted"), subject="P-1")
    assert "Só meu" in await text(registry, "/membro/avisos")
    for path in ("/membro", "/membro/avisos", "/membro/chaves", "/membro/delegacoes"):
        await text(registry, f"{path}?member={BELO_HORIZONTE}", "other", 403)
        assert "Só meu" not in await text(registry, path, "other")
        await text(registry, path, "office", 403)
        assert (await registry.get(path)).status == 303
        assert "Uberlândia" in await text(registry, f"{path}?member={UBERLANDIA}", "coordination")
        await text(registry, f"{path}?member=nobody", "coordination", 404)


async def test_the_coordination_reading_what_is_restricted_is_noted(
    registry: Registry, teller: Teller, database: str
) -> None:
    """Its own people reading it are not."""
    await teller.tell("agreement.signed", sister_city(visibility="restricted"), subject="P-1")
    await text(registry, "/membro")
    await text(registry, f"/membro?member={BELO_HORIZONTE}", "coordination")
    async with connected(database) as connection:
        noted = await connection.fetch("SELECT role, resource, detail FROM audit WHERE act = 'read'")
    assert [tuple(row) for row in noted] == [("coordination", "/membro", BELO_HORIZONTE)]


async def test_notices_are_paged_with_their_stages_and_remarks(registry: Registry, teller: Teller) -> None:
    """The newest first, none missed and none twice; those with remarks can be had alone."""
    for number in range(35):
        await teller.tell("agreement.signed", sister_city(title=f"Acordo {number:02}"), subject=f"P-{number}")
    await teller.tell("agreement.completed", {"effective_on": "2025-05-01"}, subject="P-X")
    first = await text(registry, "/membro/avisos")
    assert first.count("/protocolos/") == 30
    assert "Acordo 34" in first
    following = first.split("antes=")[1].split('"')[0]
    second = await text(registry, f"/membro/avisos?antes={following}")
    assert second.count("/protocolos/") == 6
    assert "Acordo 00" in second
    remarked = await text(registry, "/membro/avisos?so=observacoes")
    assert remarked.count("/protocolos/") == 1
    assert "Acordo não informado" in remarked


async def test_a_retracted_notice_is_not_retracted_again(registry: Registry, teller: Teller) -> None:
    """It says so, and offers it no more. What the coordination told is not the member's to take."""
    told = await teller.tell("agreement.signed", sister_city(), subject="P-1")
    await teller.tell(
        "agreement.gate_updated",
        {"gate": "federal", "status": "consulted"},
        subject="P-1",
        by=("coordination", THE_STATE),
    )
    assert (await text(registry, "/membro/avisos")).count("/registrar/retirar?") == 1
    await teller.tell("agreement.retracted", {"notice": told.protocol, "reason": "engano"}, subject="P-1")
    page = await text(registry, "/membro/avisos")
    assert "/registrar/retirar?" not in page
    assert ">retirado<" in page


@pytest.mark.parametrize("path", ["/membro", "/membro/avisos", f"/incorporar/{BELO_HORIZONTE}"])
async def test_hostile_words_are_shown_as_words(registry: Registry, teller: Teller, path: str) -> None:
    """Whatever a system sent as a title is text here, also in what a correction begins from."""
    await teller.tell(
        "agreement.signed", sister_city(title=HOSTILE, ends_on=None), subject=HOSTILE[:150].strip()
    )
    page = await text(registry, path)
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
