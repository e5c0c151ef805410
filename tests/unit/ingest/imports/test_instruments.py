"""Instruments, found by their names and by the numbers that offices give."""

import pytest

from services.ingest.imports.instruments import instrument_in, instrument_of, instrument_of_number


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
