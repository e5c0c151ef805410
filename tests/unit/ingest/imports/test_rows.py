"""A row becomes notices: what is certain is told, what is not is a doubt, and nothing is guessed silently."""

import pytest

from shared.notices import sheetrows
from tests.support.sheets import (
    CITY,
    STATE,
    STATE_HEADER,
    STATE_ROW,
    data_of,
    doubts_of,
    judged,
    row_of,
    text,
)

REPORTED = "br.malha.agreement.reported.v1"


def test_a_row_of_the_state_is_told_whole() -> None:
    """The header that the state publishes, and one of its rows."""
    (row,) = judged(text(STATE_HEADER, STATE_ROW), member=STATE)
    assert (row.status, row.row.number) == ("ready", 2)
    (notice,) = row.row.notices
    assert (notice["type"], notice["member"], notice["subject"]) == (
        REPORTED,
        STATE,
        "1500.01.0000001/2025-10",
    )
    assert "time" not in notice
    assert notice["data"] == {
        "instrument": "MOU",
        "title": "Memorando de Entendimento fictício sobre água",
        "object": "Memorando de Entendimento fictício sobre água",
        "partners": [{"name": "Rede Fictícia", "kind": "network"}],
        "signed_on": "2025",
        "effective_on": "2025-05-30",
        "ends_on": "2030-05-30",
        "department": "SEDE",
        "documents": [{"kind": "acordo", "url": "https://www.exemplo.mg.gov.br/1.pdf"}],
    }


@pytest.mark.parametrize(
    ("cells", "subject"),
    [
        ({"Processo": "P-1", "Nº do termo": "3", "Ano": "2020"}, "P-1"),
        ({"Processo": "S/N", "Nº do termo": "3", "Ano": "2020"}, "3/2020"),
        ({"Processo": "-", "Nº do termo": "3/2019", "Ano": "2020"}, "3/2019"),
        ({"Processo": "", "Nº do termo": "ACT 12", "Ano": ""}, "ACT 12"),
        ({"Processo": "s/nº", "Nº do termo": "-", "Ano": "2020"}, None),
    ],
)
def test_the_reference_is_the_process_number_else_that_of_the_term(
    cells: dict[str, str], subject: str | None
) -> None:
    """The year makes a number of its own of a 3 that comes every year."""
    assert row_of(cells).row.notices[0].get("subject") == subject


def test_a_row_of_the_same_number_is_the_same_row_whatever_else_it_says() -> None:
    """Row identity: what makes a repeated upload harmless, and a corrected one a correction."""
    one, other = (
        row_of({"Objeto": "A"}),
        row_of({"Objeto": "B", "Parceiro": "Outra Rede", "Tipo": "Convênio"}),
    )
    assert one.row.notices[0]["id"] == other.row.notices[0]["id"]
    assert row_of({"Processo": "P-2"}).row.notices[0]["id"] != one.row.notices[0]["id"]


def test_a_row_without_a_number_is_known_by_partner_instrument_day_and_title() -> None:
    """Its other cells may be corrected without making another agreement of it."""
    bare = {"Processo": "S/N", "Título": "Título fictício", "Data de assinatura": "2020"}
    one, corrected = row_of(bare), row_of({**bare, "Fim da vigência": "2030-01-01"})
    another = row_of({**bare, "Parceiro": "Outra Rede"})
    assert one.row.notices[0]["id"] == corrected.row.notices[0]["id"] != another.row.notices[0]["id"]


def test_a_row_that_an_earlier_report_named_is_that_row() -> None:
    """A sheet without numbers keeps its identity through the report's own column."""
    bare = {"Processo": "S/N", "Título": "Título fictício"}
    first = row_of(bare).row.notices[0]
    protocol = sheetrows.protocol(CITY, first["id"])
    same = row_of({**bare, "protocolo": protocol})
    assert (same.row.notices[0].get("subject"), same.row.told_as) == (None, None)
    changed = row_of({**bare, "Título": "Outro título", "protocolo": protocol})
    assert (changed.row.notices[0]["subject"], changed.row.told_as) == (protocol, protocol)


