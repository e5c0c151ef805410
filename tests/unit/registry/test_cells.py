"""What a cell of a CSV file may begin with."""

import csv
import io
import unicodedata
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.http.cells import BETWEEN, cell, written
from services.registry.http.files import csv_text
from shared.formulas import bare, safe

_FORMULAS = "=+-@＝＋－＠"
_ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
_NASTY = st.text(st.sampled_from([*_FORMULAS, *"\t\r\n ;,\"'ab1", "\u00a0", "\u200b", "\ufeff"]), max_size=12)


@given(_ANY_TEXT | _NASTY)
def test_no_cell_begins_like_a_formula(text: str) -> None:
    """Nor after blanks that a program trims, nor with a tab or return that it drops."""
    told = safe(text)
    assert not told.startswith(("\t", "\r", "\n"))
    seen = told.lstrip("".join(c for c in map(chr, range(0x2070)) if c.isspace()) + "\x00\u200b\u2060\ufeff")
    assert not seen or unicodedata.normalize("NFKC", seen[0]) not in set("=+-@")


@given(_NASTY)
def test_no_part_of_a_cell_becomes_a_formula_where_cells_end_at_a_semicolon(text: str) -> None:
    """A program that is set up for Portuguese splits there: no part may begin like a formula."""
    for part in safe(text).replace("\t", ";").replace("\r", ";").replace("\n", ";").split(";"):
        assert part.lstrip()[:1] not in set("=+@＝＋＠"), part


@given(_ANY_TEXT)
def test_what_is_no_formula_stays_as_it_is(text: str) -> None:
    """An apostrophe is added, or nothing at all: the text is never lost."""
    told = safe(text)
    assert told == text or "'" in told
    if text[:1].isalnum() and not any(mark in text for mark in ";\t\r\n"):
        assert told == text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("=1+1", "'=1+1"),
        ("  =1+1", "'  =1+1"),
        ("\tx", "'\tx"),
        ("－1", "'－1"),
        ("-", "'-"),
        ("a;=1", "a;'=1"),
        ("Metas:\n- água\n- saúde", "Metas:\n- água\n- saúde"),
        ("Metas:\n-1+1", "Metas:\n'-1+1"),
        ("(a=b)", "(a=b)"),
        ("contato@exemplo.org", "contato@exemplo.org"),
        ("", ""),
    ],
)
def test_examples(text: str, told: str) -> None:
    """What people see in their program."""
    assert safe(text) == told


def test_numbers_of_our_own_stay_numbers() -> None:
    """A negative number is no formula; a text that merely stands where a number belongs is no number."""
    assert written(-5, "number") == -5
    assert written("-1234.50", "number") == "-1234.50"
    assert written("-1+1", "number") == "'-1+1"
    assert written("-5", "text") == "'-5"


def test_a_value_travels_as_what_it_is() -> None:
    """Instants in UTC, days as days, several values in one cell, nothing for null."""
    assert cell(datetime(2026, 11, 21, 12, tzinfo=UTC)) == "2026-11-21T12:00:00Z"
    assert cell(date(2026, 11, 21)) == "2026-11-21"
    assert cell(["a", None, 2]) == f"a{BETWEEN}2"
    assert (cell([]), cell(None), written(None, "text")) == (None, None, "")
    assert written(value=True, kind="flag") == "true"


@given(st.lists(st.lists(_ANY_TEXT | _NASTY, min_size=2, max_size=4), min_size=1, max_size=4))
def test_a_file_is_read_back_as_it_was_written(rows: list[list[str]]) -> None:
    """RFC 4180: quotes, commas and line breaks inside cells survive."""
    told = [[safe(text) for text in row] for row in rows]
    text = csv_text(told).decode()
    assert list(csv.reader(io.StringIO(text, newline=""))) == told


@given(_ANY_TEXT | _NASTY)
def test_what_was_made_safe_can_be_made_bare_again(text: str) -> None:
    """A file that was given out comes back corrected: its cells say what they said."""
    if "'" not in text:
        assert bare(safe(text)) == text
