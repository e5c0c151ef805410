"""The dates of a row, and how it says that the agreement stands. Pure."""

import re
from typing import Any, Final, NamedTuple

from services.ingest.imports.days import Reading, after, last_day, read_date
from services.ingest.imports.findings import LEFT_OUT
from services.ingest.imports.jobs import COMPLETED, NEGOTIATING, REPORTED, SUSPENDED, TERMINATED
from services.ingest.imports.rowcells import Cells, Notes
from services.ingest.imports.situations import Situation, read_situation, spoken
from services.ingest.imports.wording import (
    AHEAD,
    DATE_UNCLEAR,
    END_NEEDS_A_DAY,
    ENDS_BEFORE,
    OPEN_BUT_OVER,
    SITUATION_UNKNOWN,
    SUSPENDED_NEEDS_A_DAY,
    TERM_NEEDS_A_START,
    VOID_IS_NOT_TOLD,
)

_ENDS: Final[dict[Situation, str]] = {
    "terminated": TERMINATED,
    "ended": COMPLETED,
    "suspended": SUSPENDED,
}
OPEN_ENDED: Final = "Indeterminado"
_RANGE: Final = re.compile(r"^(.+?)\s+(?:a|à|até|ate|e|-|–|—)\s+(.+)$", re.IGNORECASE)
_DAY_LENGTH: Final = 10


class Terms(NamedTuple):
    """What a row says of its time: dates for the first telling, its type, and what is to be told after it."""

    data: dict[str, Any]
    first_type: str = REPORTED
    further: tuple[str, dict[str, Any]] | None = None
    """The type and the data of a second notice."""


def read_terms(cells: Cells, notes: Notes, today: str) -> Terms:
    """The dates and the situation of a row, as of *today* (ISO)."""
    return _Reader(cells, notes, today).read()


class _Reader:
    def __init__(self, cells: Cells, notes: Notes, today: str) -> None:
        self._cells = cells
        self._doubt = notes.doubt
        self._today = today
        self._data: dict[str, Any] = {}

    def read(self) -> Terms:
        self._start_and_end()
        first_type, further = self._situation()
        if first_type == NEGOTIATING and not self._cells.text("signed_on"):
            self._data.pop("signed_on", None)  # the year is that of the file: nothing was signed
        return Terms(self._data, first_type, further)

    def _start_and_end(self) -> None:
        signed = self._plain_date("signed_on")
        if signed is None and not self._cells.text("signed_on"):
            signed = self._year()
        start = self._plain_date("effective_on")
        end_text = self._cells.text("ends_on")
        if start is None and not self._cells.text("effective_on") and (both := _range(end_text)) is not None:
            start, end_text = both
        for field, told in (("signed_on", signed), ("effective_on", start)):
            if told is not None:
                self._data[field] = told
        self._end(read_date(end_text), start or signed)

    def _plain_date(self, field: str) -> str | None:
        reading = read_date(self._cells.text(field))
        if reading.blank:
            return None
        if reading.told is None:
            self._doubt(field, DATE_UNCLEAR, [*reading.candidates, LEFT_OUT])
            return None
        return self._not_ahead(field, reading.told)

    def _year(self) -> str | None:
        """The year of the instrument, where nothing closer is told of its signature."""
        told = read_date(self._cells.text("year")).told
        return told if told is not None and len(told) == len("2014") and told <= self._today else None

    def _not_ahead(self, field: str, told: str) -> str | None:
        """*told*, unless it is a month or a year to come, which needs its day."""
        if len(told) == _DAY_LENGTH or told <= self._today[: len(told)]:
            return told
        self._doubt(field, AHEAD, [last_day(told), LEFT_OUT])
        return None

    def _end(self, reading: Reading, start: str | None) -> None:
        if reading.blank:
            return
        if reading.open_ended:
            self._data["ends_on"] = None
            return
        if reading.term is not None:
            end = after(start, reading.term) if start is not None else None
            wanted = DATE_UNCLEAR if end else TERM_NEEDS_A_START
            self._doubt("ends_on", wanted, [*([end] if end else []), OPEN_ENDED, LEFT_OUT])
            return
        if reading.told is None:
            self._doubt("ends_on", DATE_UNCLEAR, [*reading.candidates, OPEN_ENDED, LEFT_OUT])
            return
        told = self._not_ahead("ends_on", reading.told)
        if told is None:
            return
        if start is not None and last_day(told) < start and not self._cells.is_chosen("ends_on"):
            self._doubt("ends_on", ENDS_BEFORE, [told, OPEN_ENDED, LEFT_OUT])
            return
        self._data["ends_on"] = told

    def _situation(self) -> tuple[str, tuple[str, dict[str, Any]] | None]:
        reading = read_situation(self._cells.text("situation"))
        since = self._plain_date("ended_on") or reading.since
        situation = reading.situation
        if situation is None:
            if not reading.blank:
                past = self._over()
                known = [spoken("ended"), spoken("terminated", past)] if past is not None else []
                self._doubt("situation", SITUATION_UNKNOWN, [*known, spoken("open"), LEFT_OUT])
            elif since is not None:
                situation = "terminated" if "resci" in self._cells.title("ended_on").lower() else "ended"
            if situation is None:
                return REPORTED, None
        return self._stands(situation, since)

    def _over(self) -> str | None:
        """The last day of a term that is over; None while it is not, or is not known to be."""
        ends: str | None = self._data.get("ends_on")
        return ends if ends is not None and last_day(ends) < self._today else None

    def _stands(
        self, situation: Situation, since: str | None
    ) -> tuple[str, tuple[str, dict[str, Any]] | None]:
        over = self._over()
        chosen = self._cells.is_chosen("situation")
        if situation == "negotiating":
            return NEGOTIATING, None
        if situation == "void":
            self._doubt("situation", VOID_IS_NOT_TOLD, [LEFT_OUT])
        elif situation == "open":
            if over is not None and not chosen:
                self._doubt("situation", OPEN_BUT_OVER, [spoken("ended"), spoken("open")])
        elif situation == "ended" and over is not None and since is None:
            pass  # that its term is over follows from its date
        elif since is None:
            past = [] if over is None else [over]
            detail = SUSPENDED_NEEDS_A_DAY if situation == "suspended" else END_NEEDS_A_DAY
            self._doubt("situation", detail, [*(spoken(situation, day) for day in past), LEFT_OUT])
        else:
            return REPORTED, (_ENDS[situation], {"effective_on": since})
        return REPORTED, None


def _range(text: str) -> tuple[str, str] | None:
    """The two days of ``01/01/2020 a 31/12/2024``: the first, and the text of the second."""
    match = _RANGE.match(text)
    if match is None:
        return None
    first, second = read_date(match[1]), read_date(match[2])
    if first.told is None or not second.is_certain or len(first.told) < _DAY_LENGTH:
        return None
    return first.told, match[2]
