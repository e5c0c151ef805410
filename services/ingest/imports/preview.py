"""A whole file, row by row: what will be sent, what is doubtful, what is wrong. Pure.

Nothing is guessed silently: what a column was understood to mean stands beside the rows, what a cell may
mean is a doubt with candidates, and what cannot be told is named as left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from services.ingest.imports.findings import RowError, Unusable
from services.ingest.imports.headers import Layout, lay_out
from services.ingest.imports.jobs import Asked
from services.ingest.imports.places import Places
from services.ingest.imports.reading import read_sheets
from services.ingest.imports.rowcells import Cells, field_named
from services.ingest.imports.rows import Row, Situated, read_row, subject_of
from services.ingest.imports.wording import NOT_ALLOWED, REPEATED_ROW
from shared.notices.dates import day_of
from shared.notices.door import RawEvent, decode
from shared.notices.findings import FieldError, InvalidEvents, pointer_to
from shared.notices.sentences import Language, Sentence

ALL_ROWS = "*"
"""In choices: for every row that does not say otherwise."""

UNKNOWN_ROW = Sentence("A planilha não tem esta linha.", "The sheet has no such row.")
UNKNOWN_ANSWER = Sentence(
    "Não há coluna nem campo com este nome.", "There is neither a column nor a field of this name."
)
UNKNOWN_MEMBER = Sentence(
    "Este membro não está cadastrado na rede.", "This member is not registered in the network."
)

_REFERENCE = frozenset({"subject", "number", "year", "member"})
_FIELD_OF = {
    **{
        name: name
        for name in (
            "instrument", "title", "object", "themes", "sdgs", "objectives", "signed_on", "effective_on",
            "ends_on", "renewal", "department", "gazette", "parent", "visibility", "basis",
        )
    },
    "partners": "partner", "signatories": "signatory", "documents": "link", "amounts": "amount",
    "provenance": "source",
}  # fmt: skip


class Judged(NamedTuple):
    """A row after all checks of the door; *repeats*: the number of the row that says the very same."""

    row: Row
    at: int
    errors: tuple[RowError, ...]
    repeats: int | None

    @property
    def status(self) -> str:
        """``ready``, ``doubtful`` or ``wrong``."""
        return "wrong" if self.errors else self.row.status

    def shown(self, language: Language) -> dict[str, Any]:
        """The row as the preview tells it."""
        row = self.row
        told: dict[str, Any] = {
            "row": row.number,
            "status": self.status,
            "notice": row.notices[0] if row.notices and self.status != "wrong" else None,
            "doubts": [doubt.shown(language) for doubt in row.doubts],
            "errors": [error.shown(language) for error in (*row.errors, *self.errors)],
        }
        if len(row.notices) > 1 and self.status != "wrong":
            told["further"] = list(row.notices[1:])
        if row.left_out:
            told["left_out"] = list(row.left_out)
        if self.repeats is not None:
            told["repeats"] = self.repeats
            told["note"] = REPEATED_ROW.format(row=self.repeats).in_language(language)
        return told


class Understood(NamedTuple):
    """A file whose header was recognised, ready to be read row by row."""

    layout: Layout
    digest: str
    asked: Asked

    def rows(self) -> Iterator[Judged]:
        """Every row that holds anything, in order."""
        return _rows(self.layout, self.asked)


def understand(content: bytes, asked: Asked) -> Understood:
    """The file, laid out; Unusable if it cannot be read, or if what came with it names what is not there."""
    digest = digest_of(content, asked)
    layout = lay_out(read_sheets(content), asked.mapping)
    _require_choices(layout, asked.choices)
    return Understood(layout, digest, asked)


def digest_of(content: bytes, asked: Asked) -> str:
    """The name of the file together with how it is to be read, in hexadecimal digits."""
    digest = sha256(content)
    if asked.mapping or asked.member:
        digest.update(msgspec.json.encode([asked.mapping, asked.member], order="deterministic"))
    return digest.hexdigest()


def _rows(layout: Layout, asked: Asked) -> Iterator[Judged]:
    places = [at for at in range(layout.first, len(layout.sheet.rows)) if _holds_data(layout, at)]
    choices = asked.choices
    here = Situated(
        layout=layout,
        places=Places(asked.organisations),
        member=asked.member,
        blank_member=asked.blank_member,
        today=day_of(asked.now).isoformat(),
        backfill=asked.backfill,
        shared_subjects=_shared_subjects(layout, places, choices),
    )
    met: dict[tuple[str, str], tuple[int, bytes]] = {}
    for at in places:
        answers = _answers(choices, layout.number_of(at))
        row = read_row(at, here, answers)
        errors = tuple(_faults(row, layout, asked)) if row.status == "ready" else ()
        repeats = None
        if row.status == "ready" and not errors:
            first = row.notices[0]
            content = msgspec.json.encode(row.notices, order="deterministic")
            number, earlier = met.setdefault((first["member"], first["id"]), (row.number, content))
            if number != row.number:
                if earlier == content:
                    repeats = number
                else:
                    errors = (RowError(None, "identity_repeated", _TOLD_OTHERWISE.format(row=number)),)
        yield Judged(row, at, errors, repeats)


_TOLD_OTHERWISE = Sentence(
    "A linha {row} tem a mesma referência e outro conteúdo. Dê a cada acordo uma referência própria.",
    "Row {row} has the same reference and other content. Give each agreement a reference of its own.",
)


def _holds_data(layout: Layout, at: int) -> bool:
    """Whether a row holds more than a total or a note below the table: something in two columns at least."""
    row = layout.sheet.rows[at]
    told = [column for column in layout.columns if column.at < len(row) and row[column.at].strip()]
    if not told:
        return False
    is_header_again = sum(row[column.at].strip() == column.title for column in told) > len(told) / 2
    return not is_header_again and (len(told) > 1 or len(layout.columns) == 1)


def _answers(choices: Mapping[str, Mapping[str, str]], number: int) -> Mapping[str, str]:
    general, own = choices.get(ALL_ROWS), choices.get(str(number))
    if general is None or own is None:
        return own or general or {}
    return {**general, **own}


def _shared_subjects(
    layout: Layout, places: Sequence[int], choices: Mapping[str, Mapping[str, str]]
) -> frozenset[str]:
    """The process numbers that stand on rows which differ in what they tell."""
    first: dict[tuple[str, str], list[str]] = {}
    shared: set[str] = set()
    named = Layout(
        layout.sheet, layout.first, tuple(each for each in layout.columns if each.field in _REFERENCE)
    )
    for at in places:
        cells = Cells(named, at, _answers(choices, layout.number_of(at)))
        subject = subject_of(cells)
        if subject is None:
            continue
        row = layout.sheet.rows[at]
        if first.setdefault((cells.text("member"), subject), row) != row:
            shared.add(subject)
    return frozenset(shared)


def _faults(row: Row, layout: Layout, asked: Asked) -> Iterator[RowError]:
    """What the door finds wrong with a row's notices, told by column."""
    for event in row.notices:
        member = event["member"]
        if member not in asked.known:
            yield RowError(layout.title_of("member"), "unknown_member", UNKNOWN_MEMBER)
            continue
        if (code := asked.refusals.get(member, asked.usually_refused).get(event["type"])) is not None:
            field = "member" if code == "member_not_allowed" else "situation"
            yield RowError(layout.title_of(field), code, NOT_ALLOWED[code])
            continue
        try:
            decode([RawEvent(event=event, index=None, size=0, faults=[])], asked.now)
        except InvalidEvents as invalid:
            for error in invalid.errors:
                yield _told(error, layout)


