"""Data of any type, in each field something that is found nowhere else: what must be forgotten."""

from datetime import date, timedelta
from itertools import count
from typing import Any, Final

import msgspec
from msgspec import inspect

from shared.notices.dates import HOOKS
from shared.notices.families import Fact

CODES: Final = {"member": "3170206", "country": "BT"}
OF_A_GATE: Final = {"gate": "federal", "status": "approved", "body": "SENADO"}
_FIRST_DAY: Final = date(1931, 1, 1)


class Markers:
    """Makes data, and remembers in *texts* what it put into them."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._numbers = count(1)

    def data_of(self, fact: Fact, **told: Any) -> dict[str, Any]:
        """Valid data of *fact* with every field told; *told*: fields for which the test has a value."""
        fields = inspect.type_info(fact.payload).fields  # type: ignore[attr-defined] # a payload is a struct
        names = {field.encode_name for field in fields}
        fixed = told if "gate" not in names else {**OF_A_GATE, **told}
        data = {
            field.encode_name: self._of(field.type, field.encode_name)
            for field in fields
            if field.encode_name not in fixed
        } | fixed
        msgspec.convert(data, fact.payload, dec_hook=HOOKS.dec_hook)
        return data

    def _of(self, kind: inspect.Type, name: str) -> Any:
        found: Any
        match kind:
            case inspect.Metadata() | inspect.UnionType():
                inner = kind.type if isinstance(kind, inspect.Metadata) else kind.types[0]
                found = self._of(inner, name)
            case inspect.StructType():
                found = {field.encode_name: self._of(field.type, field.encode_name) for field in kind.fields}
            case inspect.ListType():
                found = [self._of(kind.item_type, name)]
            case inspect.LiteralType():
                found = CODES.get(name, kind.values[0])
            case inspect.IntType():
                found = 13
            case inspect.FloatType():
                found = float(self._kept(f"{9_731_000 + next(self._numbers)}.25"))
            case inspect.CustomType():
                found = self._kept((_FIRST_DAY + timedelta(next(self._numbers))).isoformat())
            case _:
                found = CODES.get(name) or self._text(name)
        return found

    def _text(self, name: str) -> str:
        number = next(self._numbers)
        marker = {
            "sha256": f"{number:04}".replace("0", "e") * 16,
            "wikidata": f"Q97310{number:04}",
            "lang": f"pt-zqm{number:04}",
            "value": f"97310{number:04}.25",
            "phone": f"+55 31 3333-{number:04}",
        }.get(name, f"zqmarca{number:04}")
        around = {"url": "https://example.org/{}", "email": "{}@example.mg.gov.br"}
        return around.get(name, "{}").format(self._kept(marker))

    def _kept(self, text: str) -> str:
        self.texts.append(text)
        return text
