"""One click on a city: the number, and what stands behind it."""

from datetime import timedelta

import pytest

from services.registry.http.answers import today
from services.registry.network import roster
from shared.notices.protocol import agreement_id
from tests.support.reading_pages import page_of, text_of
from tests.support.registry import (
    BELO_HORIZONTE,
    UBERLANDIA,
    Registry,
    Teller,
    connected,
    sister_city,
)

CITY = f"/municipios/{BELO_HORIZONTE}"
HOSTILE = "<script>alert(1)</script> \u202e\u2066 =cmd|'/C calc'!A0"


def _in_days(days: int) -> str:
    return (today() + timedelta(days)).isoformat()


async def test_a_city_never_heard_of_has_no_number(registry: Registry) -> None:
    """Silence is not zero, and is not called so."""
    told = await text_of(registry, CITY)
    assert "sem informação" in told
    assert "Isto não quer dizer que não haja acordos." in told
    assert "acordos assinados" not in told


async def test_the_number_stands_with_its_definition_and_its_day(registry: Registry, teller: Teller) -> None:
    """Whoever reads it aloud in a meeting knows what was counted, and when."""
    await teller.tell("agreement.signed", sister_city(), subject="A")
    await teller.tell("agreement.signed", sister_city(ends_on=_in_days(30)), subject="B")
    await teller.tell("agreement.signed", sister_city(instrument="ADT", title="Aditivo"), subject="C")
    told = await text_of(registry, CITY)
    assert "2 acordos assinados, desde sempre" in told
    assert "Conta acordos assinados ou informados até este dia." in told
    assert "Situação em" in told
    assert "em vigor 2" in told
    assert "vencem em até 90 dias 1" in told
    assert "Vencem em até 180 dias" in told


async def test_a_page_shows_the_numbers_of_the_interface(registry: Registry, teller: Teller) -> None:
    """The same question has one answer, whoever asks and by which door."""
    await teller.tell("agreement.signed", sister_city(), subject="A")
    await teller.tell("agreement.negotiation_opened", sister_city(signed_on=None), subject="B")
    for asker in ("anonymous", "other", "own", "office"):
        member = await registry.json(f"/v1/members/{BELO_HORIZONTE}", asker)
        told = await text_of(registry, CITY, asker)
        assert f"{member['signed']['ever']} acordo assinado, desde sempre" in told
        assert f"em vigor {member['in_force']} " in told
        assert f"em negociação {member['negotiating']} " in told


async def test_each_reader_sees_what_is_theirs(registry: Registry, teller: Teller) -> None:
    """Restricted: the city, the office, the coordination. Network: whoever is in it. Nobody else."""
    restricted = sister_city(title="Só entre nós", visibility="restricted")
    await teller.tell("agreement.signed", restricted, subject="A")
    await teller.tell("agreement.signed", sister_city(title="Para a rede", visibility="network"), subject="B")
    seen = {
        "anonymous": (False, False),
        "other": (False, True),
        "own": (True, True),
        "office": (True, True),
        "coordination": (True, True),
    }
    for asker, (sees_restricted, sees_network) in seen.items():
        for path in (CITY, "/paises/PT", "/estado", "/mesorregioes/metropolitana-de-belo-horizonte"):
            told = await text_of(registry, path, asker)
            assert ("Só entre nós" in told) is sees_restricted, (asker, path)
            assert ("Para a rede" in told) is sees_network, (asker, path)


async def test_reading_what_is_restricted_is_noted(registry: Registry, teller: Teller, database: str) -> None:
    """On a page of many things as on its own; reading what is public is nobody's business."""
    await teller.tell("agreement.signed", sister_city(visibility="restricted"), subject="A")
    for asker in ("anonymous", "other", "office"):
        for path in (CITY, "/paises/PT", "/estado"):
            await text_of(registry, path, asker)
    async with connected(database) as connection:
        rows = await connection.fetch("SELECT resource, role, detail FROM audit ORDER BY id")
    id_ = agreement_id(BELO_HORIZONTE, "A")
    assert [tuple(row) for row in rows] == [(path, "office", id_) for path in (CITY, "/paises/PT", "/estado")]


async def test_a_contact_is_for_the_network_alone(registry: Registry, teller: Teller) -> None:
    """The office that answers for a city is told to the coordination, not to the world."""
    contact = {"office": "Setor fictício", "email": "setor@exemplo.org", "phone": "+55 31 0000-0000"}
    await teller.tell("member.contact_changed", contact)
    for asker, sees in {"anonymous": False, "other": False, "own": True, "office": True}.items():
        told = await text_of(registry, CITY, asker)
        assert ("setor@exemplo.org" in told) is sees, asker


