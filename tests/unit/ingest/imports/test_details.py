"""A situation with its day, addresses, themes and goals, beside whatever else a cell holds."""

import pytest

from services.ingest.imports.details import addresses_in, goals_in, themes_in
from services.ingest.imports.situations import read_situation


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
