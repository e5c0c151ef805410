"""A row of a sheet becomes notices: what is certain is told, what is not is a doubt. Pure."""

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

import msgspec

from services.ingest.imports.countries import country_of
from services.ingest.imports.extras import read_extras
from services.ingest.imports.findings import LEFT_OUT, Doubt, RowError
from services.ingest.imports.headers import Layout
from services.ingest.imports.instruments import instrument_in, instrument_of, instrument_of_number
from services.ingest.imports.jobs import NEGOTIATING, REPORTED
from services.ingest.imports.partners import Reading, read_partners
from services.ingest.imports.places import Places
from services.ingest.imports.rowcells import Cells, Notes
from services.ingest.imports.terms import Terms, read_terms
from services.ingest.imports.wording import (
    COUNTRY_UNCLEAR,
    EXCEL_LOST_DIGITS,
    INSTRUMENT_UNKNOWN,
    MEMBER_MISSING,
    MEMBER_UNCLEAR,
    PARTNER_MISSING,
    PARTNER_UNCLEAR,
    PARTNERS_UNCLEAR,
    RENUMBERED,
    SUBJECT_SHARED,
    TITLE_MISSING,
)
from services.ingest.imports.words import cut
from shared.notices import sheetrows
from shared.notices.codelists import name_of
from shared.notices.sentences import Sentence

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
    cells = Cells(here.layout, at, choices)
    notes = Notes(cells)
    reader = _Reader(cells, notes, here)
    return Row(
        number=here.layout.number_of(at),
        notices=tuple(reader.read()),
        doubts=tuple(notes.doubts.values()),
        errors=tuple(notes.errors),
        left_out=tuple(notes.left_out),
        told_as=reader.told_as,
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

    def __init__(self, cells: Cells, notes: Notes, here: Situated) -> None:
        self._cells = cells
        self._here = here
        self._notes = notes
        self.told_as: str | None = None

    def read(self) -> list[dict[str, Any]]:
        """The notices that the row amounts to; as far as it is understood, if it leaves doubts."""
        data: dict[str, Any] = {}
        member = self._member()
        instrument = self._instrument()
        data["instrument"] = instrument or "OUT"
        self._partners(data, instrument)
        self._titles(data)
        terms = read_terms(self._cells, self._notes, self._here.today)
        data |= terms.data
        data |= read_extras(self._cells, self._notes)
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
                self._notes.doubt("subject", RENUMBERED.format(protocol=told), [subject])
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

    def _member(self) -> str | None:
        text = self._cells.text("member")
        if not text:
            member = self._here.blank_member if self._here.layout.has("member") else self._here.member
            if member is None:
                self._notes.error("member", "member_missing", MEMBER_MISSING)
            return member
        found = self._here.places.find(text)
        if found.id is None:
            own = self._here.places.name_of(self._here.blank_member)
            self._notes.doubt("member", MEMBER_UNCLEAR, found.candidates or ((own,) if own else ()))
        return found.id

    def _subject(self, data: Mapping[str, Any]) -> str | None:
        subject = subject_of(self._cells)
        if subject is None:
            return None
        field = "subject" if self._cells.text("subject") else "number"
        if _LOST_DIGITS.fullmatch(subject):
            self._notes.doubt(field, EXCEL_LOST_DIGITS, [LEFT_OUT])
        elif subject in self._here.shared_subjects and not self._cells.is_chosen(field):
            apart = number_of(self._cells)
            if not apart or apart == subject:
                apart = next((partner["name"] for partner in data.get("partners", ())), "")
                apart = apart or cut(data.get("title", ""), 60)
            apart = apart or sha256(repr(data).encode()).hexdigest()[:6]
            self._notes.doubt(field, SUBJECT_SHARED, [cut(f"{subject} · {apart}", LONGEST_SUBJECT), subject])
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
        of_title = instrument_of(self._here.layout.title_of("partner")).code  # "Cidade-irmã"
        first = candidates or [of_title or "OUT"]
        self._notes.doubt("instrument", INSTRUMENT_UNKNOWN, [*first, *_LIKELY_INSTRUMENTS])
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
            self._notes.error("partner", "partner_missing", PARTNER_MISSING)
            return
        if reading.candidates:
            self._notes.doubt("partner", self._about_partners(reading), reading.candidates)
            return
        partners = [dict(partner) for partner in reading.partners]
        place = self._cells.text("place")
        if place and len(partners) == 1 and place != partners[0]["name"]:
            partners[0]["place"] = place
        data["partners"] = partners

    def _about_partners(self, reading: Reading) -> Sentence:
        country = self._cells.text("country")
        if reading.divided:
            return PARTNERS_UNCLEAR
        if country and country_of(country).candidates:
            return COUNTRY_UNCLEAR.format(country=country)
        return PARTNER_UNCLEAR

    def _titles(self, data: dict[str, Any]) -> None:
        title, purpose = self._cells.text("title"), self._cells.text("object")
        if purpose:
            data["object"] = purpose
        if not title and purpose:
            title = cut(purpose.replace("\n", " "), LONGEST_TITLE)
        elif not title and self._cells.joined("partner") and not self._notes.errors:
            kind = self._cells.text("instrument") or name_of("instruments", data["instrument"]).pt
            names = [partner["name"] for partner in data.get("partners", ())]
            title = cut(f"{kind}: {'; '.join(names) or self._cells.joined('partner')}", LONGEST_TITLE)
        if not title:
            self._notes.error("title", "title_missing", TITLE_MISSING)
            return
        data["title"] = title.replace("\n", " ")
