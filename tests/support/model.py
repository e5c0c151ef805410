"""What the registry must know, given what was published: a set of identities, each with its contents.

Nothing else is remembered. In which order things arrived, which process wrote them, and what was killed on
the way must make no difference, and so the model has no words for it.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

import asyncpg

from services.registry.folding import fold as folding
from services.registry.folding.fold import Agreement
from shared.notices.envelope import Notice, NoticeKey
from shared.notices.protocol import protocol_of
from tests.support import reference_fold as reference
from tests.support.checker import check
from tests.support.reference_doubts import contradictions as reference_contradictions

Subject = tuple[str, str]
"""Whose agreement, and which one."""


class Registered(NamedTuple):
    """A notice as it stands in the ledger."""

    position: int
    digest: bytes
    notice: Notice
    received_at: datetime


class Model:
    """The set of what was published, and what was seen registered: neither ever loses anything."""

    def __init__(self) -> None:
        self.published: dict[NoticeKey, dict[bytes, Notice]] = {}
        self._seen: dict[NoticeKey, Registered] = {}
        self._judged: set[tuple[Any, ...]] = set()

    def publish(self, notices: Iterable[Notice]) -> None:
        """These are with the broker now, which has confirmed them."""
        for notice in notices:
            self.published.setdefault(notice.key, {})[notice.content()] = notice

    @property
    def identities(self) -> int:
        """How many notices there must be in the end."""
        return len(self.published)

    @property
    def conflicts(self) -> int:
        """How many contents must have been kept without effect in the end."""
        return sum(len(contents) for contents in self.published.values()) - len(self.published)

    async def faults(self, database_url: str) -> list[str]:
        """Whatever is otherwise in the database than what was published says; all of it was taken in."""
        faults = await check(
            database_url, {protocol_of(*key): (key.member, key.source, key.id) for key in self.published}
        )
        connection = await asyncpg.connect(database_url, timeout=60)
        try:
            registered = await registered_notices(connection)
            faults += self._faults_of_contents(registered, await _conflicting_contents(connection))
            faults += await self._faults_of_agreements(connection, registered.values())
            faults += await _faults_of_items(connection, registered.values())
            faults += [f"left over: {tuple(row)}" for row in await connection.fetch(_LEFT_OVER)]
        finally:
            await connection.close()
        return faults

    def _faults_of_contents(
        self, registered: Mapping[NoticeKey, Registered], conflicting: Mapping[NoticeKey, set[bytes]]
    ) -> Iterator[str]:
        for key in registered.keys() - self.published.keys():
            yield f"{key}: registered, and never published"
        for key in self.published.keys() & registered.keys():
            winner, contents = registered[key], self.published[key]
            if winner.notice.content() not in contents:
                yield f"{key}: registered as nobody told it: {winner.notice}"
            elif conflicting[key] != contents.keys() - {winner.notice.content()}:
                yield f"{key}: of {len(contents)} contents {len(conflicting[key])} are kept as conflicts"
            if self._seen.setdefault(key, winner) != winner:
                yield f"{key}: was {self._seen[key]}, is now {winner}"

    async def _faults_of_agreements(
        self, connection: "asyncpg.Connection[asyncpg.Record]", registered: Iterable[Registered]
    ) -> list[str]:
        of_notice = {found.notice.protocol: found for found in registered}
        expected = by_agreement(found.notice for found in of_notice.values())
        rows = {(row["member"], row["subject"]): row for row in await connection.fetch(_AGREEMENTS)}
        segments: dict[Subject, list[tuple[date, date, str]]] = defaultdict(list)
        for member, subject, *segment in await connection.fetch(_SEGMENTS):
            segments[member, subject].append((segment[0], segment[1], segment[2]))
        faults = [f"{which}: known, or not, against all notices" for which in expected.keys() ^ rows.keys()]
        for which in expected.keys() & rows.keys():
            positions = [of_notice[notice.protocol].position for notice in expected[which]]
            as_found = (*rows[which], *segments[which], *sorted(positions))
            if as_found in self._judged:
                continue
            found = list(_faults_of_agreement(rows[which], segments[which], expected[which], positions))
            faults += [f"{which}: {fault}" for fault in found]
            if not found:
                self._judged.add(as_found)
        return faults


_LEFT_OVER = """
SELECT 'dead', protocol, reason FROM dead
UNION ALL SELECT 'attempt', message_id, attempts::text FROM attempt
"""
_REGISTERED = """
SELECT e.position, e.digest, e.entry, d.fields, e.received_at, i.member, i.source, i.id
FROM inbox i JOIN entry e USING (position) JOIN disclosure d USING (position)
"""


async def registered_notices(
    connection: "asyncpg.Connection[asyncpg.Record]",
) -> dict[NoticeKey, Registered]:
    """What stands in the ledger, by the identity under which the inbox has it."""
    found = {}
    for position, digest, entry, fields, received_at, *key in await connection.fetch(_REGISTERED):
        body = json.loads(entry)
        data = {field: opening["value"] for field, opening in json.loads(fields).items()}
        found[NoticeKey(*key)] = Registered(
            position, digest, _notice(body["member"], body["envelope"], data), received_at
        )
    return found


async def _conflicting_contents(
    connection: "asyncpg.Connection[asyncpg.Record]",
) -> dict[NoticeKey, set[bytes]]:
    found: dict[NoticeKey, set[bytes]] = defaultdict(set)
    for row in await connection.fetch("SELECT * FROM conflict"):
        notice = _notice(row["member"], json.loads(row["envelope"]), json.loads(row["data"]))
        found[NoticeKey(row["member"], row["source"], row["id"])].add(notice.content())
    return found


def _notice(member: str, envelope: Mapping[str, Any], data: dict[str, Any]) -> Notice:
    return Notice(
        member=member,
        source=envelope["source"],
        id=envelope["id"],
        type=envelope["type"],
        subject=envelope["subject"],
        time=None if envelope["time"] is None else datetime.fromisoformat(envelope["time"]),
        backfill=envelope["backfill"],
        data=data,
    )


def by_agreement(notices: Iterable[Notice]) -> dict[Subject, list[Notice]]:
    """*notices* of agreements, each with those about the same one."""
    found: dict[Subject, list[Notice]] = defaultdict(list)
    for notice in notices:
        if notice.fact.folded and (subject := notice.agreement_subject) is not None:
            found[notice.member, subject].append(notice)
    return found


_AGREEMENTS = "SELECT member, subject, known_from, version, visibility, fold FROM agreement"
_SEGMENTS = """
SELECT a.member, a.subject, s.from_day, s.to_day, s.state
FROM segment s JOIN agreement a ON a.id = s.agreement ORDER BY s.from_day
"""


def _faults_of_agreement(
    row: "asyncpg.Record",
    segments: list[tuple[date, date, str]],
    notices: list[Notice],
    positions: list[int],
) -> Iterator[str]:
    if (row["known_from"], row["version"]) != (min(positions), max(positions)):
        yield f"known from {row['known_from']}, version {row['version']}, with {positions}"
    agreement = folding.agreement(folding.decode(row["fold"]))
    if row["visibility"] != agreement.visibility:
        yield f"{row['visibility']} beside {agreement.visibility}"
    yield from _faults_of_fold(agreement, notices)
    for day in reference.days_worth_asking(notices):
        states = [state for first, end, state in segments if first <= day < end]
        if states != [agreement.on(day).state]:
            yield f"segments say {states} on {day}, not {agreement.on(day).state}"


def _faults_of_fold(agreement: Agreement, notices: list[Notice]) -> Iterator[str]:
    for day in reference.days_worth_asking(notices):
        found, wanted = agreement.on(day), reference.on(notices, day)
        if (found.state, found.data) != wanted:
            yield f"on {day} {found.state} {found.data}, not {wanted.state} {wanted.data}"
    if agreement.visibility != reference.visibility(notices):
        yield f"{agreement.visibility}, not {reference.visibility(notices)}"
    contradictions = [(found.code, found.protocol) for found in agreement.contradictions]
    if contradictions != reference_contradictions(notices)[-50:]:
        yield f"contradictions {contradictions}, not {reference_contradictions(notices)}"


async def _faults_of_items(
    connection: "asyncpg.Connection[asyncpg.Record]", registered: Iterable[Registered]
) -> list[str]:
    items = {
        position: json.loads(item)
        for position, item in await connection.fetch("SELECT position, item FROM feed_item")
    }
    faults = []
    for position, _, notice, _ in registered:
        item = items.get(position, {})
        told = (item.get("position"), item.get("protocol"), item.get("type"), item.get("backfill"))
        if told != (position, notice.protocol, notice.type, notice.backfill):
            faults.append(f"feed item {position}: {told}, and not {notice.protocol}")
    return faults
