"""A row becomes notices: what is certain is told, and what is wrong names its column."""

import pytest

from tests.support.sheets import CITY, STATE, STATE_HEADER, STATE_ROW, data_of, judged, row_of, text

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
