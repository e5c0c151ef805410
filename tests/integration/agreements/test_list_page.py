"""`/acordos`: finding agreements by words and filters, and taking the list away."""

from http import HTTPStatus

from shared.notices.protocol import agreement_id
from tests.integration.agreements.asking import read
from tests.support.indexed import indexed
from tests.support.registry import BELO_HORIZONTE, UBERLANDIA, Registry, Teller, sister_city

PORTO = {"name": "Porto", "kind": "city", "country": "PT"}
NANJING = {"name": "Nanjing", "kind": "city", "country": "CN"}


async def _tell_two(teller: Teller) -> None:
    await teller.tell(
        "agreement.signed", sister_city(title="Águas", partners=[PORTO], themes=["AGUA"]), subject="A"
    )
    await teller.tell(
        "agreement.signed", sister_city(title="Museus", partners=[NANJING]), subject="B", member=UBERLANDIA
    )


async def test_every_filter_of_the_interface_is_one_of_the_page(registry: Registry, teller: Teller) -> None:
    """A citizen finds what a program finds; what is on is shown as a chip that takes it off again."""
    await _tell_two(teller)
    for asked, chip in {
        f"member={BELO_HORIZONTE}": "Belo Horizonte",
        "country=PT": "Portugal",
        "theme=AGUA": "água e saneamento",
        "partner=Porto%7CPT": "Porto · PT",
        "subject=A": "A",
        "mesoregion=Metropolitana+de+Belo+Horizonte": "Metropolitana de Belo Horizonte",
    }.items():
        page = await read(registry, f"/acordos?{asked}")
        assert "Águas" in page.words, asked
        assert "Museus" not in page.words, asked
        assert f"Tirar o filtro: {chip}" in page.words, asked
        assert page.leads_to("/acordos")
        assert page.leads_to(f"/v1/agreements?{asked}&format=csv"), page.links
    for asked in (
        "state=in_force", "instrument=IRM", "kind=municipality", "missing=object", "signed_from=2025-03-01",
        "signed_until=2025-03-01", "as_of=2025-06-01", "known_at=2999-01-01", "sdg=6", "gate=federal",
        "expires_before=2999-01-01", f"parent={agreement_id(BELO_HORIZONTE, 'A')}",
    ):  # fmt: skip
        status = HTTPStatus.BAD_REQUEST if asked.startswith("known_at") else HTTPStatus.OK
        assert "Tirar o filtro:" in (await read(registry, f"/acordos?{asked}", status=status)).words, asked


async def test_a_member_is_found_by_its_name_however_written(registry: Registry, teller: Teller) -> None:
    """Nobody knows IBGE codes by heart; a name that several have is answered with a choice."""
    await _tell_two(teller)
    for typed in ("belo horizonte", "BELO  HORIZONTE", "3106200"):
        page = await read(registry, f"/acordos?member={typed}")
        assert "Águas" in page.words
        assert "Museus" not in page.words
    several = await read(registry, "/acordos?member=santana", status=HTTPStatus.BAD_REQUEST)
    assert "escolha um" in several.words
    assert several.leads_to("/acordos?member=31")
    nobody = await read(registry, "/acordos?member=atlantida", status=HTTPStatus.BAD_REQUEST)
    assert "Não encontramos este membro" in nobody.words


async def test_a_typing_error_is_forgiven_and_said(registry: Registry, teller: Teller, database: str) -> None:
    """What was looked for instead is told, so that nobody takes it for what was asked."""
    await _tell_two(teller)
    await indexed(database)
    page = await read(registry, "/acordos?q=museuss")
    assert "Museus" in page.words
    assert "Nada com “museuss”. Procuramos: museus." in page.words


async def test_a_form_with_empty_fields_asks_for_everything(registry: Registry, teller: Teller) -> None:
    """A browser sends every field of a form, filled in or not."""
    await _tell_two(teller)
    page = await read(registry, "/acordos?q=&country=&member=&signed_from=&lang=pt&utm_source=mail")
    assert "Águas" in page.words
    assert "Museus" in page.words
    assert "Tirar o filtro" not in page.words


async def test_a_filter_that_means_nothing_is_told_at_its_field(registry: Registry) -> None:
    """Nothing typed is lost."""
    page = await read(registry, "/acordos?signed_from=ontem&q=museu", status=HTTPStatus.BAD_REQUEST)
    assert "Informe um dia como AAAA-MM-DD" in page.words
    assert (page.fields["signed_from"], page.fields["q"]) == ("ontem", "museu")
    assert page.leads_to("#signed_from")


async def test_a_long_list_is_read_on(registry: Registry, teller: Teller) -> None:
    """Thirty at a time, under the same filters; none twice and none left out."""
    for number in range(35):
        await teller.tell("agreement.signed", sister_city(title=f"Laço {number:02}."), subject=f"S{number}")
    first = await read(registry, "/acordos?country=PT")
    (onward,) = [link for link in first.links if "cursor=" in link]
    second = await read(registry, onward)
    titles = [f"Laço {number:02}." for number in range(35)]
    assert [title for title in titles if (title in first.words) == (title in second.words)] == []
    assert second.leads_to("/acordos?country=PT")


async def test_nothing_found_says_what_to_try(registry: Registry) -> None:
    """An empty page would leave its reader alone."""
    assert "Nenhum acordo encontrado." in (await read(registry, "/acordos?country=NZ")).words


async def test_each_sees_its_own_list(registry: Registry, teller: Teller) -> None:
    """Public for all, the network's for the network, what is restricted for whom it concerns."""
    for visibility in ("public", "network", "restricted"):
        await teller.tell(
            "agreement.signed",
            sister_city(title=f"Caso {visibility}", visibility=visibility),
            subject=visibility,
        )
    seen = {
        asker: [
            visibility
            for visibility in ("public", "network", "restricted")
            if f"Caso {visibility}" in (await read(registry, "/acordos", asker)).words
        ]
        for asker in ("anonymous", "other", "own", "office", "coordination")
    }
    everything = ["public", "network", "restricted"]
    assert seen == {
        "anonymous": ["public"],
        "other": ["public", "network"],
        "own": everything,
        "office": everything,
        "coordination": everything,
    }
