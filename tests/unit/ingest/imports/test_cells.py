"""What a cell says: nothing, a day, a month, a year, an amount; and what it may say."""

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.ingest.imports.cells import is_blank
from services.ingest.imports.days import Reading, after, last_day, read_date
from services.ingest.imports.money import Money, read_amount
from services.ingest.imports.words import cut, plain, tidy
from shared.notices.dates import ReducedDate


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "-",
        "--",
        "–",
        "—",
        "S/N",
        "s/nº",
        "SN",
        "N/A",
        "n/d",
        "Não informado",
        "#N/D",
        "#REF!",
        "null",
        "...",
        "'-",
        "\u00a0",
        "\u200b",
        "?",
        "***",
        "NÃO CONSTA",
        "Não se aplica",
        "sem informação",
    ],
)
def test_a_blank_is_a_blank_however_it_is_written(text: str) -> None:
    """People do not like to leave a cell empty."""
    assert is_blank(tidy(text))


@pytest.mark.parametrize(
    "text", ["0", "A", "北京", "Москва", "القاهرة", "12", "não", "Nova", "NAÇÃO", "- item"]
)
def test_a_name_is_no_blank_in_whatever_script(text: str) -> None:
    """Partners write their names in letters that are not ours."""
    assert not is_blank(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("30/05/2025", "2025-05-30"),
        ("30/5/2025", "2025-05-30"),
        ("30-05-2025", "2025-05-30"),
        ("30.05.2025", "2025-05-30"),
        ("30 / 05 / 2025", "2025-05-30"),
        ("2025-05-30", "2025-05-30"),
        ("2025-05-30 00:00:00", "2025-05-30"),
        ("2025-05-30T00:00:00Z", "2025-05-30"),
        ("2025/05/30", "2025-05-30"),
        ("2025-05-30 00:00:00.000", "2025-05-30"),
        ("30/05/2025 14:35", "2025-05-30"),
        ("30/05/2025 00:00:00", "2025-05-30"),
        ("45807", "2025-05-30"),
        ("45807.0", "2025-05-30"),
        ("45807,5", "2025-05-30"),
        ("20250530", "2025-05-30"),
        ("30052025", "2025-05-30"),
        ("30 de maio de 2025", "2025-05-30"),
        ("1º de março de 2025", "2025-03-01"),
        ("1° de MARÇO de 2025", "2025-03-01"),
        ("30-mai-2025", "2025-05-30"),
        ("May 30, 2025", "2025-05-30"),
        ("05/2014", "2014-05"),
        ("5/2014", "2014-05"),
        ("2014-05", "2014-05"),
        ("maio de 2014", "2014-05"),
        ("Maio/2014", "2014-05"),
        ("mai/2014", "2014-05"),
        ("2014", "2014"),
        ("2014.0", "2014"),
        (" 2014 ", "2014"),
        ("'30/05/2025", "2025-05-30"),
        ("30/05/2025.", "2025-05-30"),
        ("até 30/05/2025", "2025-05-30"),
        ("Em maio de 2014", "2014-05"),
        ("２０２５-05-30", "2025-05-30"),
    ],
)
def test_a_date_that_can_be_read_in_one_way_is_told(text: str, told: str) -> None:
    """Brazilian, ISO, a spreadsheet's own count, in words; no closer than it is known."""
    assert read_date(text) == Reading(told)


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        ("30/05/25", ("2025-05-30", "1925-05-30")),
        ("30/05/99", ("1999-05-30", "2099-05-30")),
        ("mai/14", ("2014-05", "1914-05")),
        ("31/02/2020", ("2020-02",)),
        ("05/30/2025", ("2025-05-30",)),
        ("13/2019", ("2019",)),
        ("2014 a 2018", ("2014", "2018")),
        ("30/05/2025 (prorrogado)", ("2025-05-30",)),
        ("assinado em 12 de maio de 2014, em Roma", ("2014-05-12",)),
        ("2014-13-01", ("2014-01-13",)),
        ("abc", ()),
        ("0206-01-01", ()),
        ("99/99/9999", ()),
        ("123", ()),
        ("2099999", ()),
    ],
)
def test_a_date_that_can_be_read_otherwise_is_a_doubt(text: str, candidates: tuple[str, ...]) -> None:
    """Suggested, never guessed."""
    assert read_date(text) == Reading(candidates=candidates)


@pytest.mark.parametrize(
    "text",
    [
        "Indeterminado",
        "INDETERMINADA",
        "prazo indeterminado",
        "Por prazo indeterminado",
        "vigência indeterminada",
        "Indefinido",
        "sem prazo",
        "sem prazo definido",
        "sem data de término",
        "permanente",
        "31/12/9999",
        "9999-12-31",
        "9999-12-31 00:00:00",
    ],
)
def test_an_end_that_there_is_none_is_told_as_such(text: str) -> None:
    """Open-ended is something that is known; a blank is not."""
    assert read_date(text) == Reading(open_ended=True)


