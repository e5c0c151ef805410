"""What a row may tell beside who, what and when. Pure."""

import re
from typing import Any, Final

from services.ingest.imports.cells import is_blank
from services.ingest.imports.days import read_date
from services.ingest.imports.details import (
    addresses_in,
    basis_of,
    goals_in,
    renewal_of,
    themes_in,
    visibility_of,
)
from services.ingest.imports.findings import LEFT_OUT
from services.ingest.imports.money import currency_in, read_amount
from services.ingest.imports.rowcells import Cells, Notes
from services.ingest.imports.wording import AMOUNT_UNCLEAR, THEME_UNCLEAR
from services.ingest.imports.words import cut

_MOST_DOCUMENTS: Final = 10
_MOST_OBJECTIVES: Final = 100
_LONGEST_SHORT: Final = 200
_LONGEST_CODE: Final = 60


def read_extras(cells: Cells, notes: Notes) -> dict[str, Any]:
    """The rest of an agreement's data, as a row tells it."""
    reader = _Reader(cells, notes)
    data: dict[str, Any] = {}
    reader.details(data)
    reader.money(data)
    return data


class _Reader:
    def __init__(self, cells: Cells, notes: Notes) -> None:
        self._cells = cells
        self._notes = notes

    def money(self, data: dict[str, Any]) -> None:
        text = self._cells.text("amount")
        if not text:
            return
        unit = self._cells.text("currency") or self._cells.title("amount")
        money = read_amount(text, currency_in(unit))
        if money.value is not None:
            data["amounts"] = [{"value": money.value, "currency": money.currency}]
        elif not money.blank:
            self._notes.doubt("amount", AMOUNT_UNCLEAR, [*money.candidates, LEFT_OUT])

    def details(self, data: dict[str, Any]) -> None:
        cells = self._cells
        if department := cells.text("department"):
            data["department"] = department
        if themes := self._themes():
            data["themes"] = themes
        if cells.text("sdgs"):
            self._keep(data, "sdgs", list(goals_in(cells.joined("sdgs"))), "sdgs")
        if objectives := cells.text("objectives"):
            parts = [part.strip() for part in re.split(r"[;\n]", objectives) if part.strip()]
            data["objectives"] = [{"text": part} for part in parts[:_MOST_OBJECTIVES]]
        for field, read in (("renewal", renewal_of), ("visibility", visibility_of), ("basis", basis_of)):
            if text := cells.text(field):
                self._keep(data, field, read(text), field)
        if parent := cells.text("parent"):
            data["parent"] = parent
        self._documents(data)
        self._provenance(data)
        if signatory := cells.text("signatory"):
            office = "cargo" in cells.title("signatory").lower()
            self._keep(
                data,
                "signatories",
                [{"office": cut(signatory, _LONGEST_SHORT)}] if office else None,
                "signatory",
            )

    def _documents(self, data: dict[str, Any]) -> None:
        text = self._cells.joined("link")
        if text:
            found = [{"kind": "acordo", "url": address} for address in addresses_in(text)[:_MOST_DOCUMENTS]]
            self._keep(data, "documents", found, "link")
        gazette = self._cells.text("gazette")
        if gazette:
            addresses, published = addresses_in(gazette), read_date(gazette).told
            if addresses:
                data["gazette"] = {"url": addresses[0]}
            else:
                data["gazette"] = {"date": published} if published else {"name": cut(gazette, _LONGEST_SHORT)}

    def _provenance(self, data: dict[str, Any]) -> None:
        source = self._cells.text("source")
        if not source:
            return
        addresses = addresses_in(source)
        told: dict[str, Any] = {"kind": "public_source"}
        if addresses:
            told["url"] = addresses[0]
        else:
            self._notes.leave_out("source")
        if confidence := self._cells.text("confidence"):
            told["confidence"] = cut(confidence, _LONGEST_CODE)
        data["provenance"] = [told]

    def _themes(self) -> list[str]:
        text = self._cells.joined("themes")
        if not text:
            return []
        told, meant = themes_in(text)
        if meant and not self._cells.is_chosen("themes"):
            self._notes.doubt(
                "themes", THEME_UNCLEAR, ["; ".join([*told, code]) for code in meant] + [LEFT_OUT]
            )
        elif not told:
            self._notes.leave_out("themes")
        return list(told)

    def _keep(self, data: dict[str, Any], name: str, value: Any, field: str) -> None:
        """Tell *value*; where the cell's words mean nothing known, say that they are left out."""
        if value:
            data[name] = value
        elif not is_blank(self._cells.raw(field)):
            self._notes.leave_out(field)
