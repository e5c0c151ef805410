"""The state, countries, regions, themes, goals; and the lists that lead to them."""

import pytest

from tests.support.reading_pages import page_of, text_of
from tests.support.registry import BELO_HORIZONTE, THE_STATE, UBERLANDIA, Registry, Teller, sister_city


async def _told(teller: Teller) -> None:
    """Two cities and the state, with Porto, on culture."""
    data = sister_city(themes=["CULT"], sdgs=[11], signed_on="2024-02-03")
    await teller.tell("agreement.signed", data, subject="A")
    await teller.tell("agreement.signed", data, subject="B", member=UBERLANDIA)
    await teller.tell("agreement.signed", data, subject="C", member=THE_STATE)


@pytest.mark.parametrize(
    ("path", "n"),
    [
        ("/estado", 2),
        ("/paises/PT", 2),
        ("/mesorregioes/triangulo-mineiro-alto-paranaiba", 1),
        ("/temas/CULT", 2),
        ("/ods/11", 2),
    ],
)
async def test_a_group_counts_what_its_municipalities_signed(
    registry: Registry, teller: Teller, path: str, n: int
) -> None:
    """The state's own are counted apart; each agreement once."""
    await _told(teller)
    told = await text_of(registry, path)
    assert f"{n} acordo{'s' if n > 1 else ''} " in told
    if not path.startswith("/mesorregioes"):
        assert "Contado à parte: 1 acordo do Estado" in told
    assert "Uberlândia 1" in told
    assert f"em vigor {n} " in told


async def test_a_group_says_the_numbers_of_the_statistics(registry: Registry, teller: Teller) -> None:
    """A page and a program that ask the same are told the same."""
    await _told(teller)
    await teller.tell("agreement.signed", sister_city(visibility="network"), subject="D")
    for asker in ("anonymous", "office"):
        statistics = await registry.json("/v1/statistics?by=country", asker)
        [portugal] = statistics["items"]
        told = await text_of(registry, "/paises/PT", asker)
        assert f"{portugal['signed']} acordos assinados por municípios" in told


async def test_a_group_without_agreements_says_so(registry: Registry) -> None:
    """An empty page is an answer too: zero, of what is known."""
    told = await text_of(registry, "/paises/JP")
    assert "0 acordos assinados por municípios" in told
    assert "Ainda não há acordo informado." in told


async def test_the_state_says_how_much_of_it_is_heard(registry: Registry, teller: Teller) -> None:
    """The number covers those who told; of the others nobody knows."""
    await teller.tell("agreement.signed", sister_city(), subject="A")
    await teller.tell("municipality.nothing_to_declare", {"as_of": "2026-10"}, member=UBERLANDIA)
    told = await text_of(registry, "/estado")
    assert "2 de 853 municípios já enviaram avisos." in told
    assert "1 declarou que nada tem a informar." in told
    assert "já enviaram avisos" not in await text_of(registry, "/estado?as_of=2020-01-01")


@pytest.mark.parametrize(
    ("path", "row"),
    [
        ("/paises", "Portugal 2"),
        ("/mesorregioes", "Triângulo Mineiro/Alto Paranaíba 1"),
        ("/temas", "cultura e patrimônio 2"),
        ("/ods", "11. Cidades e comunidades sustentáveis 2"),
    ],
)
async def test_lists_lead_to_their_places(registry: Registry, teller: Teller, path: str, row: str) -> None:
    """With the number beside the name."""
    await _told(teller)
    assert row in await text_of(registry, path)


async def test_a_city_is_found_however_it_is_written(registry: Registry) -> None:
    """Without accents, in small letters, in part, by an older spelling, with a typing error."""
    answer = await registry.get("/municipios?q=uberlandia", Accept="text/html")
    assert (answer.status, answer.headers["Location"]) == (303, f"/municipios/{UBERLANDIA}")
    assert "São João del Rei" in await text_of(registry, "/municipios?q=sao+joao")
    mistyped = await page_of(registry, "/municipios?q=belo+horisonte")
    assert f"/municipios/{BELO_HORIZONTE}" in mistyped
    assert "Nenhum município com “xyzw” no nome." in await text_of(registry, "/municipios?q=xyzw")


async def test_the_list_of_cities_is_whole_and_in_order(registry: Registry, teller: Teller) -> None:
    """All 853 over its pages; what nobody knows is no zero, and comes last."""
    await teller.tell("agreement.signed", sister_city(), subject="B", member=UBERLANDIA)
    assert "853 municípios. 1 já enviaram avisos." in await text_of(registry, "/municipios")
    found: list[str] = []
    for number in range(1, 10):
        html = await page_of(registry, f"/municipios?order=signed&page={number}")
        found += [part[:7] for part in html.split('<th scope="row"><a href="/municipios/')[1:]]
    assert len(found) == len(set(found)) == 853
    assert found[0] == UBERLANDIA
    assert (await page_of(registry, "/municipios?page=99")).count('<th scope="row">') == 53
    region = await text_of(registry, "/municipios?mesoregion=Jequitinhonha")
    assert "Diamantina" in region
    assert "Uberlândia" not in region


async def test_pages_speak_english_too(registry: Registry, teller: Teller) -> None:
    """Whole pages: no Portuguese is left over."""
    await _told(teller)
    for path in ("/estado", "/paises/PT", f"/municipios/{UBERLANDIA}", "/municipios", "/temas", "/dados"):
        answer = await registry.get(f"{path}?lang=en", Accept="text/html")
        html = await answer.text()
        assert answer.headers["Content-Language"] == "en"
        for word in ("acordo ", "assinad", "Situação", "município "):
            assert word not in html, (path, word)
