"""What a row leaves open is asked, with candidates that settle it; nothing is guessed silently."""

import pytest

from tests.support.sheets import STATE, data_of, doubts_of, judged, row_of, text


@pytest.mark.parametrize(
    ("cells", "column", "candidates"),
    [
        ({"Data de assinatura": "30/05/25"}, "Data de assinatura", ("2025-05-30", "1925-05-30", "-")),
        ({"Data de assinatura": "ontem"}, "Data de assinatura", ("-",)),
        ({"Fim": "2030"}, "Fim", ("2030-12-31", "-")),
        ({"Início": "01/01/2025", "Prazo": "24 meses"}, "Prazo", ("2026-12-31", "Indeterminado", "-")),
        ({"Prazo": "24 meses"}, "Prazo", ("Indeterminado", "-")),
        ({"Início": "01/01/2025", "Fim": "01/01/2020"}, "Fim", ("2020-01-01", "Indeterminado", "-")),
        ({"Situação": "Rescindido", "Fim": "01/01/2020"}, "Situação", ("Rescindido em 2020-01-01", "-")),
        ({"Situação": "Encerrado"}, "Situação", ("-",)),
        ({"Situação": "Vigente", "Fim": "01/01/2020"}, "Situação", ("Encerrado", "Vigente")),
        ({"Situação": "azul"}, "Situação", ("Vigente", "-")),
        (
            {"Situação": "azul", "Fim": "01/01/2020"},
            "Situação",
            ("Encerrado", "Rescindido em 2020-01-01", "Vigente", "-"),
        ),
        ({"Situação": "Suspenso"}, "Situação", ("-",)),
        ({"Situação": "Anulado"}, "Situação", ("-",)),
        ({"Município": "JAQUITAI"}, "Município", ("Jequitaí", "Jequitibá")),
        ({"Valor": "1.234,56"}, "Valor", ("BRL 1234.56", "USD 1234.56", "EUR 1234.56", "-")),
        ({"Temas": "turizmo"}, "Temas", ("TUR", "-")),
        (
            {"Parceiro": "Torino e Milano", "País": "Itália", "Tipo do parceiro": "cidade"},
            "Parceiro",
            ("Torino (city, IT); Milano (city, IT)", "Torino e Milano (city, IT)"),
        ),
        ({"Tipo": "Papel"}, "Tipo", ("OUT", "ACT", "MOU", "IRM", "PI", "CONV", "TC", "ADES", "ACAD", "ADT")),
    ],
)
def test_what_can_be_read_otherwise_is_a_doubt_that_any_candidate_settles(
    cells: dict[str, str], column: str, candidates: tuple[str, ...]
) -> None:
    """Each candidate, given back under the column's name, makes the row ready."""
    row = row_of(cells)
    assert (row.status, doubts_of(row)) == ("doubtful", {column: candidates})
    for candidate in candidates:
        answered = row_of(cells, choices={"2": {column: candidate}})
        assert doubts_of(answered) == {}, candidate
        assert answered.status == "ready" or column == "Município"  # another city's rows are not for this key


def test_an_answer_may_be_given_by_field_by_letter_or_for_all_rows() -> None:
    """The instrument has no column in the state's sheet."""
    header, row = "Processo;Parceiro;Objeto", "P-1;Rede A;Café"
    for name, where in (("instrument", "2"), ("instrument", "*")):
        (answered,) = judged(text(header, row), choices={where: {name: "ACT"}})
        assert (answered.status, data_of(answered)["instrument"]) == ("ready", "ACT")
    (own,) = judged(text(header, row), choices={"*": {"instrument": "ACT"}, "2": {"instrument": "PI"}})
    assert data_of(own)["instrument"] == "PI"


def test_a_name_that_nothing_resembles_may_be_the_city_halls_own() -> None:
    """Suggested, not taken; the coordination, who is no city hall, gets no suggestion."""
    assert doubts_of(row_of({"Município": "B. HTE"})) == {"Município": ("Belo Horizonte",)}
    assert doubts_of(row_of({"Município": "B. HTE"}, member=STATE, blank_member=None)) == {"Município": ()}


def test_what_is_done_does_not_say_by_which_paper() -> None:
    """A technical cooperation may rest on an ACT or on a memorandum; in the column of kinds it is an ACT."""
    row = row_of({"Tipo": "", "Objeto": "Cooperação técnica em águas (fictícia)"})
    assert doubts_of(row)["Tipo"][0] == "ACT"
    assert data_of(row_of({"Tipo": "Cooperação técnica"}))["instrument"] == "ACT"


def test_a_country_that_is_not_known_is_named_in_the_question() -> None:
    """The question stands at the partner; what is unclear is another cell."""
    row = row_of({"Parceiro": "Vila Inventada", "Tipo do parceiro": "cidade", "País": "Portugual"})
    (doubt,) = row.row.doubts
    assert doubt.detail.pt.startswith("Não reconheci o país “Portugual”.")
    assert doubt.candidates[0] == "Vila Inventada (city, PT)"


def test_a_column_of_sister_cities_lets_one_think_of_a_twinning() -> None:
    """A suggestion, the first one; not what is told."""
    (row,) = judged(text("Cidade-irmã;País;Ano", "Vila Inventada;Itália;1998"))
    assert doubts_of(row)["instrument"][0] == "IRM"
    assert doubts_of(row)["Cidade-irmã"][0] == "Vila Inventada (city, IT)"