def _told(error: FieldError, layout: Layout) -> RowError:
    steps = error.pointer.split("/")[1:]
    field = "subject" if steps[:1] == ["subject"] else _FIELD_OF.get(steps[1]) if len(steps) > 1 else None
    if field == "subject" and not layout.has("subject"):
        field = "number"
    column = None if field is None else layout.title_of(field)
    if field == "title" and not layout.has("title"):
        column = layout.title_of("object")
    allowed = error.allowed if error.allowed is not None and len(error.allowed) <= 60 else None  # noqa: PLR2004
    return RowError(column, error.code, error.detail, allowed)


def _require_choices(layout: Layout, choices: Mapping[str, Mapping[str, str]]) -> None:
    errors: list[FieldError] = []
    numbers = range(layout.number_of(layout.first), layout.number_of(len(layout.sheet.rows)))
    for row, answers in choices.items():
        if row != ALL_ROWS and not (row.isdecimal() and len(row) < 9 and int(row) in numbers):  # noqa: PLR2004
            errors.append(FieldError(pointer_to(["choices", row]), "unknown_row", UNKNOWN_ROW))
        errors.extend(
            FieldError(pointer_to(["choices", row, name]), "unknown_column", UNKNOWN_ANSWER)
            for name in answers
            if field_named(layout, name) is None
        )
    if errors:
        raise Unusable(422, "invalid_choices", errors[0].detail, errors[:50])