async def test_another_day_shows_what_held_on_it(registry: Registry, teller: Teller) -> None:
    """With what is known today; and the page says so."""
    await teller.tell("agreement.signed", sister_city(signed_on="2019-05-01"), subject="A")
    await teller.tell("agreement.signed", sister_city(signed_on="2024-05-01"), subject="B")
    told = await text_of(registry, f"{CITY}?as_of=2020-01-01")
    assert "1 acordo assinado, desde sempre" in told
    assert "Você vê a situação em 1 de janeiro de 2020, com o que o registro sabe hoje." in told
    assert "2 acordos assinados" in await text_of(registry, f"{CITY}?as_of=")
    assert "AAAA-MM-DD" in await text_of(registry, f"{CITY}?as_of=ontem", status=400)


async def test_what_a_city_deals_in_stands_on_its_page(registry: Registry, teller: Teller) -> None:
    """Partners as they were written last, countries, themes, goals, years; and who else deals with them."""
    data = sister_city(themes=["CULT"], sdgs=[11], signed_on="2023-07-01")
    await teller.tell("agreement.signed", data, subject="A")
    again = {**data, "partners": [{"name": "PORTO", "kind": "city", "country": "PT"}], "signed_on": "2024"}
    await teller.tell("agreement.signed", again, subject="B")
    await teller.tell("agreement.signed", data, subject="A", member=UBERLANDIA)
    told = await text_of(registry, CITY)
    assert "PORTO, Portugal 2" in told
    assert "Portugal 2" in told
    assert "cultura e patrimônio 2" in told
    assert "11. Cidades e comunidades sustentáveis 2" in told
    assert "2023 1" in told
    assert "2024 1" in told
    assert "Quem mais trata com os mesmos parceiros Uberlândia" in told


async def test_what_is_missing_is_said_to_who_can_tell_it(registry: Registry, teller: Teller) -> None:
    """The city itself and the office; a citizen is not sent after other people's work."""
    await teller.tell("agreement.signed", sister_city(), subject="A")
    for asker, sees in {"anonymous": False, "other": False, "own": True, "office": True}.items():
        told = await text_of(registry, CITY, asker)
        assert ("O que falta informar" in told) is sees, asker
    assert f"/acordos?member={BELO_HORIZONTE}&amp;missing=objectives" not in await page_of(registry, CITY)


async def test_hostile_text_is_text(registry: Registry, teller: Teller) -> None:
    """Whatever a member writes, the page is a page: nothing runs, nothing leaves its line."""
    partner = {"name": HOSTILE, "kind": "city", "country": "PT"}
    data = sister_city(title=HOSTILE * 3, object=HOSTILE * 200, partners=[partner])
    await teller.tell("agreement.signed", data, subject=HOSTILE)
    for path in (CITY, "/estado", "/paises/PT", "/municipios", f"/municipios?q={HOSTILE}"):
        html = await page_of(registry, path)
        assert "<script>alert" not in html, path
        assert "<bdi>&lt;script&gt;" in html or path.startswith("/municipios")


@pytest.mark.parametrize(
    "path",
    [
        "/municipios/9999999", "/municipios/31", "/municipios/org-x", "/organizacoes/org-nobody",
        "/organizacoes/3106200", "/paises/XX", "/paises/pt", "/mesorregioes/nada", "/temas/NADA", "/ods/18",
        "/ods/0",
    ],
)  # fmt: skip
async def test_what_is_no_place_is_not_found(registry: Registry, path: str) -> None:
    """An address that somebody mistyped is answered with a page, in words."""
    assert "Não" in await text_of(registry, path, status=404)


async def test_an_organisation_has_its_page(registry: Registry, teller: Teller, database: str) -> None:
    """The same one click, counted apart from the municipalities."""
    async with connected(database) as connection:
        await roster.add_organisation(connection, "org-exemplo", "Universidade Exemplo (fictícia)")
    await teller.tell("agreement.signed", sister_city(), subject="A", member="org-exemplo")
    assert "1 acordo assinado, desde sempre" in await text_of(registry, "/organizacoes/org-exemplo")
    assert "Universidade Exemplo (fictícia) 1 1" in await text_of(registry, "/organizacoes")
    told = await text_of(registry, "/paises/PT")
    assert "0 acordos assinados por municípios, desde sempre" in told
    assert "Contado à parte: 1 acordo de organização da rede." in told
