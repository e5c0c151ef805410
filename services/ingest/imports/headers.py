"""Which row of a sheet names its columns, and what each of them tells. Pure."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final, Literal, NamedTuple

import msgspec
from rapidfuzz import fuzz, process

from services.ingest.imports.fields import FIELDS, IGNORED
from services.ingest.imports.findings import Unusable
from services.ingest.imports.reading import MOST_ROWS, Sheet
from services.ingest.imports.wording import (
    NO_HEADER,
    NO_ROWS,
    TOO_MANY_ROWS,
    UNKNOWN_COLUMN,
    UNKNOWN_FIELD,
)
from services.ingest.imports.words import plain, tidy
from shared.notices.findings import FieldError, pointer_to
from shared.notices.sentences import Language

HIGHEST_HEADER: Final = 40
"""In so many rows from the top is the header looked for."""
LONGEST_TITLE: Final = 120
_ALIKE: Final = 88
_FEWEST_FIELDS: Final = 2
_LETTERS: Final = 26
_STOP_WORDS: Final = frozenset(
    {
        "a",
        "o",
        "as",
        "os",
        "de",
        "da",
        "do",
        "das",
        "dos",
        "e",
        "em",
        "no",
        "na",
        "the",
        "of",
        "para",
        "por",
        "com",
    }
)
_EITHER_CITY: Final = frozenset(
    {"cidade", "cidades", "municipio", "municipios", "nome da cidade", "instituicao"}
)
_WEIGHT: Final = {
    "partner": 3,
    "object": 2,
    "title": 2,
    "signed_on": 2,
    "ends_on": 2,
    "effective_on": 2,
    "instrument": 2,
}


How = Literal["exact", "similar", "mapping", "unknown", "repeated", "ignored"]


class Column(msgspec.Struct, frozen=True):
    """A column: its place from 0, its title as it stands, what it tells (None: nothing), how it is known."""

    at: int
    title: str
    field: str | None
    how: How

    def shown(self, language: Language) -> dict[str, Any]:
        """The column as the preview tells it."""
        return {
            "column": self.title,
            "letter": letter(self.at),
            "field": self.field,
            "meaning": None if self.field is None else FIELDS[self.field].meaning.in_language(language),
            "how": self.how,
        }


class Layout(NamedTuple):
    """How a sheet is to be read: the place of the first row below the header, and the columns."""

    sheet: Sheet
    first: int
    columns: tuple[Column, ...]

    def title_of(self, field: str) -> str:
        """The title of the first column that tells *field*; the field's own name without one."""
        return next((column.title for column in self.columns if column.field == field), field)

    def has(self, field: str) -> bool:
        """Whether some column tells *field*."""
        return any(column.field == field for column in self.columns)

    def number_of(self, at: int) -> int:
        """The number that a spreadsheet shows beside row *at*."""
        return at + 1


Chosen = Mapping[str, str | None]


def lay_out(sheets: Sequence[Sheet], mapping: Chosen | None = None) -> Layout:
    """The sheet that looks most like agreements, understood; Unusable if none does."""
    mapping = mapping or {}
    _require_known(mapping)
    best: tuple[float, Layout] | None = None
    for sheet in sheets:
        for at in range(min(HIGHEST_HEADER, len(sheet.rows))):
            for titles in _titles(sheet.rows, at):
                columns = _columns(titles, mapping)
                told = {column.field for column in columns if column.field is not None}
                score = float(sum(_WEIGHT.get(field, 1) for field in told))
                score += sum(column.how == "exact" for column in columns) / 100
                if _is_header(told, titles, mapping) and (best is None or score > best[0]):
                    best = score, Layout(sheet, at + 1, columns)
    if best is None:
        raise Unusable(422, "header_not_recognised", NO_HEADER, _unmapped(mapping, sheets))
    layout = best[1]
    missing = [name for name in mapping if not any(_names(name, column) for column in layout.columns)]
    if missing:
        raise Unusable(422, "unknown_column", UNKNOWN_COLUMN, _unknown(missing, layout))
    rows = sum(any(row) for row in layout.sheet.rows[layout.first :])
    if not rows:
        raise Unusable(422, "no_rows", NO_ROWS)
    if rows > MOST_ROWS:
        raise Unusable(413, "too_many_rows", TOO_MANY_ROWS)
    return layout


def letter(at: int) -> str:
    """The letters that a spreadsheet shows above column *at*: A, B, … AA."""
    text = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, _LETTERS)
        text = chr(ord("A") + rest) + text
    return text


@cache
def field_of(title: str) -> tuple[str | None, How]:
    """What a column of this *title* tells, if anything, and how sure that is."""
    name = tidy(title)
    if name in FIELDS:
        return name, "exact"
    words = _key(name) if len(name) <= LONGEST_TITLE else ""
    if not words:
        return None, "unknown"
    known = _known()
    for key in (words, words.rstrip("0123456789 "), _singular(words)):
        if key in known:
            return known[key], "exact"
    found = process.extractOne(words, known.keys(), scorer=fuzz.ratio, score_cutoff=_ALIKE)
    return (None, "unknown") if found is None else (known[found[0]], "similar")


