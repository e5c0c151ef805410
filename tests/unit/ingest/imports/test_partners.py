"""Partners and their kinds, as people write them into one cell: each found, or a doubt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.imports.kinds import kind_of
from services.ingest.imports.partners import read_partners


@pytest.mark.parametrize(
    ("text", "kind", "country", "partners"),
    [
        ("Vila Inventada", "cidade", "Itália", [("Vila Inventada", "city", "IT")]),
        ("Torino; Milano", "city", "IT", [("Torino", "city", "IT"), ("Milano", "city", "IT")]),
        ("Torino; Lyon", "city", "Itália; França", [("Torino", "city", "IT"), ("Lyon", "city", "FR")]),
        ("Torino\nMilano", "city", "IT", [("Torino", "city", "IT"), ("Milano", "city", "IT")]),
        ("Universidade Fictícia", "", "Portugal", [("Universidade Fictícia", "university", "PT")]),
        ("Comune di Torino, Itália", "", "", [("Comune di Torino", "city", "IT")]),
        ("Cidade do Porto (Portugal)", "", "", [("Cidade do Porto", "city", "PT")]),
        ("Prefeitura de Lima - Peru", "", "", [("Prefeitura de Lima", "city", "PE")]),
        (
            "Torino (city, IT); ICLEI (network)",
            "",
            "",
            [("Torino", "city", "IT"), ("ICLEI", "network", None)],
        ),
        ("Torino (cidade, Itália)", "", "", [("Torino", "city", "IT")]),
        ("Governo da Itália", "", "", [("Governo da Itália", "nation", "IT")]),
        ("Portugal", "", "", [("Portugal", "nation", "PT")]),
        (
            "ICLEI - Governos Locais pela Sustentabilidade",
            "",
            "",
            [("ICLEI - Governos Locais pela Sustentabilidade", "network", None)],
        ),
        ("Banco Mundial (BIRD)", "", "", [("Banco Mundial (BIRD)", "bank", None)]),
        ("Ministério Fictício de Cuba (other)", "", "", [("Ministério Fictício de Cuba", "other", None)]),
        ("UNESCO", "", "", [("UNESCO", "international_organisation", None)]),
        ("北京市", "city", "China", [("北京市", "city", "CN")]),
        ("SÃ£o TomÃ©", "city", "PT", [("São Tomé", "city", "PT")]),
    ],
)
def test_a_partner_that_is_said_whole_is_told(
    text: str, kind: str, country: str, partners: list[tuple[str, str, str | None]]
) -> None:
    """From its own words and from the columns beside it."""
    reading = read_partners(text, kind=kind, countries=country)
    assert [(each["name"], each["kind"], each.get("country")) for each in reading.partners] == partners


@pytest.mark.parametrize(
    ("text", "first", "divided"),
    [
        ("Torino / Comune di Milano", "Torino (city, IT); Comune di Milano (city, IT)", True),
        ("Torino e Milano", "Torino (city, IT); Milano (city, IT)", True),
        ("Torino/Milano", "Torino (city, IT); Milano (city, IT)", True),
        ("Universidade de Coimbra", "Universidade de Coimbra (university, PT)", False),
        ("Prefeitura Municipal de Uberlândia", "Prefeitura Municipal de Uberlândia (city, BR)", False),
        ("Empresa Fictícia Ltda", "Empresa Fictícia Ltda (company, BR)", False),
        ("Jiangsu", "Jiangsu (region, CN)", False),
        ("JICA", "JICA (agency, JP)", False),
        ("Fulano de Ninguém", "Fulano de Ninguém (other)", False),
        ("Região Inventada", "Região Inventada (other)", False),
        ("Ministério Fictício da Saúde de Cuba", "Ministério Fictício da Saúde de Cuba (other, CU)", False),
    ],
)
def test_a_partner_of_which_something_is_missing_is_a_doubt(text: str, first: str, divided: bool) -> None:  # noqa: FBT001
    """The likeliest reading first; a province lets one think of a country, and no more."""
    reading = read_partners(text)
    assert (reading.partners, reading.divided) == ((), divided)
    assert reading.candidates[0] == first


@pytest.mark.parametrize(
    "text",
    [
        "Ministério da Ciência e Tecnologia",
        "Secretaria de Educação e Cultura",
        "Fundação Ciência e Vida",
        "Instituto Água e Terra",
        "Câmara de Indústria e Comércio",
        "Conselho de Arquitetura e Urbanismo",
    ],
)
def test_an_and_within_one_name_divides_nothing(text: str) -> None:
    """Ministries have an "e" in their names."""
    assert [each["name"] for each in read_partners(text).partners] == [text]


@given(st.text(max_size=80), st.text(max_size=20), st.text(max_size=20))
def test_every_candidate_is_an_answer(text: str, kind: str, country: str) -> None:
    """What is suggested can be chosen as it stands, and leaves no doubt."""
    for candidate in read_partners(text, kind=kind, countries=country).candidates:
        chosen = read_partners(candidate, chosen=True)
        assert chosen.partners, candidate


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("cidade", "city"),
        ("Universidades", "university"),
        ("REDE", "network"),
        ("Empresa privada", "company"),
        ("organismo internacional", "international_organisation"),
        ("", None),
        ("azul", None),
    ],
)
def test_a_kind_is_found_by_its_names(text: str, kind: str | None) -> None:
    """A column of kinds is written for people."""
    assert kind_of(text) == kind
