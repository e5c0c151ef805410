"""The history of an agreement as a story: who told what, when, and what it changed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from services.registry.folding.history import Change, Version
from services.registry.queries import ToldRow
from services.registry.queries.of_tellings import TellingRow
from shared.notices.families import FACTS
from shared.notices.families.agreement import FIELDS, AgreementData
from shared.notices.sentences import Language, Sentence

_FIRST_SHOWN: Final = ("state",)
_ORDER: Final = {
    field: place for place, field in enumerate((*_FIRST_SHOWN, *AgreementData.__struct_fields__))
}
_read_sentence = msgspec.json.Decoder(Sentence).decode


class Chapter(msgspec.Struct, frozen=True):
    """A notice of the story. *teller*: the id of whoever told it in the member's place, None: the member.

    *role* and *door*: of the sender; *told_at* is when it was received. *opening*: nothing was known before,
    so that *changes* have no before. *own_sender*: the asker's member sent it, and may take it back.
    """

    position: int
    protocol: str
    type: str
    headline: str
    role: str
    teller: str | None
    door: str
    told_at: datetime
    registered_at: datetime
    backfill: bool
    changes: list[Change]
    reason: str | None
    opening: bool
    sender: str


def story(
    versions: Iterable[tuple[ToldRow, Version]], tellings: Sequence[TellingRow], language: Language
) -> list[Chapter]:
    """Each of *versions* as it is told to people; *tellings* are those notices in the ledger and the feed."""
    by_position = {row.position: row for row in tellings}
    return [
        _chapter(row, version, by_position[version.position], language)
        for row, version in versions
        if version.position in by_position
    ]


def _chapter(row: ToldRow, version: Version, telling: TellingRow, language: Language) -> Chapter:
    entry: Mapping[str, Any] = msgspec.json.decode(row.entry)
    sender = entry["sender"]
    told: Mapping[str, Any] = msgspec.json.decode(row.fields)
    changes = [change for change in version.changes if change.before is not None or change.after is not None]
    is_first = FACTS[telling.type].first_telling and all(
        change.before is None for change in changes if change.field in FIELDS
    )
    return Chapter(
        position=version.position,
        protocol=telling.protocol,
        type=telling.type,
        headline=_read_sentence(telling.headline).in_language(language),
        role=sender["role"],
        teller=sender["member"]
        if sender["role"] == "member" and sender["member"] != entry["member"]
        else None,
        door=sender["door"],
        told_at=row.received_at,
        registered_at=row.registered_at,
        backfill=entry["envelope"]["backfill"],
        changes=sorted(changes, key=lambda change: _ORDER.get(change.field, len(_ORDER))),
        reason=_said(told),
        opening=is_first and len(changes) > 1,
        sender=sender["member"],
    )


def _said(told: Mapping[str, Any]) -> str | None:
    """What the notice says in its own words: a reason, a note, a question or its answer."""
    for name in ("reason", "note", "text"):
        opening = told.get(name)
        if opening is not None and isinstance(opening.get("value"), str):
            return str(opening["value"])
    return None
