"""Puts what is left of an agreement in the place of all that was ever derived from it, after an erasure.

Telling a long life again takes longer than others may be kept from writing: it is done before the head is
taken, by whoever is alone in erasing. Under the head only what came meanwhile is told.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple

import msgspec

from services.registry.folding import fold
from services.registry.folding.agreement import Agreement, Contradiction
from services.registry.folding.rules import Rules
from services.registry.queries import Connection
from services.registry.writing import ledger, lookup, reviewing, store, tally
from services.registry.writing.agreements import FOLDED
from services.registry.writing.replaying import Came, Replay
from services.registry.writing.reviewing import Key, Remark
from services.registry.writing.rows import Rows
from shared.notices.sentences import Sentence

ERASED_DETAIL: Final = Sentence(
    pt="Dados deste acordo foram apagados; o que esta observação dizia deles também.",
    en="Data of this agreement were erased; so was what this remark said of them.",
)

SHORTEST_QUOTE: Final = 4
"""Shorter texts stand in any sentence; they are codes."""

_read_disclosure = msgspec.json.Decoder(ledger.Disclosure).decode
_read_remarks = msgspec.json.Decoder(list[Remark]).decode
_read_names = msgspec.json.Decoder(list[str]).decode
_encode = msgspec.json.Encoder().encode


class Found(NamedTuple):
    """An agreement as it stood before: its notices were all there."""

    id: str
    member: str
    subject: str
    known_from: int
    received_at: datetime
    registered_at: datetime
    erased: Sequence[str]
    whole: Agreement


_AGREEMENT: Final = """
SELECT id, member, subject, known_from, received_at, registered_at, erased FROM agreement WHERE id = $1
"""


async def find(connection: Connection, agreement: str) -> Found | None:
    """The agreement of that id, before anything is forgotten; None if it is not known."""
    row = await connection.fetchrow(_AGREEMENT, agreement)
    if row is None:
        return None
    notices = [one.notice for one in await _came(connection, agreement)]
    return Found(
        id=agreement,
        member=row["member"],
        subject=row["subject"],
        known_from=row["known_from"],
        received_at=row["received_at"],
        registered_at=row["registered_at"],
        erased=_read_names(row["erased"]),
        whole=fold.agreement(fold.fold(row["member"], row["subject"], notices)),
    )


class Forgotten(NamedTuple):
    """Top-level *fields* of the data of the notice at *position*; *names*: what an agreement calls them."""

    position: int
    fields: Sequence[str]
    names: Sequence[str]


async def retell(
    connection: Connection, found: Found, forgotten: Forgotten, rules: Rules, today: date
) -> Replay:
    """The life of *found* without what is *forgotten*, as far as it is known by now."""
    replay = Replay(found.member, found.subject, sorted({*found.erased, *forgotten.names}), rules, today)
    await replay.run(_without(forgotten, await _came(connection, found.id)))
    return replay


def _without(forgotten: Forgotten, came: Iterable[Came]) -> Iterator[Came]:
    for one in came:
        if one.position == forgotten.position:
            data = {name: value for name, value in one.notice.data.items() if name not in forgotten.fields}
            yield one._replace(notice=msgspec.structs.replace(one.notice, data=data))
        else:
            yield one


async def rebuild(
    connection: Connection, found: Found, replay: Replay, writes: store.Writes, *, position: int, today: date
) -> Agreement:
    """Take away all that was derived from *found*, and add to *writes* what its notices still tell.

    *replay* is of `retell`; *position* is that of the erasure.
    """
    await replay.run(await _came(connection, found.id, after=replay.reached))
    if replay.row is None:
        raise LookupError(f"{found.id} has no notice")
    now = replay.draft.agreement
    documents = await _documents(connection, found)
    await _clear(connection, found)
    await store.write_past(connection, replay.past_segments, replay.past_facets)
    writes.agreements.append(replay.row._replace(received_at=found.received_at))
    replay.add_to(writes)
    tally.add(writes.counts, Rows.of(found.whole).counts, -1, today)
    tally.add(writes.counts, Rows.of(now).counts, 1, today)
    await _reword_remarks(connection, found.id, replay.remarks)
    await _review_anew(connection, now, writes, position)
    await _drop_documents(connection, documents - _documents_of(replay))
    return now


async def keep_record(connection: Connection, found: Found) -> None:
    """After the writes: it is not the erasure that tells when the agreement was registered."""
    await connection.execute(
        "UPDATE agreement SET registered_at = $2 WHERE id = $1", found.id, found.registered_at
    )


async def _came(connection: Connection, agreement: str, *, after: int = 0) -> list[Came]:
    rows = await lookup.history(connection, agreement, after)
    came = (
        Came(row.position, row.received_at, ledger.read_notice(row.entry, _read_disclosure(row.disclosure)))
        for row in rows
    )
    return [one for one in came if one.notice.fact.family == FOLDED]


_CLEAR: Final = (
    "DELETE FROM segment WHERE known_from = $1",
    "DELETE FROM segment_past WHERE agreement = $1",
    "DELETE FROM facet_past WHERE agreement = $1",
    "DELETE FROM checkpoint WHERE agreement = $1",
)
_CLEAR_FACETS: Final = """
DELETE FROM facet f USING unnest($2::text[], $3::text[]) AS old (name, value)
WHERE f.name = old.name AND f.value = old.value AND f.known_from = $1
"""


async def _clear(connection: Connection, found: Found) -> None:
    for statement in _CLEAR:
        key = found.known_from if "known_from" in statement else found.id
        await connection.execute(statement, key)
    held = {facet for facet, _, _ in Rows.of(found.whole).facets}
    names, values = [name for name, _ in held], [value for _, value in held]
    await connection.execute(_CLEAR_FACETS, found.known_from, names, values)


# ----------------------------------------------------------------------- remarks and reviews
_REMARKED: Final = "SELECT position, remarks FROM entry WHERE agreement = $1 AND remarks <> '[]'"
_REWORD: Final = """
UPDATE entry SET remarks = new.remarks
FROM unnest($1::bigint[], $2::jsonb[]) AS new (position, remarks) WHERE entry.position = new.position
"""


async def _reword_remarks(
    connection: Connection, agreement: str, anew: Mapping[int, Iterable[Remark]]
) -> None:
    """Let each notice keep its remarks, in words that are made of what is left."""
    reworded: dict[int, str] = {}
    for position, told in await connection.fetch(_REMARKED, agreement):
        words = {(remark.code, remark.protocol): remark.detail for remark in anew.get(position, ())}
        remarks = [
            Remark(remark.protocol, remark.code, words.get((remark.code, remark.protocol), ERASED_DETAIL))
            for remark in _read_remarks(told)
        ]
        reworded[position] = _encode(remarks).decode()
    await connection.execute(_REWORD, list(reworded), list(reworded.values()))


_REVIEWS: Final = """
SELECT id, code, protocol, closed_at IS NULL AS open FROM review
WHERE agreement = $1 AND kind IN ('contradiction', 'gate') AND other = '' ORDER BY id
"""
_REWORD_REVIEWS: Final = """
UPDATE review SET detail = new.detail
FROM unnest($1::bigint[], $2::jsonb[]) AS new (id, detail) WHERE review.id = new.id
"""


async def _review_anew(connection: Connection, now: Agreement, writes: store.Writes, position: int) -> None:
    """Open and close what the erasure has made a contradiction or not one; reword the rest."""
    words: dict[Key, Sentence] = {reviewing.key_of(one): one.detail for one in now.contradictions}
    rows = await connection.fetch(_REVIEWS, now.id)
    details = [words.get((row["code"], row["protocol"]), ERASED_DETAIL) for row in rows]
    await connection.execute(
        _REWORD_REVIEWS, [row["id"] for row in rows], [_encode(detail).decode() for detail in details]
    )
    were = [
        Contradiction(row["code"], detail, row["protocol"])
        for row, detail in zip(rows, details, strict=True)
        if row["open"]
    ]
    opened, closed = reviewing.changes(were, now)
    writes.opened += [reviewing.review(now, found, position) for found in opened]
    writes.closed += [store.ClosingRow(now.id, *key, position) for key in closed]


_REASONS: Final = "SELECT id, reason FROM review WHERE member = $1 AND reason IS NOT NULL"
_SILENCE: Final = "UPDATE review SET reason = $2 WHERE id = ANY($1)"


async def silence_reasons(connection: Connection, member: str, values: Iterable[Any]) -> None:
    """Whoever closed a review of *member*'s may have quoted what had to go: *values*."""
    quoted = {text.casefold() for value in values for text in _texts(value) if len(text) >= SHORTEST_QUOTE}
    rows = await connection.fetch(_REASONS, member)
    quoting = [row["id"] for row in rows if any(text in row["reason"].casefold() for text in quoted)]
    await connection.execute(_SILENCE, quoting, ERASED_DETAIL.pt)


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)


