"""The types of JSON, named for people."""

from typing import Any

from shared.notices.sentences import Sentence

_NAMES = {
    "string": Sentence("texto entre aspas", "text in quotes"),
    "boolean": Sentence("true ou false", "true or false"),
    "integer": Sentence("um número inteiro", "a whole number"),
    "number": Sentence("um número", "a number"),
    "object": Sentence("um objeto", "an object"),
    "array": Sentence("uma lista", "a list"),
    "null": Sentence("null", "null"),
}
_DECIMAL = Sentence("um número com casas decimais", "a number with decimals")
_OR = Sentence("{one} ou {other}", "{one} or {other}")


def name_of_types(*types: str) -> Sentence:
    """The names of JSON Schema types (``string``, ``null``), joined by "or"."""
    spoken = _NAMES[types[0]]
    for name in types[1:]:
        spoken = _OR.format(one=spoken, other=_NAMES[name])
    return spoken


def name_of_value(value: Any) -> Sentence:
    """The name of the type that a JSON value has."""
    return _DECIMAL if isinstance(value, float) else _NAMES[type_of(value)]


def type_of(value: Any) -> str:
    """The JSON Schema type of a JSON value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "integer" if isinstance(value, int) else "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"