def test_a_row_that_was_sent_under_another_number_is_a_doubt() -> None:
    """A number that was put right makes another agreement: somebody should know."""
    protocol = sheetrows.protocol(CITY, row_of({}).row.notices[0]["id"])
    assert doubts_of(row_of({"Processo": "P-9", "protocolo": protocol})) == {"Processo": ("P-9",)}
    assert (
        row_of({"Processo": "P-9", "protocolo": protocol}, choices={"2": {"Processo": "P-9"}}).status
        == "ready"
    )


@pytest.mark.parametrize("number", ["1,23E+15", "1.5E15"])
def test_a_number_that_excel_shortened_is_a_doubt(number: str) -> None:
    """The digits that it lost are nowhere to be found."""
    assert "Processo" in doubts_of(row_of({"Processo": number}))


def test_a_number_on_two_different_rows_is_a_doubt_and_on_two_equal_ones_a_repeat() -> None:
    """One process may hold several terms; and a row may have been copied."""
    header = "Processo;Nº do termo;Parceiro;Tipo;Objeto"
    rows = judged(text(header, "P-1;1/2020;Rede A;MOU;a", "P-1;2/2020;Rede B;MOU;b"))
    assert [doubts_of(row)["Processo"] for row in rows] == [("P-1 · 1/2020", "P-1"), ("P-1 · 2/2020", "P-1")]
    answered = judged(
        text(header, "P-1;1/2020;Rede A;MOU;a", "P-1;2/2020;Rede B;MOU;b"),
        choices={"2": {"Processo": "P-1"}, "3": {"Processo": "P-1 · 2/2020"}},
    )
    assert [row.status for row in answered] == ["ready", "ready"]
    copied = judged(text(header, "P-1;1/2020;Rede A;MOU;a", "P-1;1/2020;Rede A;MOU;a"))
    assert [(row.status, row.repeats) for row in copied] == [("ready", None), ("ready", 2)]


def test_two_rows_that_insist_on_one_number_are_wrong_from_the_second_on() -> None:
    """The door takes one content under one identity."""
    rows = judged(
        text("Processo;Parceiro;Tipo;Objeto", "P-1;Rede A;MOU;a", "P-1;Rede B;MOU;b"),
        choices={"*": {"Processo": "P-1"}},
    )
    assert [row.status for row in rows] == ["ready", "wrong"]
    assert rows[1].errors[0].code == "identity_repeated"


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"Data de assinatura": "30/05/2025"}, {"signed_on": "2025-05-30"}),
        ({"Ano": "2020"}, {"signed_on": "2020"}),
        ({"Ano": "2020", "Data de assinatura": "05/2020"}, {"signed_on": "2020-05"}),
        ({"Fim da vigência": "Indeterminado"}, {"ends_on": None}),
        ({"Fim da vigência": ""}, {}),
        ({"Vigência": "01/01/2020 a 31/12/2030"}, {"effective_on": "2020-01-01", "ends_on": "2030-12-31"}),
        (
            {"Início": "2020-01-01", "Fim": "31/12/2030"},
            {"effective_on": "2020-01-01", "ends_on": "2030-12-31"},
        ),
    ],
)
def test_dates_are_told_no_closer_than_they_are_known(
    cells: dict[str, str], told: dict[str, str | None]
) -> None:
    """A year stays a year; no end and an unknown end are two things."""
    data = data_of(row_of(cells))
    assert {name: data[name] for name in ("signed_on", "effective_on", "ends_on") if name in data} == told


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


@pytest.mark.parametrize(
    ("cells", "type_", "data"),
    [
        ({"Situação": "Rescindido em 12/03/2021"}, "terminated", {"effective_on": "2021-03-12"}),
        (
            {"Situação": "Rescindido", "Data da rescisão": "12/03/2021"},
            "terminated",
            {"effective_on": "2021-03-12"},
        ),
        ({"Situação": "Concluído em 12/03/2021"}, "completed", {"effective_on": "2021-03-12"}),
        ({"Situação": "Suspenso em 12/03/2021"}, "suspended", {"effective_on": "2021-03-12"}),
        ({"Data da rescisão": "12/03/2021"}, "terminated", {"effective_on": "2021-03-12"}),
    ],
)
def test_an_end_with_its_day_is_a_second_notice(
    cells: dict[str, str], type_: str, data: dict[str, str]
) -> None:
    """Of the same agreement, after its first telling."""
    row = row_of(cells)
    first, end = row.row.notices
    assert (row.status, first["type"]) == ("ready", REPORTED)
    assert (end["type"], end["data"], end["subject"]) == (
        f"br.malha.agreement.{type_}.v1",
        data,
        first["subject"],
    )


