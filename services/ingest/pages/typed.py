"""What somebody typed into a form, and the data that it amounts to. Pure.

A field's name is its place in the data, with dots: ``partners.0.name``. What is left blank is not told.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from services.ingest.pages.days import day_told, day_typed
from services.ingest.pages.questions import Question
from shared.notices.findings import FieldError

OPEN_ENDED: Final = "open_ended"
"""A box beside `ends_on`: there is no last day."""
_MOST_ROWS: Final = 1_000


class Typed:
    """The fields of a form as they came, each with its values in order."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value.replace("\r\n", "\n").replace("\r", "\n"))

    def one(self, name: str) -> str:
        """The first value of *name*, trimmed; "" without one."""
        return self.raw(name).strip()

    def raw(self, name: str) -> str:
        """The first value of *name* as it was typed."""
        values = self._values.get(name)
        return values[0] if values else ""

    def all(self, name: str) -> list[str]:
        """Every value of *name* that is not blank."""
        return [value.strip() for value in self._values.get(name, ()) if value.strip()]

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def items(self) -> Iterator[tuple[str, str]]:
        """Each value with its name."""
        for name, values in self._values.items():
            for value in values:
                yield name, value

    def rows(self, name: str) -> list[int]:
        """The numbers of the rows of the list *name*."""
        opening = name + "."
        numbers = {
            int(number)
            for told in self._values
            if told.startswith(opening)
            and (number := told[len(opening) :].partition(".")[0]).isdecimal()
            and len(number) < 4  # noqa: PLR2004 - digits
        }
        return sorted(numbers)[:_MOST_ROWS]


class Reading:
    """The data that *typed* amounts to, and which field of the form each part of it came from."""

    def __init__(self, typed: Typed, questions: Sequence[Question], under: str = "") -> None:
        self._typed = typed
        self._came_from: dict[str, str] = {}
        self.data = self._object(questions, under, under.removesuffix("."))

    def field_of(self, error: FieldError) -> str:
        """The name of the form's field that *error* is about."""
        steps = [step for step in error.pointer.split("/")[1:] if step != "data"]
        place = ".".join(steps)
        for known in sorted(self._came_from, key=len, reverse=True):
            if place == known or place.startswith(known + "."):
                return self._came_from[known] + place[len(known) :]
        return place

    def _object(self, questions: Sequence[Question], typed_under: str, place: str) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for question in questions:
            here = f"{place}.{question.name}" if place else question.name
            value = self._value(question, typed_under + question.name, here)
            if value is not None:
                data[question.name] = value
            elif question.name == "ends_on" and self._typed.one(typed_under + OPEN_ENDED):
                data[question.name] = None
        return data

    def _value(self, question: Question, name: str, place: str) -> Any:
        if question.rows:
            return self._rows(question, name, place) or None
        if question.parts:
            return self._object(question.parts, name + ".", place) or None
        if question.kind == "codes":
            return self._typed.all(name) or None
        if question.kind == "numbers":
            return [_number(value) for value in self._typed.all(name)] or None
        text = self._typed.one(name)
        if not text:
            return None
        return day_told(text) if question.kind == "day" else text

    def _rows(self, question: Question, name: str, place: str) -> list[dict[str, Any]]:
        """The rows that hold something, one behind the other: blank ones between them are closed up."""
        rows: list[dict[str, Any]] = []
        for number in self._typed.rows(name):
            here = f"{place}.{len(rows)}"
            row = self._object(question.parts, f"{name}.{number}.", here)
            if row:
                self._came_from[here] = f"{name}.{number}"
                rows.append(row)
        return rows


def shown(data: Mapping[str, Any], questions: Sequence[Question], under: str = "") -> Typed:
    """*data* as a form shows it, to be typed over."""
    return Typed(_pairs(data, questions, under))


def _pairs(data: Mapping[str, Any], questions: Sequence[Question], under: str) -> Iterator[tuple[str, str]]:
    for question in questions:
        value = data.get(question.name)
        name = under + question.name
        if question.rows and isinstance(value, list):
            for number, row in enumerate(value):
                if isinstance(row, dict):
                    yield from _pairs(row, question.parts, f"{name}.{number}.")
        elif question.parts and isinstance(value, dict):
            yield from _pairs(value, question.parts, name + ".")
        elif isinstance(value, list):
            yield from ((name, str(each)) for each in value)
        elif question.name == "ends_on" and question.name in data and value is None:
            yield under + OPEN_ENDED, "1"
        elif value is not None:
            yield name, day_typed(str(value)) if question.kind == "day" else str(value)


def changes(
    before: Mapping[str, Any], after: Mapping[str, Any], questions: Sequence[Question]
) -> dict[str, Any]:
    """What *after*, typed over *before*, says otherwise: {field: new value}, None where it was emptied.

    What the form does not ask stays as it was: it is no part of what was typed.
    """
    found: dict[str, Any] = {}
    for question in questions:
        name = question.name
        old = before.get(name)
        new = _kept(question, old, after.get(name))
        if name == "ends_on" and old is None:
            if name in after and (new is not None or name not in before):
                found[name] = new
        elif not _same(question, old, new):
            found[name] = new
    return found


def _same(question: Question, old: Any, new: Any) -> bool:
    if question.kind in {"codes", "numbers"}:
        return {*(old or ())} == {*(new or ())}
    return bool((old or None) == (new or None))


def _kept(question: Question, old: Any, new: Any) -> Any:
    """*new* with the parts of *old* that the form does not show; of a list those of the row of its name."""
    if question.rows and isinstance(old, list) and isinstance(new, list):
        return [
            _completed(question.parts, _row_of(question, old, at, row), row) for at, row in enumerate(new)
        ]
    if question.parts and isinstance(old, dict):
        return _completed(question.parts, old, new or {}) or None
    if new is not None and not isinstance(old, str) and str(old) == new:
        return old  # a number that was shown as text
    return new


def _row_of(
    question: Question, old: Sequence[Any], at: int, row: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """The row of *old* that *row*, at place *at*, was typed over: of the same name, there or elsewhere."""
    named = question.parts[0].name
    nearest = [*old[at : at + 1], *old]
    found = (each for each in nearest if isinstance(each, dict) and each.get(named) == row.get(named))
    return next(found, None)


def _completed(
    parts: Sequence[Question], old: Mapping[str, Any] | None, new: dict[str, Any]
) -> dict[str, Any]:
    if old is None:
        return new
    asked = {part.name for part in parts}
    told = {name: value for name, value in old.items() if name not in asked}
    if told and not new and all(value in (None, "", [], {}) for value in told.values()):
        return {}
    for part in parts:
        value = _kept(part, old.get(part.name), new.get(part.name))
        if value is not None:
            told[part.name] = value
    return told


def _number(text: str) -> int | str:
    return int(text) if text.isdecimal() and len(text) < 4 else text  # noqa: PLR2004 - digits
