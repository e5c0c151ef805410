"""The attributes of an event: what each must be, told for all of them at once."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from unicodedata import normalize

from shared.notices.dates import read_instant
from shared.notices.envelope import LONGEST_IDENTIFIER, LONGEST_SUBJECT, SPECVERSION
from shared.notices.families import FACTS, Fact
from shared.notices.faults import fault
from shared.notices.findings import FieldError
from shared.notices.jsontypes import name_of_types, name_of_value
from shared.notices.places import is_member_id
from shared.notices.texts import normalised_subject

FURTHEST_AHEAD = timedelta(hours=24)

_CONTROL = re.compile(r"[\x01-\x1f\x7f-\x9f]")
_ATTRIBUTE_NAME = re.compile(r"[a-z0-9]+")
_JSON_TYPE = re.compile(r"(application|text)/([a-z0-9!#$&^_.+-]+\+)?json\s*(;.*)?", re.IGNORECASE | re.DOTALL)
_KNOWN = frozenset({
    "specversion", "id", "source", "type", "member", "subject", "time", "backfill", "data",
    "datacontenttype", "dataschema", "data_base64",
})  # fmt: skip
_BOOLEANS = {True: True, False: False, "true": True, "false": False}

_CPF = re.compile(r"(?<![0-9])([0-9]{3})[.\-/ ]?([0-9]{3})[.\-/ ]?([0-9]{3})[.\-/ ]?([0-9]{2})(?![0-9])")
_CPF_DIGITS = 11


class Attributes(NamedTuple):
    """The attributes of an event that has all it needs, each as it should be."""

    member: str
    source: str
    id: str
    type: str
    subject: str | None
    time: datetime | None
    backfill: bool


def read_attributes(
    event: Mapping[str, Any], fact: Fact | None, now: datetime, index: int | None
) -> tuple[Attributes | None, list[FieldError]]:
    """The attributes of *event*, of type *fact*, or every fault in them; one that is null is absent."""
    faults: list[FieldError] = []
    reader = _Reader(event, index, faults)
    reader.specversion()
    type_ = reader.type(fact)
    member = reader.member()
    source = reader.identifier("source")
    id_ = reader.identifier("id")
    subject = reader.subject(fact)
    time = reader.time(now)
    backfill = reader.backfill()
    reader.content_type()
    reader.extensions()
    if faults or member is None or source is None or id_ is None or type_ is None:
        return None, faults
    return Attributes(member, source, id_, type_, subject, time, backfill), faults


class _Reader:
    """Reads one event's attributes, noting what is wrong with each."""

    def __init__(self, event: Mapping[str, Any], index: int | None, faults: list[FieldError]) -> None:
        self._event = event
        self._index = index
        self._faults = faults

    def _note(self, name: str, code: str, **values: Any) -> None:
        self._faults.append(fault((name,), code, index=self._index, **values))

    def _text(self, name: str, *, required: bool) -> str | None:
        value = self._event.get(name)
        if value is None:
            if required:
                self._note(name, "required")
            return None
        if not isinstance(value, str):
            self._note(name, "invalid_type", expected=name_of_types("string"), found=name_of_value(value))
            return None
        return value

    def _tidy(self, name: str, text: str, most: int) -> str | None:
        before = len(self._faults)
        if len(text) > most:
            self._note(name, "too_long", most=most)
            return None
        if not text.isprintable() and _CONTROL.search(text):
            self._note(name, "control_character")
        if any(_cpfs(text)):
            self._note(name, "personal_data_in_identifier")
        return text if len(self._faults) == before else None

    def specversion(self) -> None:
        text = self._text("specversion", required=True)
        if text is not None and text != SPECVERSION:
            self._note("specversion", "unsupported_specversion", allowed=[SPECVERSION])

    def member(self) -> str | None:
        text = self._text("member", required=True)
        if text is None or is_member_id(text):
            return text
        self._note("member", "unknown_member")
        return None

    def type(self, fact: Fact | None) -> str | None:
        text = self._text("type", required=True)
        if text is None or fact is not None:
            return text
        self._note("type", "unknown_type", allowed=told_from_outside())
        return None

    def identifier(self, name: str) -> str | None:
        text = self._text(name, required=True)
        if text is None:
            return None
        if not text.strip():
            self._note(name, "blank")
            return None
        return self._tidy(name, text, LONGEST_IDENTIFIER)

    def subject(self, fact: Fact | None) -> str | None:
        before = len(self._faults)
        text = self._text("subject", required=False)
        subject = None if text is None else normalised_subject(text)
        if subject is not None:
            return self._tidy("subject", subject, LONGEST_SUBJECT)
        untold = len(self._faults) == before
        if untold and fact is not None and fact.of_agreement and not fact.first_telling:
            self._note("subject", "subject_required")
        return None

    def time(self, now: datetime) -> datetime | None:
        text = self._text("time", required=False)
        if text is None:
            return None
        try:
            instant = read_instant(text)
        except ValueError:
            self._note("time", "invalid_time")
            return None
        if instant > now + FURTHEST_AHEAD:
            self._note("time", "time_ahead")
            return None
        return instant

    def backfill(self) -> bool:
        value = self._event.get("backfill")
        if value is None:
            return False
        if isinstance(value, bool | str) and value in _BOOLEANS:
            return _BOOLEANS[value]
        self._note("backfill", "invalid_type", expected=name_of_types("boolean"), found=name_of_value(value))
        return False

    def content_type(self) -> None:
        text = self._text("datacontenttype", required=False)
        if text is not None and _JSON_TYPE.fullmatch(text.strip()) is None:
            self._note("datacontenttype", "unsupported_datacontenttype")
        if self._event.get("data_base64") is not None:
            self._note("data_base64", "data_base64_not_supported")

    def extensions(self) -> None:
        """Other extensions may be there and are not looked into; only their form is CloudEvents' own."""
        for name, value in self._event.items():
            if name in _KNOWN:
                continue
            if _ATTRIBUTE_NAME.fullmatch(name) is None:
                self._note(name, "invalid_attribute_name")
            elif isinstance(value, dict | list):
                self._note(name, "invalid_type", expected=name_of_types("string"), found=name_of_value(value))


def told_from_outside() -> tuple[str, ...]:
    """The types that somebody beside the system itself may send."""
    return tuple(sorted(type_ for type_, fact in FACTS.items() if fact.senders != {"system"}))


def _cpfs(text: str) -> Iterator[str]:
    """The valid CPFs in *text*, dotted or bare. Eleven equal digits pass the sum and are nobody's."""
    for match in _CPF.finditer(normalize("NFKC", text)):
        digits = "".join(match.groups())
        numbers = [int(digit) for digit in digits]
        if len(set(digits)) > 1 and all(_check_digit(numbers[:at]) == numbers[at] for at in (9, 10)):
            yield digits


def _check_digit(numbers: list[int]) -> int:
    weighted = sum(number * weight for number, weight in zip(reversed(numbers), range(2, 12), strict=False))
    return 0 if weighted % _CPF_DIGITS < 2 else _CPF_DIGITS - weighted % _CPF_DIGITS  # noqa: PLR2004 - Receita's rule