@pytest.mark.parametrize(
    ("text", "term", "last"),
    [
        ("24 meses", (24, "month"), "2027-05-29"),
        ("5 anos", (5, "year"), "2030-05-29"),
        ("90 dias", (90, "day"), "2025-08-27"),
        ("24 (vinte e quatro) meses", (24, "month"), "2027-05-29"),
        ("12 meses, prorrogáveis", (12, "month"), "2026-05-29"),
    ],
)
def test_a_length_is_counted_from_the_beginning(text: str, term: tuple[int, str], last: str) -> None:
    """A term of 24 months ends on the eve of the same day two years on."""
    assert read_date(text) == Reading(term=term)
    assert after("2025-05-30", term) == last


def test_lengths_stop_at_the_ends_of_months_and_of_the_calendar() -> None:
    """31 January and a month; a year that nobody keeps; a beginning that is known as a month alone."""
    assert after("2024-01-31", (1, "month")) == "2024-02-28"
    assert after("2024-02-29", (1, "year")) == "2025-02-27"
    assert after("2024-01-01", (999, "year")) is None
    assert after("2024-01", (1, "year")) is None


@pytest.mark.parametrize(
    ("told", "last"), [("2014", "2014-12-31"), ("2024-02", "2024-02-29"), ("2024-02-03", "2024-02-03")]
)
def test_a_reduced_date_has_a_last_day(told: str, last: str) -> None:
    """What is needed to say that something is over."""
    assert last_day(told) == last


@given(st.text(max_size=40))
@example("31/12/0000")
@example("²/3/2020")
@example("١٢/٠٣/٢٠٢٠")
def test_whatever_a_cell_holds_a_date_that_is_told_is_one(text: str) -> None:
    """Candidates too: each is something that the door takes."""
    reading = read_date(text)
    for told in (reading.told, *reading.candidates):
        if told is not None:
            ReducedDate.parse(told)


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_every_way_of_writing_a_day_gives_that_day(day: date) -> None:
    """From the Republic's first century to where spreadsheets stop being used."""
    for form in ("%d/%m/%Y", "%Y-%m-%d", "%Y-%m-%d 00:00:00", "%d.%m.%Y", "%d-%m-%Y", "%Y/%m/%d"):
        assert read_date(day.strftime(form)).told == day.isoformat()


@pytest.mark.parametrize(
    ("text", "value", "currency"),
    [
        ("R$ 1.234,56", "1234.56", "BRL"),
        ("R$1.000.000", "1000000", "BRL"),
        ("US$ 461 mi", "461000000", "USD"),
        ("USD 1,234.56", "1234.56", "USD"),
        ("€ 10 mil", "10000", "EUR"),
        ("5,5 milhões de dólares", "5500000", "USD"),
        ("R$ 0,50", "0.5", "BRL"),
        ("2 bilhões de reais", "2000000000", "BRL"),
        ("R$ 1.234", "1234", "BRL"),
    ],
)
def test_an_amount_is_exact(text: str, value: str, currency: str) -> None:
    """Points and commas as they are used here; the currency as it is named."""
    assert read_amount(text) == Money(value, currency)


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        ("1234.56", ("BRL 1234.56", "USD 1234.56", "EUR 1234.56")),
        ("R$ 1,234", ("BRL 1234", "BRL 1.234")),
        ("R$ 10 e US$ 20", ()),
        ("muito", ()),
        ("1e99", ()),
        ("R$ 99999999999999999999", ()),
    ],
)
def test_an_amount_without_a_currency_or_with_two_is_a_doubt(text: str, candidates: tuple[str, ...]) -> None:
    """Reais are likely, not certain."""
    assert read_amount(text) == Money(candidates=candidates)


@pytest.mark.parametrize("text", ["", "-", "R$ 0,00", "0", "R$ -", "Não envolve recursos", "sem repasse"])
def test_no_money_is_no_amount(text: str) -> None:
    """Most agreements move none."""
    assert read_amount(text).blank


@given(st.text(max_size=30))
def test_whatever_a_cell_holds_an_amount_is_a_decimal_or_none(text: str) -> None:
    """And never a failure."""
    money = read_amount(text)
    assert money.value is None or float(money.value) >= 0


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("SÃ£o JoÃ£o", "São João"),
        ("  a   b ", "a b"),
        ("Co\u00adope\u200bração", "Cooperação"),
        ("Sa\u0303o", "São"),
        ("um\r\n\r\n dois", "um\ndois"),
        ("a\x00b", "a b"),
        ("'=1+1", "=1+1"),
        ("\ud800x", "x"),
        ("Munic\u00edpio", "Município"),
        ("AtuaÃ§Ã£o", "Atuação"),
        ("PÃO", "PÃO"),
    ],
)
def test_a_text_is_tidied_and_its_encoding_mended(text: str, mended: str) -> None:
    """What a sheet went through on its way through three programs."""
    assert tidy(text) == mended


@given(st.text())
def test_tidying_twice_is_tidying_once(text: str) -> None:
    """Or a repeated upload would not be a repeat."""
    assert tidy(tidy(text)) == tidy(text)
    assert plain(plain(text)) == plain(text)


@given(st.text(max_size=400), st.integers(2, 300))
def test_a_cut_text_is_never_longer(text: str, most: int) -> None:
    """Titles have a limit."""
    assert len(cut(text, most)) <= most