def test_a_term_that_is_over_needs_no_second_notice() -> None:
    """That it has ended follows from its date."""
    row = row_of({"Situação": "Encerrado", "Fim": "01/01/2020"})
    assert (row.status, len(row.row.notices)) == ("ready", 1)


def test_a_negotiation_is_told_as_one_and_leaves_its_name_to_the_agreement() -> None:
    """When it is signed the row tells something new, not something else."""
    year = {"Ano": "2026"}
    negotiating = row_of({**year, "Situação": "Em negociação"})
    signed = row_of({**year, "Situação": "Vigente"})
    assert ("signed_on" in data_of(negotiating), data_of(signed)["signed_on"]) == (False, "2026")
    assert negotiating.row.notices[0]["type"] == "br.malha.agreement.negotiation_opened.v1"
    assert negotiating.row.notices[0]["id"] != signed.row.notices[0]["id"]


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"Parceiro": "-"}, "partner_missing"),
        ({"Objeto": "x" * 6_000}, "too_long"),
        ({"Processo": "x" * 300}, "too_long"),
        ({"Processo": "529.982.247-25"}, "personal_data_in_identifier"),
        ({"Município": "Uberlândia"}, "member_not_allowed"),
    ],
)
def test_what_no_answer_mends_is_wrong_and_names_its_column(cells: dict[str, str], code: str) -> None:
    """The very same checks as at the door."""
    row = row_of(cells, usually_refused={REPORTED: "member_not_allowed"}, refusals={CITY: {}})
    assert (row.status, [error.code for error in (*row.row.errors, *row.errors)]) == ("wrong", [code])
    assert (*row.row.errors, *row.errors)[0].column == next(iter(cells))


def test_a_blank_municipality_is_the_city_halls_own_and_nobodys_for_the_coordination() -> None:
    """Who speaks for all must say for whom."""
    header = "Município;Processo;Parceiro;Tipo;Objeto"
    (own,) = judged(text(header, ";P-1;Rede A;MOU;a"))
    assert own.row.notices[0]["member"] == CITY
    (nobodys,) = judged(text(header, ";P-1;Rede A;MOU;a"), member=STATE, blank_member=None)
    assert [error.code for error in nobodys.row.errors] == ["member_missing"]


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


def test_a_made_up_title_names_the_partners_and_not_the_way_they_were_answered() -> None:
    """The answer's brackets are no part of anybody's name."""
    row = row_of({"Parceiro": "Torino (cidade, Itália); Milano (city, IT)", "Objeto": "", "Tipo": "Convênio"})
    assert data_of(row)["title"] == "Convênio: Torino; Milano"


def test_what_a_cell_holds_and_nobody_can_tell_is_named_as_left_out() -> None:
    """A remark where an address belongs is not sent, and not silently dropped."""
    assert row_of({"Link": "em anexo", "Fonte": "Diário"}).row.left_out == ("Link", "Fonte")


def test_totals_notes_and_repeated_headers_are_no_rows() -> None:
    """A sheet is made to be printed."""
    header = "Parceiro;Tipo;Objeto"
    rows = judged(text(header, "Rede A;MOU;a", ";;", "Total: 1;;", header, "Rede B;MOU;b"))
    assert [row.row.number for row in rows] == [2, 6]


def test_a_column_of_sister_cities_lets_one_think_of_a_twinning() -> None:
    """A suggestion, the first one; not what is told."""
    (row,) = judged(text("Cidade-irmã;País;Ano", "Vila Inventada;Itália;1998"))
    assert doubts_of(row)["instrument"][0] == "IRM"
    assert doubts_of(row)["Cidade-irmã"][0] == "Vila Inventada (city, IT)"
