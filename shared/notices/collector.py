"""Every fault of a payload that the fast decoder refused: JSON Schema over the same structs."""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from itertools import islice
from typing import Any

import msgspec
from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.validators import extend

from shared.notices.dates import HOOKS, REDUCED_DATE_FORMAT, BadDate, told_by
from shared.notices.families import FACTS
from shared.notices.faults import fault
from shared.notices.findings import MOST_FINDINGS, FieldError
from shared.notices.jsontypes import name_of_types, name_of_value, type_of
from shared.notices.places import MEMBER_FORMAT, is_member_id
from shared.notices.sentences import Sentence

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_OWN_FORMATS = frozenset({REDUCED_DATE_FORMAT, MEMBER_FORMAT})
_NOT_BLANK = r"\S"


@cache
def schema_of(type_: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of the ``data`` of *type_*; KeyError if there is no such type."""
    payload = FACTS[type_].payload
    described = msgspec.json.schema(payload, schema_hook=HOOKS.schema_hook)
    described["$defs"][payload.__name__].update(payload.rules)
    return {"$schema": _DIALECT, "$id": f"/v1/schemas/{type_}", **described}


def collect(type_: str, data: Any, today: date, index: int | None = None) -> list[FieldError]:
    """Every fault of *data*, told on *today*, as payload of *type_*; none if it is valid."""
    validator = _Validator(_schema_here(type_), format_checker=_formats(today))
    found = (_told(error, index) for top in validator.iter_errors(data) for error in _leaves(top))
    return list({(error.pointer, error.code): error for error in islice(found, MOST_FINDINGS)}.values())


@cache
def _schema_here(type_: str) -> dict[str, Any]:
    """The schema without its address, against which references would be looked up."""
    return {name: part for name, part in schema_of(type_).items() if name != "$id"}


def _formats(today: date) -> FormatChecker:
    checker = FormatChecker(formats=())

    @checker.checks(REDUCED_DATE_FORMAT, raises=ValueError)
    def _is_date(told: object) -> bool:
        return not isinstance(told, str) or bool(told_by(told, today))

    @checker.checks(MEMBER_FORMAT)
    def _is_member(told: object) -> bool:
        return not isinstance(told, str) or is_member_id(told)

    return checker


def _missing(_: Any, names: list[str], value: Any, __: Any) -> Iterator[ValidationError]:
    """``required``, with the error at the field that is missing."""
    if isinstance(value, dict):
        for name in names:
            if name not in value:
                yield ValidationError(name, path=[name])


def _unknown(_: Any, allowed: Any, value: Any, schema: Mapping[str, Any]) -> Iterator[ValidationError]:
    """``additionalProperties: false``, with one error at each field that is too many."""
    if allowed is False and isinstance(value, dict):
        for name in value:
            if name not in schema.get("properties", {}):
                yield ValidationError(name, path=[name])


def _pattern(
    validator: Any, pattern: str, value: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    """``pattern``, unless a format of our own says it more exactly, or the text is too long to search."""
    too_long = isinstance(value, str) and len(value) > schema.get("maxLength", len(value))
    if schema.get("format") not in _OWN_FORMATS and not too_long:
        yield from Draft202012Validator.VALIDATORS["pattern"](validator, pattern, value, schema) or ()


def _items(validator: Any, items: Any, value: Any, schema: Mapping[str, Any]) -> Iterator[ValidationError]:
    """``items``, unless there are too many of them, which is told by itself."""
    if isinstance(value, list) and len(value) <= schema.get("maxItems", len(value)):
        yield from Draft202012Validator.VALIDATORS["items"](validator, items, value, schema) or ()


_types = Draft202012Validator.TYPE_CHECKER.redefine_many(
    {
        "integer": lambda _, value: isinstance(value, int) and not isinstance(value, bool),
        "number": lambda _, value: isinstance(value, int | float) and not isinstance(value, bool),
    }
)
_Validator = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {"required": _missing, "additionalProperties": _unknown, "pattern": _pattern, "items": _items},
    type_checker=_types,
)


def _leaves(error: ValidationError) -> Iterator[ValidationError]:
    """What is wrong with the alternative that was meant; the error itself if none was."""
    if error.validator != "anyOf":
        yield error
        return
    alternatives: dict[Any, list[ValidationError]] = {}
    for inner in error.context or ():
        alternatives.setdefault(inner.schema_path[0], []).append(inner)
    meant = [inner for inner in alternatives.values() if not any(map(_is_other_type, inner))]
    if not meant:
        yield error
        return
    for inner in meant[0]:
        yield from _leaves(inner)


def _is_other_type(error: ValidationError) -> bool:
    return error.validator == "type" and not error.relative_path


def _told(error: ValidationError, index: int | None) -> FieldError:
    path = ("data", *error.absolute_path)
    keyword, schema = str(error.validator), error.schema
    if isinstance(error.cause, BadDate):
        return fault(path, error.cause.code, index=index, sentence=error.cause.sentence)
    code, values = _fault_of(keyword, error.validator_value, error)
    allowed: list[Any] | None = None
    if code == "unknown_code" and isinstance(error.validator_value, list):
        allowed = [one for one in error.validator_value if one is not None]
    elif keyword == "additionalProperties" and isinstance(schema, Mapping):
        allowed = sorted(schema.get("properties", {}))
    return fault(path, code, index=index, allowed=allowed, **values)


def _fault_of(keyword: str, limit: Any, error: ValidationError) -> tuple[str, dict[str, Any]]:
    """The code of a failed JSON Schema *keyword*, and the values for its sentence."""
    if keyword in {"type", "anyOf"} or (keyword == "enum" and not isinstance(error.instance, str)):
        return "invalid_type", {"expected": _expected(error), "found": name_of_value(error.instance)}
    if keyword == "required" and error.message == "country":
        return "country_required", {}
    if keyword == "pattern":
        return _fault_of_form(limit, error.schema)
    if keyword in _LIMITS:
        code, side = _LIMITS[keyword]
        return code, {side: limit}
    return _CODES.get(keyword, "invalid_data"), {}


def _fault_of_form(pattern: str, schema: Any) -> tuple[str, dict[str, Any]]:
    """Nobody should have to read a *pattern*: an example says it, if the *schema* has one."""
    if pattern == _NOT_BLANK:
        return "blank", {}
    examples = schema.get("examples") if isinstance(schema, Mapping) else None
    return ("invalid_format", {"example": examples[0]}) if examples else ("malformed", {})


_CODES = {
    "required": "required",
    "enum": "unknown_code",
    "const": "unknown_code",
    "additionalProperties": "unknown_field",
    "format": "unknown_member",
    "minProperties": "nothing_changed",
}
_LIMITS = {
    "maxLength": ("too_long", "most"),
    "maxItems": ("too_many_items", "most"),
    "maximum": ("too_great", "most"),
    "exclusiveMaximum": ("too_great", "most"),
    "minLength": ("too_short", "least"),
    "minItems": ("too_few_items", "least"),
    "minimum": ("too_small", "least"),
    "exclusiveMinimum": ("too_small", "least"),
}


def _expected(error: ValidationError) -> Sentence:
    """The types that would do, in words."""
    if error.validator == "enum":
        return name_of_types("string")
    if error.validator == "type":
        return name_of_types(str(error.validator_value))
    wanted = {
        str(inner.validator_value): None
        for inner in error.context or ()
        if inner.validator == "type" and not inner.relative_path
    }
    return name_of_types(*wanted) if wanted else name_of_types(type_of(error.instance))
