"""What a JSON Schema says, in words that a person reads: the fields of an object, the kind of each."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from shared.notices.sentences import Language, of_line

_CODES_SHOWN: Final = 16
_APART: Final = frozenset({"Changes"})
"""Objects that are shown at their own place, not wherever they are used."""


_FORMATS: Final = {"date-time": "instant", "reduced-date": "reduced_date", "date": "date"}


class Field(NamedTuple):
    """A field as the page shows it."""

    name: str
    type: str
    says: str
    required: bool


class Fields:
    """Reads schemas that may refer to *schemas*."""

    def __init__(self, schemas: Mapping[str, Any], language: Language, words: Mapping[str, Any]) -> None:
        self._schemas = schemas
        self._language = language
        self._types: Mapping[str, str] = words["types"]

    def of(self, schema: Mapping[str, Any], prefix: str = "") -> Iterator[Field]:
        """The fields of an object, and of the objects in it."""
        required = schema.get("required", ())
        for name, told in schema.get("properties", {}).items():
            path = prefix + name
            yield Field(
                path + ("[]" if self._is_list(told) else ""),
                self.type_of(told),
                of_line(told.get("description", ""), self._language),
                name in required,
            )
            inner = self._object_in(told)
            if inner is not None:
                yield from self.of(inner, f"{path}[]." if self._is_list(told) else f"{path}.")

    def type_of(self, schema: Mapping[str, Any]) -> str:
        """The kind of a value, in a few words."""
        words = self._types
        match schema:
            case {"$ref": reference}:
                return words["changes"] if reference.rpartition("/")[2] in _APART else words["object"]
            case {"anyOf": options}:
                return f" {words['or']} ".join(dict.fromkeys(self.type_of(option) for option in options))
            case {"enum": codes}:
                return self._codes(codes)
            case {"type": "array", "items": items}:
                inner = self.type_of(items)
                return words["list"] if inner == words["object"] else f"{words['list_of']} {inner}"
            case _:
                kind = _FORMATS.get(schema.get("format", ""), schema.get("type", "any"))
                return _bounded(words[kind], schema)

    def _codes(self, codes: list[Any]) -> str:
        if len(codes) > _CODES_SHOWN:
            return self._types["codes"].format(n=len(codes), example=codes[0])
        return " | ".join(str(code) for code in codes)

    def _is_list(self, schema: Mapping[str, Any]) -> bool:
        return any(option.get("type") == "array" for option in schema.get("anyOf", (schema,)))

    def _object_in(self, schema: Mapping[str, Any]) -> Mapping[str, Any] | None:
        for option in schema.get("anyOf", (schema,)):
            reference = option.get("items", option).get("$ref")
            if reference is not None and reference.rpartition("/")[2] not in _APART:
                found: Mapping[str, Any] = self._schemas[reference.rpartition("/")[2]]
                return found
        return None


def _bounded(word: str, schema: Mapping[str, Any]) -> str:
    least, most = schema.get("minimum"), schema.get("maximum", schema.get("maxLength"))
    if least is not None and most is not None:
        return f"{word} ({least}…{most})"
    if most is not None:
        return f"{word} (≤ {most})"
    return word if least is None else f"{word} (≥ {least})"
