"""Members and countries as people write them: found by any name, or a doubt with candidates."""

import pytest

from services.ingest.imports.countries import country_of
from services.ingest.imports.places import Places

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
