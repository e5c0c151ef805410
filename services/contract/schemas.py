"""JSON Schema (2020-12) of the structs that the code uses, each under one stable name."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec
from msgspec import inspect

from shared.notices.dates import HOOKS
from shared.notices.families import FACTS

PREFIX: Final = "#/components/schemas/"
_INSTANT: Final = {"format": "date-time"}


def name_of_type(type_: str) -> str:
    """What the documents call a notice of *type_*: `br.malha.agreement.signed.v1` is AgreementSignedV1."""
    _, _, family, fact, version = type_.split(".")
    return "".join(word.capitalize() for word in (family, *fact.split("_"), version))


_PAYLOADS: Final[Mapping[type, str]] = {
    fact.payload: f"{name_of_type(type_)}Data" for type_, fact in FACTS.items()
}


class Schemas:
    """Collects what a document describes; two classes of one name are an error."""

    def __init__(self) -> None:
        self._asked: list[tuple[Any, dict[str, Any]]] = []

    def of(self, type_: Any) -> dict[str, Any]:
        """The schema of *type_*: empty until `components` was called."""
        schema: dict[str, Any] = {}
        self._asked.append((type_, schema))
        return schema

    def components(self) -> dict[str, Any]:
        """Every struct that was asked for, or is part of one, by its name."""
        types = [type_ for type_, _ in self._asked]
        structs = {info.cls: info for info in _structs(inspect.multi_type_info(types))}
        names = _names(structs)
        schemas, found = msgspec.json.schema_components(
            types, schema_hook=HOOKS.schema_hook, ref_template=PREFIX + "{name}"
        )
        for (_, asked), schema in zip(self._asked, schemas, strict=True):
            asked.update(_renamed(schema, names))
        by_name = {names[given]: _renamed(schema, names) for given, schema in found.items()}
        for cls, info in structs.items():
            component = by_name[names[_given(cls, structs)]]
            component["title"] = names[_given(cls, structs)]
            _mark_instants(component, info)
        return dict(sorted(by_name.items()))


def _given(cls: type, structs: Mapping[type, Any]) -> str:
    """The name that msgspec gives: the class's own, unless another one has the same."""
    if sum(other.__name__ == cls.__name__ for other in structs) > 1:
        return f"{cls.__module__}.{cls.__qualname__}"
    return cls.__name__


def _names(structs: Mapping[type, Any]) -> dict[str, str]:
    names = {_given(cls, structs): _PAYLOADS.get(cls, cls.__name__) for cls in structs}
    told = list(names.values())
    twice = sorted({name for name in told if told.count(name) > 1})
    if twice:
        raise ValueError(f"more than one struct is called {', '.join(twice)}")
    return names


def _structs(found: Any, seen: set[type] | None = None) -> Iterator[inspect.StructType]:
    """Every struct type within *found*, each once."""
    seen = set() if seen is None else seen
    match found:
        case list() | tuple():
            for each in found:
                yield from _structs(each, seen)
        case inspect.StructType(cls=cls, fields=fields):
            if cls not in seen:
                seen.add(cls)
                yield found
                yield from _structs([each.type for each in fields], seen)
        case inspect.Metadata(type=inner):
            yield from _structs(inner, seen)
        case inspect.UnionType(types=types):
            yield from _structs(types, seen)
        case inspect.TupleType(item_types=types):
            yield from _structs(types, seen)
        case inspect.DictType(value_type=inner):
            yield from _structs(inner, seen)
        case inspect.CollectionType(item_type=inner):
            yield from _structs(inner, seen)


def _renamed(schema: Any, names: Mapping[str, str]) -> Any:
    if isinstance(schema, list):
        return [_renamed(each, names) for each in schema]
    if not isinstance(schema, dict):
        return schema
    told = {key: _renamed(value, names) for key, value in schema.items()}
    reference = told.get("$ref")
    if isinstance(reference, str) and reference.startswith(PREFIX):
        told["$ref"] = PREFIX + names.get(reference.removeprefix(PREFIX), reference.removeprefix(PREFIX))
    return told


def _mark_instants(component: dict[str, Any], info: inspect.StructType) -> None:
    """A datetime is told as RFC 3339, whether its annotation demands an offset or not."""
    for field in info.fields:
        schema = component["properties"][field.encode_name]
        match field.type:
            case inspect.DateTimeType():
                schema.update(_INSTANT)
            case inspect.UnionType(types=types) if any(
                isinstance(one, inspect.DateTimeType) for one in types
            ):
                for option in schema["anyOf"]:
                    if option.get("type") == "string":
                        option.update(_INSTANT)
