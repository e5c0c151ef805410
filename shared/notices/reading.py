"""Bytes into JSON values, strictly (I-JSON, RFC 7493): in UTF-8, no name twice, nothing that cannot be kept.

The fast decoder decides. It lets a repeated name pass, which is found by counting: written anew, what
it read has as many colons as what came, unless a member was lost on the way (or a colon was written as
an escape, which is looked at slowly). Whatever it refuses is read once more, slowly, to say why.
"""

import json
import math
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, NoReturn

import msgspec

from shared.notices.faults import fault
from shared.notices.findings import FieldError, InvalidEvents
from shared.notices.texts import NUL_ESCAPE, forbidden_characters

DEEPEST = 64
"""How deep structures may be nested."""
MOST_PARTS = 10_000
"""How many values one event may hold; no type comes near it, and looking for faults costs time for each."""

_TEXTS = re.compile(rb'"(?:[^"\\]|\\.)*"')
_AS_ONE_KIND = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")

_COLON_ESCAPE = b"\\u003"
_MOST_DIGITS = 4300
_LEAST_INTEGER, _GREATEST_INTEGER = -(2**63), 2**64 - 1
_SPACE = re.compile(r"[ \t\n\r]*")
_scanner = json.JSONDecoder(parse_int=str)
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


def read_json(body: bytes, index: int | None = None) -> tuple[Any, list[FieldError]]:
    """The JSON value of *body* and what in it cannot be kept; InvalidEvents (400) if it cannot be read.

    *index* is the event's place in its batch, for the findings.
    """
    try:
        value = _decode(body)
        colons = _encode(value).count(b":")
    except (msgspec.MsgspecError, UnicodeError, OverflowError, RecursionError):
        return _read_slowly(body, index, refused=True)
    if colons != body.count(b":") or _COLON_ESCAPE in body or NUL_ESCAPE in body:
        return value, _read_slowly(body, index, refused=False)[1]
    if len(body) > MOST_PARTS or not _is_flat(body):
        _require_bounded(value, index)
    return value, []


def _read_slowly(body: bytes, index: int | None, *, refused: bool) -> tuple[Any, list[FieldError]]:
    try:
        value = json.loads(
            body.decode(), object_pairs_hook=_Object, parse_constant=_refuse_constant, parse_int=_integer
        )
    except UnicodeDecodeError:
        raise InvalidEvents(400, [fault((), "not_utf8", index=index)]) from None
    except json.JSONDecodeError as error:
        found = fault((), "bad_json", index=index, line=error.lineno, column=error.colno)
        raise InvalidEvents(400, [found]) from None
    except RecursionError:
        raise _too_deep(index) from None
    except ValueError:
        raise InvalidEvents(400, [fault((), "unreadable", index=index)]) from None
    _require_bounded(value, index)
    repeated = [fault(path, "repeated_name", index=index) for path in _repeated_names(value)]
    if repeated:
        raise InvalidEvents(400, repeated)
    findings = [fault(path, code, index=index) for path, code in forbidden_characters(value)]
    findings += [fault(path, "number_out_of_range", index=index) for path in _unkept_numbers(value)]
    if refused and not findings:
        raise InvalidEvents(400, [fault((), "unreadable", index=index)])
    return value, findings


def split_batch(body: bytes, most: int) -> list[bytes]:
    """The first *most* events of a batch that the fast decoder refused, each as it came, to be read alone.

    InvalidEvents: 400 if it cannot be split, 422 if it is no list.
    """
    try:
        text = body.decode()
        events = list(islice(_elements(text), most))
    except UnicodeDecodeError:
        raise InvalidEvents(400, [fault((), "not_utf8")]) from None
    except json.JSONDecodeError as error:
        raise InvalidEvents(400, [fault((), "bad_json", line=error.lineno, column=error.colno)]) from None
    except RecursionError:
        raise _too_deep(None) from None
    except ValueError:
        raise InvalidEvents(400, [fault((), "unreadable")]) from None
    return [event.encode() for event in events]


def _elements(text: str) -> Iterator[str]:
    """The texts of the values in a JSON list."""
    at = _after_space(text, 0)
    if text[at : at + 1] != "[":
        json.loads(text)
        raise InvalidEvents(422, [fault((), "not_a_batch")])
    at = _after_space(text, at + 1)
    if text[at : at + 1] == "]":
        _require_end(text, at + 1)
        return
    while True:
        _, end = _scanner.raw_decode(text, at)
        yield text[at:end]
        at = _after_space(text, end)
        if text[at : at + 1] == "]":
            _require_end(text, at + 1)
            return
        if text[at : at + 1] != ",":
            raise json.JSONDecodeError("expected a comma", text, at)
        at = _after_space(text, at + 1)


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return at if found is None else found.end()


def _require_end(text: str, at: int) -> None:
    if _after_space(text, at) != len(text):
        raise json.JSONDecodeError("more than one value", text, at)


class _Object(dict[str, Any]):
    """A JSON object that remembers which of its names came more than once."""

    def __init__(self, members: list[tuple[str, Any]]) -> None:
        super().__init__(members)
        self.repeated: list[str] = []
        if len(self) < len(members):
            seen: set[str] = set()
            for name, _ in members:
                if name in seen and name not in self.repeated:
                    self.repeated.append(name)
                seen.add(name)


def _refuse_constant(_name: str) -> NoReturn:
    raise ValueError("NaN and Infinity are no JSON")


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) < _MOST_DIGITS else math.inf


def _children(value: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)


def _is_flat(body: bytes) -> bool:
    """Whether valid JSON is nested no deeper than it may be: asked of its brackets, fifty times as fast."""
    if body.count(b"{") + body.count(b"[") <= DEEPEST:
        return True
    brackets = _TEXTS.sub(b"", body).translate(_AS_ONE_KIND, _NO_BRACKETS)
    for _ in range(DEEPEST):
        brackets = brackets.replace(b"[]", b"")
        if not brackets:
            return True
    return False


def _require_bounded(value: Any, index: int | None) -> None:
    """Refuse what is nested too deeply or holds too many values, before anybody walks through it."""
    level = [value]
    parts = 1
    for _ in range(DEEPEST):
        children = [child for part in level for _, child in _children(part)]
        parts += len(children)
        if parts > MOST_PARTS:
            raise InvalidEvents(400, [fault((), "too_many_parts", index=index, most=MOST_PARTS)])
        level = [child for child in children if isinstance(child, dict | list)]
        if not level:
            return
    raise _too_deep(index)


def _nodes(value: Any) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), value)]
    while waiting:
        path, part = waiting.pop()
        yield path, part
        waiting.extend(((*path, step), child) for step, child in _children(part))


def _repeated_names(value: Any) -> Iterator[tuple[str | int, ...]]:
    for path, part in _nodes(value):
        if isinstance(part, _Object):
            yield from ((*path, name) for name in part.repeated)


def _unkept_numbers(value: Any) -> Iterator[tuple[str | int, ...]]:
    return (path for path, part in _nodes(value) if _is_unkept(part))


def _is_unkept(value: Any) -> bool:
    if isinstance(value, float):
        return math.isinf(value)
    return isinstance(value, int) and not _LEAST_INTEGER <= value <= _GREATEST_INTEGER


def _too_deep(index: int | None) -> InvalidEvents:
    return InvalidEvents(400, [fault((), "too_deep", index=index, most=DEEPEST)])
