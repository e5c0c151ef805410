"""Columns are recognised by what they mean, not by how somebody wrote it down."""

import pytest

from services.ingest.imports.findings import Unusable
from services.ingest.imports.headers import field_of, lay_out, letter
from services.ingest.imports.reading import Sheet, read_sheets
from tests.support.sheets import STATE_HEADER, STATE_ROW, text, workbook


@pytest.mark.parametrize(
    ("title", "field"),
    [
        ("numero_sei", "subject"),
        ("Nº SEI", "subject"),
        ("N.º do Processo", "subject"),
        ("PROCESSO", "subject"),
        ("numero_termo", "number"),
        ("Nº do Termo", "number"),
        ("ano", "year"),
        ("Município", "member"),
        ("MUNICIPIO", "member"),
        ("Cód. IBGE", "member"),
        ("orgao_acordo", "department"),
        ("Órgão responsável", "department"),
        ("parceiro_acordo", "partner"),
        ("Parceiro(s)", "partner"),
        ("Cidade-irmã", "partner"),
        ("Parceiro 2", "partner"),
        ("País", "country"),
        ("PAÍS DO PARCEIRO", "country"),
        ("Objeto do Acordo", "object"),
        ("objeto", "object"),
        ("Tipo de instrumento", "instrument"),
        ("Modalidade", "instrument"),
        ("Instrumento Jurídico", "instrument"),
        ("Data de Assinatura", "signed_on"),
        ("Dt. Assinatura", "signed_on"),
        ("DATA DA ASSINATURA:", "signed_on"),
        ("inicio_vigencia", "effective_on"),
        ("Início da Vigência", "effective_on"),
        ("Vigência (início)", "effective_on"),
        ("fim_vigencia", "ends_on"),
        ("Término da vigência", "ends_on"),
        ("Vigência (fim)", "ends_on"),
        ("Prazo", "ends_on"),
        ("situacao", "situation"),
        ("Situação atual", "situation"),
        ("STATUS", "situation"),
        ("link_documento", "link"),
        ("Valor (R$)", "amount"),
        ("Temas", "themes"),
        ("ODS", "sdgs"),
        ("Observações", "remark"),
        ("protocolo", "protocol"),
        ("Data da rescisão", "ended_on"),
        ("signed_on", "signed_on"),
        ("partner_country", "country"),
        ("Parceirro", "partner"),
        ("Inicio Vigênica", "effective_on"),
        ("cor do gato", None),
        ("", None),
        ("x" * 300, None),
        ("北京", None),
    ],
)
def test_a_title_is_understood(title: str, field: str | None) -> None:
    """Accents, order, abbreviations, capitals and a slip of the pen change nothing."""
    assert field_of(title)[0] == field


def test_the_header_of_the_state_is_understood_whole() -> None:
    """The file that the state publishes."""
    layout = lay_out(read_sheets(text(STATE_HEADER, STATE_ROW)))
    assert [column.field for column in layout.columns] == [
        "year", "number", "subject", "department", "partner", "object", "effective_on", "ends_on",
        "situation", "link", "document_number",
    ]  # fmt: skip


def test_titles_and_blank_rows_above_the_header_are_passed_over() -> None:
    """A sheet is made to be printed."""
    layout = lay_out(
        [Sheet(None, [["RELAÇÃO DE ACORDOS (fictícia)"], [], ["Parceiro", "", "Objeto"], ["A", "", "b"]])]
    )
    assert layout.first == 3
    assert [(column.title, column.at) for column in layout.columns] == [("Parceiro", 0), ("Objeto", 2)]


def test_a_header_in_two_rows_is_read_together() -> None:
    """A word such as "Vigência" stands above "Início" and "Fim"."""
    rows = [["Parceiro", "Objeto", "Vigência", ""], ["", "", "Início", "Fim"], ["A", "b", "2020", "2024"]]
    layout = lay_out([Sheet(None, rows)])
    assert [column.field for column in layout.columns] == ["partner", "object", "effective_on", "ends_on"]
    assert layout.first == 2


def test_of_several_sheets_the_one_that_looks_like_agreements_is_taken() -> None:
    """The first is a cover, the last a list of codes."""
    content = workbook(
        Capa=[["Prefeitura Fictícia"], ["Relatório"]],
        Acordos=[["Município", "Parceiro", "Objeto", "Data"], ["Uberaba", "A", "b", "2020"]],
        Listas=[["Tipo", "País"], ["MOU", "Portugal"]],
    )
    assert lay_out(read_sheets(content)).sheet.name == "Acordos"


def test_a_city_beside_a_country_is_the_foreign_one() -> None:
    """The commonest list of sister cities has no word for partner at all."""
    layout = lay_out([Sheet(None, [["Cidade", "País", "Data"], ["Vila Inventada", "Itália", "2010"]])])
    assert [column.field for column in layout.columns] == ["partner", "country", "signed_on"]


def test_an_unknown_column_is_named_and_no_error() -> None:
    """People keep colours and telephone numbers in their sheets."""
    layout = lay_out([Sheet(None, [["Parceiro", "Objeto", "Cor"], ["A", "b", "azul"]])])
    assert (layout.columns[2].field, layout.columns[2].how) == (None, "unknown")


def test_of_two_columns_that_say_the_same_the_first_is_read() -> None:
    """The other is reported, not mixed in."""
    layout = lay_out([Sheet(None, [["Parceiro", "Objeto", "Descrição do objeto"], ["A", "b", "c"]])])
    assert [column.how for column in layout.columns] == ["exact", "exact", "repeated"]


def test_a_mapping_corrects_what_was_understood() -> None:
    """By title or by letter; null leaves a column out."""
    sheets = [Sheet(None, [["Com quem?", "Objeto", "Data"], ["A", "b", "2020"]])]
    layout = lay_out(sheets, {"com quem?": "partner", "C": None})
    assert [(column.field, column.how) for column in layout.columns] == [
        ("partner", "mapping"), ("object", "exact"), (None, "mapping"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("mapping", "code"),
    [({"Objeto": "colour"}, "unknown_field"), ({"Nada": "title"}, "unknown_column")],
)
def test_a_mapping_of_what_is_not_there_is_refused(mapping: dict[str, str | None], code: str) -> None:
    """With the pointer to the part, and what would be right."""
    with pytest.raises(Unusable) as refused:
        lay_out([Sheet(None, [["Parceiro", "Objeto"], ["A", "b"]])], mapping)
    assert refused.value.code == code
    assert refused.value.errors[0].pointer.startswith("/mapping/")


@pytest.mark.parametrize(
    ("rows", "code"),
    [([["a", "b"], ["1", "2"]], "header_not_recognised"), ([["Parceiro", "Objeto"]], "no_rows")],
)
def test_a_sheet_without_a_header_or_without_rows_is_refused(rows: list[list[str]], code: str) -> None:
    """Rather than read as something that it is not."""
    with pytest.raises(Unusable) as refused:
        lay_out([Sheet(None, rows)])
    assert refused.value.code == code


def test_columns_have_the_letters_of_spreadsheets() -> None:
    """A clerk knows column AA."""
    assert [letter(at) for at in (0, 25, 26, 51, 52, 701, 702)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]
