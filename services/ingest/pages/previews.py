"""What a preview shows of a sheet: what is doubtful, what is wrong, and some of what is ready. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from services.ingest.pages.typed import Typed
from shared.notices.codelists import code_lists, name_of
from shared.notices.sentences import Language

MOST_QUESTIONS: Final = 60
MOST_ERRORS: Final = 200
MOST_READY: Final = 25
_LEFT_OUT: Final = "-"
_PARTNER: Final = re.compile(r"\(([a-z_]+)(?:, ([A-Z]{2}))?\)")

_decode_rows = msgspec.json.Decoder(list[dict[str, Any]]).decode
_decode_object = msgspec.json.Decoder(dict[str, Any]).decode


class About(NamedTuple):
    """A doubt, and all the rows that have it: one answer serves them all."""

    column: str
    value: str
    detail: str
    candidates: tuple[str, ...]
    rows: list[int]

    @property
    def key(self) -> str:
        """What an answer comes back with."""
        return msgspec.json.encode({"column": self.column, "rows": self.rows}).decode()


class Preview:
    """A preview, taken in piece by piece as the worker gives it; never more of it in memory than is shown."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._doubts: dict[tuple[str, str, str], About] = {}
        self.head: dict[str, Any] = {}
        self.counts: dict[str, int] = {}
        self.errors: list[dict[str, Any]] = []
        self.ready: list[dict[str, Any]] = []
        self.left_out: dict[str, int] = {}

    def take(self, piece: bytes) -> None:
        """Take in the next *piece* of the preview's JSON: its head, some rows, or its end."""
        if not self.head:
            self.head = _decode_object(piece + b"]}")
        elif piece.startswith(b"]"):
            self.counts = _decode_object(b'{"rows":[' + piece)["counts"]
        else:
            for row in _decode_rows(b"[" + piece.removeprefix(b",") + b"]"):
                self._take_row(row)

    @property
    def questions(self) -> list[About]:
        """What is to be answered, what concerns most rows first."""
        asked = sorted(self._doubts.values(), key=lambda about: -len(about.rows))
        return asked[:MOST_QUESTIONS]

    @property
    def further_questions(self) -> int:
        """How many are left for later."""
        return max(0, len(self._doubts) - MOST_QUESTIONS)

    def label(self, column: str, candidate: str) -> str:
        """*candidate* as people call it, where it is a code."""
        field = next((each["field"] for each in self.head["columns"] if each["column"] == column), column)
        names = {"instrument": "instruments", "themes": "themes"}.get(field, "")
        for code in code_lists().get(names, ()):
            if code.code == candidate:
                return code.name.in_language(self._language)
        return _PARTNER.sub(self._partner, candidate) if field in {"partner", "country"} else candidate

    def _partner(self, match: re.Match[str]) -> str:
        """``(city, PT)`` in words."""
        kind, country = name_of("partner_kinds", match[1]), match[2] and name_of("countries", match[2])
        spoken = [each.in_language(self._language) for each in (kind, country) if each]
        return f"({', '.join(spoken)})"

    def _take_row(self, row: dict[str, Any]) -> None:
        for column in row.get("left_out", ()):
            self.left_out[column] = self.left_out.get(column, 0) + 1
        if row["status"] == "ready":
            if len(self.ready) < MOST_READY:
                self.ready.append(row)
            return
        if row["errors"]:
            if len(self.errors) < MOST_ERRORS:
                self.errors.append(row)
            return
        for doubt in row["doubts"]:
            key = (doubt["column"], doubt["value"], doubt["detail"])
            about = self._doubts.get(key)
            if about is None:
                about = About(*key, tuple(doubt["candidates"]), [])
                self._doubts[key] = about
            about.rows.append(row["row"])


def answers(typed: Typed) -> dict[str, dict[str, str]]:
    """The answers to all doubts so far: those of earlier previews, and those that were just given."""
    found: dict[str, dict[str, str]] = {}
    for row, told in _object(typed.one("answered")).items():
        if isinstance(told, dict):
            found[row] = {name: str(value) for name, value in told.items()}
    for number in typed.rows("about"):
        about = _object(typed.one(f"about.{number}"))
        answer = typed.one(f"other.{number}") or typed.one(f"answer.{number}")
        rows, column = about.get("rows"), about.get("column")
        if not answer or not isinstance(rows, Sequence) or not isinstance(column, str):
            continue
        for row in rows:
            found.setdefault(str(row), {})[column] = answer
    return found


def mapping(typed: Typed) -> dict[str, str | None]:
    """What columns mean where somebody said so, by letter: a field, or None to leave the column out."""
    told = {letter: field for letter, field in _object(typed.one("mapping")).items() if _is_field(field)}
    for name, field in _named(typed, "column."):
        if field:
            told[name] = None if field == _LEFT_OUT else field
    return told


def _is_field(field: Any) -> bool:
    return field is None or isinstance(field, str)


def _named(typed: Typed, opening: str) -> Iterator[tuple[str, str]]:
    for name, value in typed.items():
        if name.startswith(opening):
            yield name.removeprefix(opening), value


def _object(text: str) -> Mapping[str, Any]:
    """The JSON object that a page carried along; nothing where somebody meddled with it."""
    try:
        return _decode_object(text) if text else {}
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return {}
