"""The sheet as a PDF: one page, tagged, with the letters that people use and nothing that is markup."""

import io
from typing import Any

import msgspec
import pytest
from pypdf import PdfReader

from services.registry.papers.typesetting import UNWRITTEN, typeset, written

pytestmark = pytest.mark.unit
PORTUGUESE = "Ação, coração, José, pêssego, índio, avô, Müller, Ñandú, € 10 – “olá” nº 3º"
EVERY_SCRIPT = "".join(chr(code) for code in range(0x20, 0x3000) if not 0xD800 <= code < 0xE000)


def content(**changes: Any) -> dict[str, Any]:
    """What a sheet says, with *changes*."""
    return {
        "lang": "pt",
        "region": "BR",
        "publisher": "Acordos de Minas",
        "kicker": "resumo",
        "title": "Portugal",
        "as-of": "hoje",
        "warning": None,
        "unknown": "sem informação",
        "figures": [{"n": "33", "says": "assinados"}, {"n": None, "says": "em vigor"}],
        "apart": None,
        "parts": [{"title": "De quem", "rows": [{"says": "Araxá", "n": 3}], "notes": []}],
        "listing": {
            "title": "Os acordos",
            "header": ["Acordo", "De quem", "Prazo", "Situação"],
            "rows": [],
            "total": 0,
            "one-more": "e mais um",
            "more": "e mais {n}",
            "empty": "nenhum",
        },
        "foot": "contam",
        "source": "http://malha.test/paises/PT",
        **changes,
    }


def row(title: str) -> dict[str, str]:
    """A line of the listing."""
    return {"title": title, "kind": "Memorando", "whose": "Araxá", "days": "2025", "state": "vigente"}


def sheet_of(**changes: Any) -> PdfReader:
    """The sheet, read back."""
    return PdfReader(io.BytesIO(typeset(msgspec.json.encode(content(**changes)))))


def text_of(sheet: PdfReader) -> str:
    """What its only page says."""
    [page] = sheet.pages
    return page.extract_text()


def test_portuguese_is_written_as_it_is() -> None:
    """Accents, cedillas, quotes and ordinals can be read, searched and copied."""
    assert PORTUGUESE in " ".join(text_of(sheet_of(title=PORTUGUESE)).split())


def test_the_sheet_is_tagged_and_says_its_language() -> None:
    """PDF/UA: whoever hears it hears headings and a table, in the right language."""
    sheet = sheet_of(listing={**content()["listing"], "rows": [row("Um")], "total": 1})
    assert str(sheet.root_object["/Lang"]) == "pt-BR"
    assert "/Marked" in str(sheet.root_object["/MarkInfo"])
    assert sheet.metadata is not None
    assert sheet.metadata.title == "Portugal · resumo"


def test_it_is_one_page_however_much_there_is() -> None:
    """What has no room is counted."""
    rows = [row(f"Acordo {n} " + "muito comprido " * (n % 6)) for n in range(40)]
    text = text_of(sheet_of(listing={**content()["listing"], "rows": rows, "total": 90}))
    shown = sum(f"Acordo {n} " in text.replace("\n", " ") for n in range(40))
    assert 10 < shown < 40
    assert f"e mais {90 - shown}" in text


def test_a_word_without_end_stays_on_the_page() -> None:
    """It is broken where no word ends; the page stays one."""
    endless = sheet_of(title="T" * 60, listing={**content()["listing"], "rows": [row("x" * 300)], "total": 1})
    assert text_of(endless).count("x") >= 300


@pytest.mark.parametrize(
    "hostile",
    [
        '#read("/etc/passwd")',
        '#link("http://x")[y] *a* _b_ $x^2$ @ref <label>',
        "= Título\n- item",
        "#panic()",
        "\\u{202e}",
        "]]}} #{",
    ],
)
def test_nothing_that_people_wrote_is_markup(hostile: str) -> None:
    """It stands there as it was typed."""
    text = text_of(sheet_of(listing={**content()["listing"], "rows": [row(hostile)], "total": 1}))
    assert "".join(hostile.split()) in "".join(text.split())


def test_every_letter_that_is_let_through_has_a_shape() -> None:
    """PDF/UA refuses a letter that the font lacks: all that may come is typeset here once."""
    assert text_of(sheet_of(foot=EVERY_SCRIPT))


def test_what_the_font_lacks_and_what_turns_text_around_is_left_out() -> None:
    """Other scripts leave a mark; marks that reverse what follows leave nothing."""
    assert written(["江苏省", "a\u202eb", "c\x07d"]) == [UNWRITTEN, "ab", "cd"]
    assert UNWRITTEN in text_of(sheet_of(apart="江苏省 (China)"))
