"""The page that a city hall puts into its own: public facts alone, in anybody's frame."""

from datetime import timedelta

from services.registry.http.answers import today
from services.registry.network import electoral
from tests.support.registry import BELO_HORIZONTE, UBERLANDIA, Registry, Teller, connected, sister_city

PAGE = f"/incorporar/{BELO_HORIZONTE}"


async def test_it_may_stand_in_any_frame_and_do_nothing(registry: Registry) -> None:
    """No script, no form; no other page may be framed."""
    answer = await registry.get(PAGE, Accept="text/html")
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors *" in policy
    assert "script-src" not in policy
    assert "form-action 'none'" in policy
    assert "Set-Cookie" not in answer.headers
    page = await answer.text()
    assert "<form" not in page
    assert "<script" not in page
    assert "<nav" not in page
    other = await registry.get("/membro", "own")
    assert "frame-ancestors 'none'" in other.headers["Content-Security-Policy"]


async def test_it_shows_what_is_public_whoever_asks(registry: Registry, teller: Teller) -> None:
    """A session sees no more in it: what stands on another site is for everybody."""
    await teller.tell("agreement.signed", sister_city(title="Para todos"), subject="P-1")
    await teller.tell("agreement.signed", sister_city(title="Só a rede", visibility="network"), subject="P-2")
    await teller.tell(
        "agreement.signed", sister_city(title="Só nosso", visibility="restricted"), subject="P-3"
    )
    await teller.tell("member.contact_changed", {"office": "Gabinete", "email": "gabinete@example.org"})
    for asker in ("anonymous", "own", "other", "office", "coordination"):
        page = await (await registry.get(PAGE, asker, Accept="text/html")).text()
        assert "Para todos" in page
        assert "Só a rede" not in page
        assert "Só nosso" not in page
        assert "gabinete@" not in page


async def test_never_heard_is_not_zero(registry: Registry) -> None:
    """Who never sent anything has no number; who is nobody has no page."""
    page = await (await registry.get(f"/incorporar/{UBERLANDIA}", Accept_Language="pt-BR")).text()
    assert "sem informação" in page
    assert "Sem informação: o órgão ainda não enviou avisos." in page
    for nobody in ("9999999", "org-nobody", "%00", "x"):
        assert (await registry.get(f"/incorporar/{nobody}")).status == 404


async def test_it_keeps_to_facts_before_an_election(
    registry: Registry, teller: Teller, database: str
) -> None:
    """A title is written by whoever governs; the instrument, the partner and the date are facts."""
    await teller.tell("agreement.signed", sister_city(title="Belo slogan"), subject="P-1")
    async with connected(database) as connection:
        await electoral.decide(connection, today(), today() + timedelta(days=30), "coordination")
    page = await (await registry.get(PAGE, "own", Accept_Language="pt-BR")).text()
    assert "Belo slogan" not in page
    assert "Porto" in page
