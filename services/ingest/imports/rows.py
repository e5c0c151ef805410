"""A row of a sheet becomes notices: what is certain is told, what is not is a doubt. Pure."""

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

import msgspec

from services.ingest.imports.cells import is_blank, read_amount
from services.ingest.imports.details import (
    addresses_in,
    basis_of,
    goals_in,
    renewal_of,
    themes_in,
    visibility_of,
)
from services.ingest.imports.findings import LEFT_OUT, Doubt, RowError, first_of
from services.ingest.imports.headers import Layout
from services.ingest.imports.instruments import instrument_in, instrument_of, instrument_of_number
from services.ingest.imports.partners import read_partners
from services.ingest.imports.places import Places
from services.ingest.imports.rowcells import Cells
from services.ingest.imports.terms import NEGOTIATING, REPORTED, Terms, read_terms
from services.ingest.imports.wording import (
    AMOUNT_UNCLEAR,
    EXCEL_LOST_DIGITS,
    INSTRUMENT_UNKNOWN,
    MEMBER_MISSING,
    MEMBER_UNCLEAR,
    PARTNER_MISSING,
    PARTNER_UNCLEAR,
    PARTNERS_UNCLEAR,
    RENUMBERED,
    SUBJECT_SHARED,
    THEME_UNCLEAR,
    TITLE_MISSING,
)
from services.ingest.imports.words import cut
from shared.notices import sheetrows
from shared.notices.codelists import name_of

LONGEST_TITLE: Final = 200
"""Of a title that is made of an object."""
LONGEST_SUBJECT: Final = 200
_LOST_DIGITS: Final = re.compile(r"\d(?:[.,]\d+)?E\+?\d{2,}", re.IGNORECASE)
_YEAR_IN_NUMBER: Final = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)|/\d{2}$|[-/]\d{2}\b")
_HINTS: Final = {
    "IRM": "city",
    "IRM_DECL": "city",
    "AMI": "city",
    "ACAD": "university",
    "EMP": "bank",
    "ADES": "network",
}
_LIKELY_INSTRUMENTS: Final = ("ACT", "MOU", "IRM", "PI", "CONV", "TC", "ADES", "ACAD", "ADT", "OUT")


class Situated(msgspec.Struct, frozen=True):
    """What all rows of a file have in common."""

    layout: Layout
    places: Places
    member: str | None
    """Whose agreements they are where no column says it."""
    blank_member: str | None
    """Whose they are where such a column is blank."""
    today: str
    backfill: bool
    shared_subjects: frozenset[str]
    """Process numbers that stand on several different rows."""


class Row(msgspec.Struct, frozen=True):
    """What became of one row. *notices*: the first telling, then what more is to be told."""

    number: int
    notices: tuple[dict[str, Any], ...]
    doubts: tuple[Doubt, ...]
    errors: tuple[RowError, ...]
    left_out: tuple[str, ...] = ()
    """Titles of the columns whose cells hold something that cannot be told."""
    told_as: str | None = None
    """The protocol under which an earlier sheet told a row that has no number of its own."""

    @property
    def status(self) -> str:
        """``ready``, ``doubtful`` or ``wrong``."""
        return "wrong" if self.errors else "doubtful" if self.doubts else "ready"


def read_row(at: int, here: Situated, choices: Mapping[str, str]) -> Row:
    """The row at place *at*, with *choices* (column or field: value) instead of what its cells say."""
    reader = _Reader(Cells(here.layout, at, choices), here)
    notices = reader.read()
    number = here.layout.number_of(at)
    return Row(
        number,
        tuple(notices),
        tuple(reader.doubts.values()),
        tuple(reader.errors),
        tuple(reader.left_out),
        reader.told_as,
    )


def subject_of(cells: Cells) -> str | None:
    """The reference that a row gives its agreement: the process number, else that of the instrument."""
    return cells.text("subject") or number_of(cells) or None


def number_of(cells: Cells) -> str:
    """The number of the instrument, with its year; "" without."""
    number, year = cells.text("number"), cells.text("year")
    return f"{number}/{year}" if number and year and _YEAR_IN_NUMBER.search(number) is None else number


