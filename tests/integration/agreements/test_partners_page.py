"""`/acordos/parceiros`: who else in Minas knows this partner."""

from typing import Any

from tests.integration.agreements.asking import read
from tests.support.indexed import indexed
from tests.support.registry import BELO_HORIZONTE, UBERLANDIA, Registry, Teller, sister_city


def _with(name: str, country: str = "PT", **more: str) -> dict[str, Any]:
    return sister_city(partners=[{"name": name, "kind": "city", "country": country, **more}])


async def _items(
    registry: Registry, typed: str, asker: str = "anonymous", **headers: str
) -> list[dict[str, Any]]:
    answer = await registry.get(
        f"/acordos/parceiros?nome={typed}", asker, Accept="application/json", **headers
    )
    assert answer.status == 200
    found: list[dict[str, Any]] = (await answer.json())["items"]
    return found


async def test_a_partner_is_known_from_the_first_letters(registry: Registry, teller: Teller) -> None:
    """While it is typed, without accents: each partner once, with the members that deal with it."""
    await teller.tell("agreement.signed", _with("Évora"), subject="1")
    await teller.tell("agreement.signed", _with("Evora"), subject="2", member=UBERLANDIA)
    await teller.tell("agreement.signed", _with("Coimbra"), subject="3", member=UBERLANDIA)
    (found,) = await _items(registry, "evo")
    assert (found["country"], found["country_name"]) == ("PT", "Portugal")
    assert {member["id"] for member in found["members"]} == {BELO_HORIZONTE, UBERLANDIA}
    assert found["words"].startswith("Evora (Portugal): ")
    assert await _items(registry, "ev") == []
    assert await _items(registry, "x" * 5_000) == []


async def test_any_word_of_the_name_and_a_typing_error_will_do(
    registry: Registry, teller: Teller, database: str
) -> None:
    """A name is seldom typed as it is registered; with its Wikidata id it is found by name all the same."""
    await teller.tell("agreement.signed", _with("Universidade de Aveiro", wikidata="Q1055028"), subject="1")
    await indexed(database)
    for typed in ("aveiro", "universidade aveiro", "aveirro"):
        (found,) = await _items(registry, typed)
        assert found["name"] == "Universidade de Aveiro", typed


async def test_nobody_learns_of_what_it_may_not_see(
    registry: Registry, teller: Teller, database: str
) -> None:
    """A restricted agreement names its partner to its own member, the office and the coordination."""
    await teller.tell("agreement.signed", {**_with("Segredo"), "visibility": "restricted"}, subject="1")
    await indexed(database)
    for asker in ("anonymous", "other"):
        assert await _items(registry, "segredo", asker) == []
    assert len(await _items(registry, "segredo", "office")) == 1


async def test_who_asks_is_not_told_of_itself(registry: Registry, teller: Teller) -> None:
    """The question is who else."""
    await teller.tell("agreement.signed", _with("Braga"), subject="1")
    assert await _items(registry, "braga", "own") == []
    assert len(await _items(registry, "braga", "other")) == 1


async def test_the_same_is_a_page_without_scripts(registry: Registry, teller: Teller) -> None:
    """With a form of its own, and in the reader's language."""
    await teller.tell("agreement.signed", _with("Berlim", "DE"), subject="1")
    page = await read(registry, "/acordos/parceiros?nome=berl", language="en")
    assert "Berlim ( Germany )" in page.words or "Berlim (Germany)" in page.words
    assert page.leads_to("/acordos/AG-")
    assert "Nobody else" in (await read(registry, "/acordos/parceiros?nome=atlantida", language="en")).words
    assert (await _items(registry, "berl", Accept_Language="en"))[0]["country_name"] == "Germany"
