"""What ingest and the worker hand to each other. Light: ingest itself loads nothing that reads sheets."""

from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec

from shared.notices.sentences import Language

REPORTED: Final = "br.malha.agreement.reported.v1"
NEGOTIATING: Final = "br.malha.agreement.negotiation_opened.v1"
TERMINATED: Final = "br.malha.agreement.terminated.v1"
COMPLETED: Final = "br.malha.agreement.completed.v1"
SUSPENDED: Final = "br.malha.agreement.suspended.v1"
TOLD_BY_A_ROW: Final = (REPORTED, NEGOTIATING, TERMINATED, COMPLETED, SUSPENDED)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What comes with a file: how to read it, who sends it, and what they may say for whom."""

    mapping: dict[str, str | None] = {}
    choices: dict[str, dict[str, str]] = {}
    member: str | None = None
    """Whose agreements they are where no column says it."""
    blank_member: str | None = None
    """Whose they are where such a column is blank."""
    backfill: bool = True
    now: datetime
    language: Language = "pt"
    organisations: dict[str, str] = {}
    known: frozenset[str]
    """The members that speak in the network."""
    usually_refused: dict[str, str] = {}
    """The types that this sender may not tell for most members, each with the code of the refusal."""
    refusals: dict[str, dict[str, str]] = {}
    """The same for each member for which it is otherwise."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done with the file of *size* bytes that follows."""

    asked: Asked
    size: int
    confirm: str | None = None
    """The digest that the sender saw in the preview; None: this is the preview."""
    report: str | None = None


class ReadyRow(msgspec.Struct, frozen=True):
    """A row to be sent: the first telling, what more is to be told, and how an earlier sheet told it."""

    row: int
    notices: tuple[dict[str, Any], ...]
    told_as: str | None = None


class SkippedRow(msgspec.Struct, frozen=True):
    """A row that is not sent, and because of which columns."""

    row: int
    status: str
    columns: tuple[str, ...]


class Chunk(msgspec.Struct, frozen=True):
    """Rows of a confirmed file, in order."""

    ready: list[ReadyRow]
    skipped: list[SkippedRow]


class ReportRow(NamedTuple):
    """What became of a row: its protocol, in what state it is, and what there is to say about it."""

    protocol: str = ""
    state: str = ""
    remark: str = ""