class _Reader:
    """Reads one row. A doubt does not stop the reading: everything about a row is told at once."""

    def __init__(self, cells: Cells, here: Situated) -> None:
        self._cells = cells
        self._here = here
        self.doubts: dict[str, Doubt] = {}
        self.errors: list[RowError] = []
        self.left_out: list[str] = []
        self.told_as: str | None = None

    def read(self) -> list[dict[str, Any]]:
        """The notices that the row amounts to; as far as it is understood, if it leaves doubts."""
        data: dict[str, Any] = {}
        member = self._member()
        instrument = self._instrument()
        data["instrument"] = instrument or "OUT"
        self._partners(data, instrument)
        self._titles(data)
        terms = read_terms(self._cells, self._here.today)
        for doubt in terms.doubts:
            self.doubts.setdefault(doubt.column, doubt)
        data |= terms.data
        self._details(data)
        self._money(data)
        subject = self._subject(data)
        if member is None:
            return []
        return self._notices(member, subject, data, terms)

    def _notices(
        self, member: str, subject: str | None, data: dict[str, Any], terms: Terms
    ) -> list[dict[str, Any]]:
        key = self._natural_key(data)
        first = sheetrows.first_id(subject, key, negotiating=terms.first_type == NEGOTIATING)
        told = self._cells.protocol()
        if told is not None and told != sheetrows.protocol(member, first):
            negotiated = sheetrows.protocol(member, sheetrows.first_id(subject, key, negotiating=True))
            if terms.first_type == REPORTED and told == negotiated:
                subject = subject or told
            elif subject is None:
                self.told_as = subject = told
            elif not self._cells.is_chosen("subject"):
                self._doubt("subject", RENUMBERED.format(protocol=told), [subject])
        event: dict[str, Any] = {
            "specversion": "1.0",
            "id": first,
            "source": sheetrows.SOURCE,
            "type": terms.first_type,
            "member": member,
            "subject": subject,
            "backfill": self._here.backfill,
            "data": data,
        }
        if subject is None:
            del event["subject"]
        notices = [event]
        if terms.further is not None:
            type_, told_data = terms.further
            told_first = self.told_as or sheetrows.protocol(member, first)
            end = {"id": sheetrows.end_id(told_first), "subject": subject or told_first}
            notices.append({**event, **end, "type": type_, "data": told_data})
        return notices

    def _natural_key(self, data: Mapping[str, Any]) -> Sequence[str]:
        """What tells a row without a number from all others; its other cells may be corrected."""
        names = sorted(partner["name"] for partner in data.get("partners", ()))
        return [str(data["instrument"]), *names, data.get("signed_on", ""), data.get("title", "")]

    def _doubt(
        self, field: str, detail: Any, candidates: Sequence[str], *, column: str | None = None
    ) -> None:
        title = column or self._here.layout.title_of(field)
        doubt = Doubt(title, self._cells.raw(field), first_of(candidates), detail)
        self.doubts.setdefault(title, doubt)

    def _error(self, field: str, code: str, detail: Any) -> None:
        self.errors.append(RowError(self._here.layout.title_of(field), code, detail))

    def _member(self) -> str | None:
        text = self._cells.text("member")
        if not text:
            member = self._here.blank_member if self._here.layout.has("member") else self._here.member
            if member is None:
                self._error("member", "member_missing", MEMBER_MISSING)
            return member
        found = self._here.places.find(text)
        if found.id is None:
            self._doubt("member", MEMBER_UNCLEAR, found.candidates)
        return found.id

    def _subject(self, data: Mapping[str, Any]) -> str | None:
        subject = subject_of(self._cells)
        if subject is None:
            return None
        field = "subject" if self._cells.text("subject") else "number"
        if _LOST_DIGITS.fullmatch(subject):
            self._doubt(field, EXCEL_LOST_DIGITS, [LEFT_OUT])
        elif subject in self._here.shared_subjects and not self._cells.is_chosen(field):
            apart = number_of(self._cells)
            if not apart or apart == subject:
                apart = next((partner["name"] for partner in data.get("partners", ())), "")
                apart = apart or cut(data.get("title", ""), 60)
            apart = apart or sha256(repr(data).encode()).hexdigest()[:6]
            self._doubt(field, SUBJECT_SHARED, [cut(f"{subject} · {apart}", LONGEST_SUBJECT), subject])
        return subject

    def _instrument(self) -> str | None:
        told = self._cells.text("instrument")
        number = self._cells.text("number")
        candidates: list[str] = []
        if told:
            found = instrument_of(told)
            if found.code is not None:
                return found.code
            candidates.extend(found.candidates)
        elif number and (named := instrument_of_number(number).code) is not None:
            return named
        for field in ("title", "object"):
            named_in = instrument_in(self._cells.text(field))
            if named_in.code is not None and not told and not candidates:
                return named_in.code
            candidates.extend(code for code in (named_in.code, *named_in.candidates) if code)
        first = candidates or ["OUT"]
        self._doubt("instrument", INSTRUMENT_UNKNOWN, [*first, *_LIKELY_INSTRUMENTS])
        return None

    def _partners(self, data: dict[str, Any], instrument: str | None) -> None:
        reading = read_partners(
            self._cells.joined("partner"),
            kind=self._cells.text("partner_kind"),
            countries=self._cells.text("country"),
            hint=_HINTS.get(instrument or ""),
            chosen=self._cells.is_chosen("partner"),
        )
        if reading.blank:
            self._error("partner", "partner_missing", PARTNER_MISSING)
            return
        if reading.candidates:
            self._doubt(
                "partner", PARTNERS_UNCLEAR if reading.divided else PARTNER_UNCLEAR, reading.candidates
            )
            return
        partners = [dict(partner) for partner in reading.partners]
        place = self._cells.text("place")
        if place and len(partners) == 1 and place != partners[0]["name"]:
            partners[0]["place"] = place
        data["partners"] = partners

    def _titles(self, data: dict[str, Any]) -> None:
        title, purpose = self._cells.text("title"), self._cells.text("object")
        if purpose:
            data["object"] = purpose
        if not title and purpose:
            title = cut(purpose.replace("\n", " "), LONGEST_TITLE)
        elif not title and self._cells.joined("partner") and not self.errors:
            kind = self._cells.text("instrument") or name_of("instruments", data["instrument"]).pt
            title = cut(f"{kind}: {self._cells.joined('partner')}", LONGEST_TITLE)
        if not title:
            self._error("title", "title_missing", TITLE_MISSING)
            return
        data["title"] = title.replace("\n", " ")

    def _money(self, data: dict[str, Any]) -> None:
        text = self._cells.text("amount")
        if not text:
            return
        unit = self._cells.text("currency").upper()
        title = self._here.layout.title_of("amount").upper()
        named = "BRL" if "R$" in title or "REAIS" in title else "USD" if "US$" in title else unit or None
        money = read_amount(
            text, named if named is None or len(named) == 3 else read_amount(f"1 {named}").currency
        )  # noqa: PLR2004
        if money.value is not None:
            data["amounts"] = [{"value": money.value, "currency": money.currency}]
        elif not money.blank:
            self._doubt("amount", AMOUNT_UNCLEAR, [*money.candidates, LEFT_OUT])

    def _details(self, data: dict[str, Any]) -> None:
        cells = self._cells
        if department := cells.text("department"):
            data["department"] = department
        if themes := self._themes():
            data["themes"] = themes
        if cells.text("sdgs"):
            self._keep(data, "sdgs", list(goals_in(cells.joined("sdgs"))), "sdgs")
        if objectives := cells.text("objectives"):
            parts = [part.strip() for part in re.split(r"[;\n]", objectives) if part.strip()]
            data["objectives"] = [{"text": part} for part in parts[:100]]
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
                data, "signatories", [{"office": cut(signatory, 200)}] if office else None, "signatory"
            )

    def _documents(self, data: dict[str, Any]) -> None:
        text = self._cells.joined("link")
        if text:
            found = [{"kind": "acordo", "url": address} for address in addresses_in(text)[:10]]
            self._keep(data, "documents", found, "link")
        gazette = self._cells.text("gazette")
        if gazette:
            addresses = addresses_in(gazette)
            data["gazette"] = {"url": addresses[0]} if addresses else {"name": cut(gazette, 200)}

    def _provenance(self, data: dict[str, Any]) -> None:
        source = self._cells.text("source")
        if not source:
            return
        addresses = addresses_in(source)
        told: dict[str, Any] = {"kind": "public_source"}
        if addresses:
            told["url"] = addresses[0]
        else:
            self.left_out.append(self._here.layout.title_of("source"))
        if confidence := self._cells.text("confidence"):
            told["confidence"] = cut(confidence, 60)
        data["provenance"] = [told]

    def _themes(self) -> list[str]:
        text = self._cells.joined("themes")
        if not text:
            return []
        told, meant = themes_in(text)
        if meant and not self._cells.is_chosen("themes"):
            self._doubt("themes", THEME_UNCLEAR, ["; ".join([*told, code]) for code in meant] + [LEFT_OUT])
        elif not told:
            self.left_out.append(self._here.layout.title_of("themes"))
        return list(told)

    def _keep(self, data: dict[str, Any], name: str, value: Any, field: str) -> None:
        """Tell *value*; where the cell's words mean nothing known, say that they are left out."""
        if value:
            data[name] = value
        elif not is_blank(self._cells.raw(field)):
            self.left_out.append(self._here.layout.title_of(field))
