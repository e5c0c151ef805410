"""Which agreement a row is about: the same row of a sheet sent again is the same notice."""

import pytest

from shared.notices import sheetrows
from tests.support.sheets import CITY, doubts_of, judged, row_of, text


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