# ---------------------------------------------------------------------------------- documents
_PAST_DOCUMENTS: Final = "SELECT DISTINCT value FROM facet_past WHERE agreement = $1 AND name = 'document'"
# As where a document is shown: a reference counts if the agreement's member, or who told of the document
# there, has handed it in. To name a digest keeps nothing.
_DROP_DOCUMENTS: Final = """
DELETE FROM document d WHERE d.sha256 = ANY($1) AND NOT EXISTS (
    SELECT FROM (
        SELECT agreement FROM facet WHERE name = 'document' AND value = d.sha256
        UNION ALL SELECT agreement FROM facet_past WHERE name = 'document' AND value = d.sha256) f
    JOIN agreement a ON a.id = f.agreement
    JOIN document_holder h ON h.sha256 = d.sha256
    WHERE h.member = a.member OR EXISTS (
        SELECT FROM entry e JOIN disclosure t ON t.position = e.position
        WHERE e.agreement = a.id AND e.entry::jsonb #>> '{sender,member}' = h.member
          AND strpos(t.fields::text, d.sha256) > 0))
"""


async def _documents(connection: Connection, found: Found) -> set[str]:
    past = {row["value"] for row in await connection.fetch(_PAST_DOCUMENTS, found.id)}
    return past | {value for (name, value), _, _ in Rows.of(found.whole).facets if name == "document"}


def _documents_of(replay: Replay) -> set[str]:
    rows = [*replay.known_facets(), *replay.past_facets]
    return {row.value for row in rows if row.name == "document"}


async def _drop_documents(connection: Connection, digests: set[str]) -> None:
    """Of the documents that the agreement does not refer to any more, those that nothing else refers to."""
    if digests:
        await connection.execute(_DROP_DOCUMENTS, sorted(digests))
