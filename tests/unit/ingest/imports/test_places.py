"""Who is meant: members, countries, partners, instruments, situations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.imports.countries import country_of
from services.ingest.imports.details import addresses_in, goals_in, themes_in
from services.ingest.imports.instruments import instrument_in, instrument_of, instrument_of_number
from services.ingest.imports.kinds import kind_of
from services.ingest.imports.partners import read_partners
from services.ingest.imports.places import Places
from services.ingest.imports.situations import read_situation

PLACES = Places({"org-camara-ficticia": "Câmara Fictícia de Comércio"})


@pytest.mark.parametrize(
    ("text", "member"),
    [
        ("Belo Horizonte", "3106200"),
        ("BELO HORIZONTE", "3106200"),
        ("belo horizonte - MG", "3106200"),
        ("Belo Horizonte/MG", "3106200"),
        ("Prefeitura Municipal de Uberlândia", "3170206"),
        ("PM DE UBERLANDIA", "3170206"),
        ("Município de São Thomé das Letras", "3165206"),
        ("Brasópolis", "3108909"),
        ("Itabirinha de Mantena", "3131802"),
        ("3106200", "3106200"),
        ("310620", "3106200"),
        ("31.06200", "3106200"),
        ("31", "31"),
        ("Estado de Minas Gerais", "31"),
        ("Governo do Estado de Minas Gerais", "31"),
        ("Câmara Fictícia de Comércio", "org-camara-ficticia"),
        ("org-camara-ficticia", "org-camara-ficticia"),
        ("Dona Euzébia", "3122900"),
        ("Pingo-d'Água", "3150539"),
        ("PINGO D AGUA", "3150539"),
    ],
)
def test_a_member_is_found_by_any_of_its_names(text: str, member: str) -> None:
    """By code, by name, by an older name, with what people write around it."""
    assert PLACES.find(text).id == member


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("JAQUITAI", "Jequitaí"),
        ("Belo Horisonte", "Belo Horizonte"),
        ("Uberlandai", "Uberlândia"),
        ("Contajem", "Contagem"),
    ],
)
def test_a_misspelt_municipality_is_a_doubt_with_candidates(text: str, meant: str) -> None:
    """The likeliest first, and never taken for granted."""
    found = PLACES.find(text)
    assert (found.id, found.candidates[0]) == (None, meant)


@pytest.mark.parametrize("text", ["", "xyz", "北京", "3199999", "99", "Atlântida do Norte Inventada"])
def test_what_is_no_member_has_no_id(text: str) -> None:
    """Nor is it made one."""
    assert PLACES.find(text).id is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Portugal", "PT"),
        ("PORTUGAL", "PT"),
        ("pt", "PT"),
        ("PRT", "PT"),
        ("Itália", "IT"),
        ("Italy", "IT"),
        ("Estados Unidos", "US"),
        ("EUA", "US"),
        ("E.U.A.", "US"),
        ("Inglaterra", "GB"),
        ("Holanda", "NL"),
        ("Coreia do Sul", "KR"),
        ("Coréia do Sul", "KR"),
        ("República Popular da China", "CN"),
        ("Japão", "JP"),
        ("República Tcheca", "CZ"),
        ("Rússia", "RU"),
        ("Vietnã", "VN"),
        ("Alemanha", "DE"),
        ("Brasil", "BR"),
        ("Costa do Marfim", "CI"),
        ("Cabo Verde", "CV"),
        ("Moçambique", "MZ"),
        ("Turquia", "TR"),
    ],
)
def test_a_country_is_found_by_any_of_its_names(text: str, code: str) -> None:
    """In Portuguese, in English, by its codes."""
    assert country_of(text).code == code


@pytest.mark.parametrize(("text", "code"), [("Portugual", "PT"), ("Argetina", "AR"), ("Alemnha", "DE")])
def test_a_misspelt_country_is_a_doubt(text: str, code: str) -> None:
    """Suggested, not taken."""
    found = country_of(text)
    assert found.code is None
    assert code in found.candidates


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


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("MOU", "MOU"),
        ("Memorando de Entendimento", "MOU"),
        ("MEMORANDO DE ENTENDIMENTOS Nº 3", "MOU"),
        ("Acordo de Irmanamento", "IRM"),
        ("Cidades-irmãs", "IRM"),
        ("Protocolo de Intenções", "PI"),
        ("Carta de intenções", "CI"),
        ("Acordo de Cooperação Técnica", "ACT"),
        ("Acordo de Cooperação", "ACT"),
        ("Termo de Cooperação", "TC"),
        ("Convênio", "CONV"),
        ("1º Termo Aditivo ao Convênio", "ADT"),
        ("Termo de Adesão", "ADES"),
        ("Contrato de empréstimo externo", "EMP"),
        ("Doação", "DOA"),
        ("Convênio acadêmico", "ACAD"),
        ("Lei municipal que declara cidade-irmã", "IRM_DECL"),
        ("Carta de Cidade Amiga", "AMI"),
        ("Ajuste Complementar", "AC"),
        ("outro", "OUT"),
    ],
)
def test_an_instrument_is_found_by_its_name(text: str, code: str) -> None:
    """The longest name that is there."""
    assert instrument_of(text).code == code


def test_an_instrument_in_a_text_is_certain_only_where_the_text_begins_with_it() -> None:
    """To "Estabelecer cooperação técnica" says what is done, not what was signed."""
    assert instrument_in("Memorando de Entendimento para o turismo").code == "MOU"
    found = instrument_in("Estabelecer, por convênio, cooperação técnica")
    assert (found.code, found.candidates) == (None, ("CONV", "ACT"))
    assert instrument_in("Café").candidates == ()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("ACT 12/2025", "ACT"),
        ("PI-03/2019", "PI"),
        ("Termo de Cooperação nº 1/2020", "TC"),
        ("001/2025", None),
        ("12", None),
    ],
)
def test_a_number_may_name_its_instrument(text: str, code: str | None) -> None:
    """As offices number their terms."""
    assert instrument_of_number(text).code == code


@pytest.mark.parametrize(
    ("text", "situation", "since"),
    [
        ("Vigente", "open", None),
        ("VIGENTE", "open", None),
        ("Em vigor", "open", None),
        ("Encerrado", "ended", None),
        ("Não vigente", "ended", None),
        ("Rescindido", "terminated", None),
        ("Rescindido em 12/03/2021", "terminated", "2021-03-12"),
        ("Rescindido em 2021-03-12", "terminated", "2021-03-12"),
        ("Denunciado", "terminated", None),
        ("Suspenso", "suspended", None),
        ("Em negociação", "negotiating", None),
        ("Anulado", "void", None),
        ("azul", None, None),
    ],
)
def test_a_situation_is_found_by_its_words(text: str, situation: str | None, since: str | None) -> None:
    """And the day, where somebody wrote it beside."""
    reading = read_situation(text)
    assert (reading.situation, reading.since) == (situation, since)


def test_addresses_themes_and_goals_are_found_in_a_cell() -> None:
    """Beside what is none of them."""
    assert addresses_in("ver www.exemplo.mg.gov.br") == ()
    assert addresses_in("www.exemplo.mg.gov.br/a.pdf") == ("https://www.exemplo.mg.gov.br/a.pdf",)
    assert addresses_in("https://a.example/1 ; http://b.example/2") == (
        "https://a.example/1",
        "http://b.example/2",
    )
    assert addresses_in("Clique aqui") == ()
    assert themes_in("Água e saneamento; turismo") == (("AGUA", "TUR"), ())
    assert themes_in("turizmo") == ((), ("TUR",))
    assert goals_in("ODS 6, ODS 11 e 13") == (6, 11, 13)
    assert goals_in("99") == ()