def _key(title: str) -> str:
    return " ".join(word for word in plain(title).split() if word not in _STOP_WORDS) or plain(title)


def _singular(words: str) -> str:
    return " ".join(word[:-1] if word.endswith("s") and len(word) > 3 else word for word in words.split())  # noqa: PLR2004


@cache
def _known() -> dict[str, str]:
    known: dict[str, str] = {}
    titles = [(title, name) for name, field in FIELDS.items() for title in (name, *field.titles)]
    # A title that is a key as it stands goes before one that only becomes it without its small words.
    for title, name in sorted(titles, key=lambda each: _key(each[0]) != each[0]):
        known.setdefault(_key(title), name)
    return known


def _titles(rows: Sequence[Sequence[str]], at: int) -> list[list[str]]:
    """The titles in row *at*: alone, and under a row of groups ("Vigência" above "início" and "fim")."""
    alone = [tidy(cell).replace("\n", " ") for cell in rows[at]]
    if at == 0 or not any(rows[at - 1]):
        return [alone]
    groups: list[str] = []
    for place in range(len(alone)):
        above = rows[at - 1][place] if place < len(rows[at - 1]) else ""
        groups.append(tidy(above).replace("\n", " ") or (groups[-1] if groups else ""))
    lower = rows[at - 1]
    own = [tidy(lower[place]) if place < len(lower) else "" for place in range(len(alone))]
    both = [
        f"{group} {title}".strip() if title else above
        for title, group, above in zip(alone, groups, own, strict=True)
    ]
    return [alone, both] if sum(bool(cell) for cell in own) > 1 else [alone]


def _columns(titles: Sequence[str], mapping: Chosen) -> tuple[Column, ...]:
    told: dict[str, int] = {}
    columns: list[Column] = []
    for at, title in enumerate(titles):
        if not title:
            continue
        column = Column(at, title, *field_of(title))
        for name, field in mapping.items():
            if _names(name, column):
                column = Column(at, title, field or None, "mapping")
        columns.append(column)
    names = {column.field for column in columns}
    if "partner" not in names and "country" in names:
        # "Cidade" beside "País" is the foreign city.
        columns = [
            msgspec.structs.replace(column, field="partner")
            if plain(column.title) in _EITHER_CITY
            else column
            for column in columns
        ]
    order = {"mapping": 0, "exact": 1}
    for column in sorted(columns, key=lambda each: (order.get(each.how, 2), each.at)):
        if column.field is not None:
            told.setdefault(column.field, column.at)
    return tuple(_settled(column, told) for column in columns)


def _settled(column: Column, told: Mapping[str, int]) -> Column:
    field = column.field
    if field is None:
        return column if column.how == "mapping" else msgspec.structs.replace(column, how="unknown")
    if not FIELDS[field].many and told[field] != column.at:
        return msgspec.structs.replace(column, field=None, how="repeated")
    if field in IGNORED and column.how != "mapping":
        return msgspec.structs.replace(column, how="ignored")
    return column


def _is_header(told: set[str], titles: Sequence[str], mapping: Chosen) -> bool:
    if mapping and all(
        any(_same(name, title) for title in titles) for name, field in mapping.items() if field
    ):
        return bool(told & {"partner", "object", "title"})
    about = told - {"partner", "partner_kind", "place"}
    return "partner" in told and bool(about) and len(told) >= _FEWEST_FIELDS


def _names(name: str, column: Column) -> bool:
    return _same(name, column.title) or name.strip().upper() == letter(column.at)


def _same(name: str, title: str) -> bool:
    return tidy(name) == title or plain(name) == plain(title)


def _require_known(mapping: Chosen) -> None:
    errors = [
        FieldError(pointer_to(["mapping", name]), "unknown_field", UNKNOWN_FIELD, allowed=tuple(FIELDS))
        for name, field in mapping.items()
        if field and field not in FIELDS
    ]
    if errors:
        raise Unusable(422, "unknown_field", UNKNOWN_FIELD, errors)


def _unmapped(mapping: Chosen, sheets: Sequence[Sheet]) -> list[FieldError]:
    titles = {tidy(cell) for sheet in sheets for row in sheet.rows[:HIGHEST_HEADER] for cell in row}
    return [
        FieldError(pointer_to(["mapping", name]), "unknown_column", UNKNOWN_COLUMN)
        for name in mapping
        if not any(_same(name, title) for title in titles)
    ]


def _unknown(missing: Sequence[str], layout: Layout) -> list[FieldError]:
    allowed = tuple(column.title for column in layout.columns)
    return [
        FieldError(pointer_to(["mapping", name]), "unknown_column", UNKNOWN_COLUMN, allowed)
        for name in missing
    ]
