"""Without objectives, unclassified, silent: what is missing, and of whom nothing is known."""

from tests.support.pages import order_of, read, said
from tests.support.registered import Sql
from tests.support.registry import UBERLANDIA, Registry, Teller, sister_city

MARIANA, VICOSA = "3140001", "3171303"


async def test_agreements_without_objectives_stand_by_how_long_they_are_known(
    registry: Registry, teller: Teller
) -> None:
    """The longest known first; one that tells its objectives, is over, or need not have any is not there."""
    plan = {"objectives": [{"text": "Formar dez professores."}]}
    await teller.tell("agreement.signed", sister_city(instrument="ACT", title="Velho"), subject="P-1")
    await teller.tell(
        "agreement.signed", sister_city(instrument="ACT", title="Com plano", **plan), subject="P-2"
    )
    await teller.tell(
        "agreement.signed",
        sister_city(instrument="ACT", title="Acabado", ends_on="2025-06-01"),
        subject="P-3",
    )
    await teller.tell("agreement.signed", sister_city(instrument="IRM_DECL", title="Lei"), subject="P-4")
    await teller.tell(
        "agreement.signed", sister_city(instrument="ACT", title="Novo"), subject="P-5", member=UBERLANDIA
    )
    text = said(await read(registry, "/quadros/sem-objetivos", "office"))
    names = ("Novo", "Velho", "Com plano", "Acabado", "Lei")
    assert order_of(text, *names) == ["Velho", "Novo"]
    assert "2 acordos sem objetivos" in text
    text = said(await read(registry, "/quadros/sem-objetivos?mesoregion=Metropolitana+de+Belo+Horizonte"))
    assert order_of(text, *names) == ["Velho"]
    assert "Nenhum acordo" in said(await read(registry, "/quadros/sem-objetivos?state=negotiating"))


async def test_the_coordination_classifies_in_one_form(registry: Registry, teller: Teller) -> None:
    """Its form corrects the kind alone; the office sees what waits, without a form."""
    await teller.tell("agreement.signed", sister_city(instrument="OUT", title="Visita"), subject="P-1")
    markup = await read(registry, "/quadros/a-classificar")
    assert 'action="/registrar/corrigir"' in markup
    assert 'name="changes.instrument"' in markup
    assert '<option value="OUT">' not in markup
    assert "1 acordo a classificar" in said(markup)
    assert 'action="/registrar/corrigir"' not in await read(registry, "/quadros/a-classificar", "office")
    correction = {"changes": {"instrument": "MOU"}, "reason": "Classificado."}
    await teller.tell("agreement.corrected", correction, subject="P-1")
    assert "Nenhum acordo" in said(await read(registry, "/quadros/a-classificar"))


async def test_silence_is_told_apart_from_nothing_known(registry: Registry, teller: Teller, sql: Sql) -> None:
    """Silent for a year, never heard, nothing to declare: each for itself, with whom to call."""
    await teller.tell("agreement.signed", sister_city(), subject="P-1")
    await teller.tell("municipality.nothing_to_declare", {"as_of": "2026-03-01"}, member=MARIANA)
    contact = {"office": "Gabinete fictício", "email": "gabinete@vicosa.example", "phone": "(31) 3333-0000"}
    await teller.tell("member.contact_changed", contact, member=VICOSA)
    await sql.execute(
        "UPDATE chain SET last_heard_at = now() - interval '500 days' WHERE member = $1", VICOSA
    )
    text = said(await read(registry, "/quadros/silencio", "office"))
    assert order_of(text, "Viçosa", "Mariana", "Abaeté") == ["Viçosa"]
    assert "gabinete@vicosa.example" in text
    assert "há 500 dias" in text
    assert "850 nunca deram notícia" in text
    never = said(await read(registry, "/quadros/silencio?voice=never"))
    assert order_of(never, "Viçosa", "Abaeté") == ["Abaeté"]
    assert "nunca" in never
    nothing = said(await read(registry, "/quadros/silencio?voice=nil"))
    assert order_of(nothing, "Viçosa", "Mariana") == ["Mariana"]
    assert "1 de março de 2026" in nothing


async def test_the_overview_counts_what_the_boards_show(registry: Registry, teller: Teller, sql: Sql) -> None:
    """The same numbers, and what came since yesterday; history being loaded is no news."""
    assert "Nada chegou." in said(await read(registry, "/quadros", "office"))
    await teller.tell("agreement.signed", sister_city(instrument="OUT", title="Visita"), subject="P-1")
    await teller.tell("agreement.signed", sister_city(title="Antigo"), subject="P-2", backfill=True)
    await teller.tell("agreement.signed", sister_city(ends_on="2024-01-01"), subject="P-3")
    text = said(await read(registry, "/quadros", "office"))
    assert "2 acordos assinados ou informados" in text
    assert "2 pendências novas" in text
    assert "Pendências 2 avisos que não combinam entre si ou com as regras a mais antiga desde hoje" in text
    assert "A classificar 1 acordo de tipo" in text
    assert "nunca deram: 852" in text
    await sql.execute("UPDATE review SET opened_at = now() - interval '9 days'")
    text = said(await read(registry, "/quadros"))
    assert "a mais antiga há 9 dias" in text
    assert "pendências novas" not in text
