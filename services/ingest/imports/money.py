"""What a cell says of money. Pure; what can be read in two ways is told as both."""

import re
from decimal import Decimal
from typing import Final, NamedTuple

from services.ingest.imports.cells import is_blank
from services.ingest.imports.vocabulary import words_of
from services.ingest.imports.words import plain, tidy
from shared.notices.codelists import code_lists

_NO_AMOUNT: Final = frozenset(words_of("cells")["no_amount"])
_CURRENCIES: Final = (
    (re.compile(r"R\$|\bBRL\b|\breais\b|\breal\b", re.IGNORECASE), "BRL"),
    (re.compile(r"US\$|U\$S?|\bUSD\b|\bd[oó]lar(?:es)?\b", re.IGNORECASE), "USD"),
    (re.compile(r"€|\bEUR\b|\beuros?\b", re.IGNORECASE), "EUR"),
    (re.compile(r"£|\bGBP\b|\blibras?\b", re.IGNORECASE), "GBP"),
    (re.compile(r"\bJPY\b|\bienes?\b", re.IGNORECASE), "JPY"),
    (re.compile(r"\bCNY\b|\bRMB\b|\byuan(?:es|s)?\b", re.IGNORECASE), "CNY"),
    (re.compile(r"\bCHF\b|\bfrancos? su[ií]ços?\b", re.IGNORECASE), "CHF"),
)
_SCALES: Final = {
    "mil": 3, "k": 3, "mi": 6, "mm": 6, "milhao": 6, "milhoes": 6, "m": 6, "million": 6, "millions": 6,
    "bi": 9, "bilhao": 9, "bilhoes": 9, "billion": 9, "bn": 9,
}  # fmt: skip
_CODES: Final = frozenset(code.code for code in code_lists()["currencies"])
_NUMBER: Final = re.compile(r"\d[\d.,' \u00a0]*")
_MOST_DIGITS: Final = 18


class Money(NamedTuple):
    """An amount: *value* a decimal string, *currency* ISO 4217; or what it may be; or nothing that is one."""

    value: str | None = None
    currency: str | None = None
    candidates: tuple[str, ...] = ()
    blank: bool = False


def read_amount(text: str, currency: str | None = None) -> Money:
    """What a cell says of money, in *currency* unless it names one: ``R$ 1.234,56``, ``US$ 461 mi``."""
    said = tidy(text)
    if is_blank(said) or plain(said) in _NO_AMOUNT:
        return Money(blank=True)
    named = list(dict.fromkeys(code for pattern, code in _CURRENCIES if pattern.search(said)))
    numbers = _NUMBER.findall(said)
    if len(numbers) != 1 or len(named) > 1:
        return Money()
    scale = next((_SCALES[word] for word in plain(said).split() if word in _SCALES), 0)
    values = [_scaled(value, scale) for value in _numbers(numbers[0].strip(" \u00a0'"))]
    values = [value for value in dict.fromkeys(values) if value is not None]
    known = named[0] if named else currency
    if len(values) == 1 and known is not None:
        return Money(values[0], known)
    wanted = (known,) if known else ("BRL", "USD", "EUR")
    return Money(candidates=tuple(f"{code} {value}" for value in values for code in wanted if value))


def currency_in(text: str) -> str | None:
    """The one currency that *text* names, by its sign, its code or its name."""
    named = {code for pattern, code in _CURRENCIES if pattern.search(text)}
    if not named and text.strip().upper() in _CODES:
        return text.strip().upper()
    return named.pop() if len(named) == 1 else None


def _numbers(text: str) -> list[str]:
    """The plain decimals that a number with points and commas may mean."""
    digits = text.replace(" ", "").replace("\u00a0", "").replace("'", "").rstrip(".,")
    point, comma = digits.rfind("."), digits.rfind(",")
    if point < 0 and comma < 0:
        return [digits]
    if point >= 0 and comma >= 0:
        decimal, thousands = (",", ".") if comma > point else (".", ",")
        return [digits.replace(thousands, "").replace(decimal, ".")]
    mark = "." if point >= 0 else ","
    groups = digits.split(mark)
    is_grouped = len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])  # noqa: PLR2004
    if len(groups) > 2:  # noqa: PLR2004
        return ["".join(groups)] if is_grouped else []
    if not is_grouped:
        return [".".join(groups)]
    # 1.234 is one thousand here; 1,234 may be either.
    return ["".join(groups)] if mark == "." else ["".join(groups), ".".join(groups)]


def _scaled(number: str, scale: int) -> str | None:
    try:
        value = Decimal(number).scaleb(scale)
    except ArithmeticError:
        return None
    text = f"{value.normalize():f}" if value else "0"
    whole, _, decimals = text.partition(".")
    return text if len(whole) <= _MOST_DIGITS and len(decimals) <= 6 else None  # noqa: PLR2004
