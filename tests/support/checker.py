"""Decides from outside whether the promises held: SQL, SHA-256 and arithmetic, none of the product's code."""

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

import asyncpg

ENTRIES = """
SELECT e.member, e.sequence, e.entry, e.digest, d.fields
FROM entry e JOIN disclosure d USING (position) ORDER BY e.member, e.sequence
"""
ENTRIES_OF = """
SELECT e.member, e.sequence, e.entry, e.digest, d.fields
FROM entry e JOIN disclosure d USING (position) WHERE e.member = $1 ORDER BY e.sequence
"""
MEMBERS = "SELECT DISTINCT member FROM entry"

POSITIONS = """
SELECT (SELECT position FROM head), (SELECT count(*) FROM feed_item), (SELECT count(*) FROM entry),
       (SELECT min(position) FROM feed_item), (SELECT max(position) FROM feed_item)
"""


def canonical(value: Any) -> bytes:
    """RFC 8785 for what a ledger holds: no floats, keys of the Basic Multilingual Plane."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(value: bytes) -> str:
    """SHA-256, base64url, unpadded."""
    return base64.urlsafe_b64encode(hashlib.sha256(value).digest()).decode().rstrip("=")


def faults_of_chain(rows: Iterable[tuple[str, int, str, bytes, str]]) -> list[str]:
    """What is wrong with the chains, in words. *rows*: member, sequence, entry, digest, disclosed fields."""
    faults: list[str] = []
    heads: dict[str, tuple[int, str | None]] = {}
    unopened: dict[tuple[str, int], set[str]] = {}
    erased: dict[tuple[str, int], set[str]] = {}
    for member, sequence, entry, stored, disclosed in rows:
        length, head = heads.get(member, (0, None))
        body = json.loads(entry)
        fields = json.loads(disclosed)
        if canonical(body) != entry.encode():
            faults.append(f"{member} {sequence}: not canonical")
        if sequence != length + 1 or body["sequence"] != sequence or body["previous"] != head:
            faults.append(f"{member} {sequence}: does not follow {length}")
        if digest(entry.encode()) != base64.urlsafe_b64encode(stored).decode().rstrip("="):
            faults.append(f"{member} {sequence}: digest differs")
        for field, expected in body["data"].items():
            opened = fields.get(field)
            if opened is None:
                unopened.setdefault((member, sequence), set()).add(field)
            elif digest(canonical([opened["salt"], field, opened["value"]])) != expected:
                faults.append(f"{member} {sequence}: {field} does not open")
        if body["envelope"]["type"] == "br.malha.ledger.erased.v1" and "sequence" in fields:
            erased.setdefault((member, fields["sequence"]["value"]), set()).update(fields["fields"]["value"])
        heads[member] = (sequence, digest(entry.encode()))
    for (member, sequence), names in unopened.items():
        missing = names - erased.get((member, sequence), set())
        faults.extend(f"{member} {sequence}: {name} is gone without an erasure" for name in sorted(missing))
    return faults


def faults_of_reading(items: Iterable[dict[str, Any]], accepted: Iterable[str]) -> list[str]:
    """What a reader of everything saw of the protocols answered with a 202 that is not once each."""
    seen = Counter(item["protocol"] for item in items)
    return [f"{protocol}: read {seen[protocol]} times" for protocol in accepted if seen[protocol] != 1]


async def check(database_url: str, accepted: dict[str, tuple[str, str, str]]) -> list[str]:
    """Every fault found in the registry's database; empty when the promises held.

    *accepted*: protocol → (member, source, id) of each notice that was answered with a 202.
    """
    connection = await asyncpg.connect(database_url)
    try:
        faults: list[str] = []
        for [member] in await connection.fetch(MEMBERS):  # one at a time: there may be half a million entries
            faults += faults_of_chain(map(tuple, await connection.fetch(ENTRIES_OF, member)))
        rows = await connection.fetch(
            "SELECT protocol, count(*) FROM entry WHERE protocol = ANY($1) GROUP BY 1", list(accepted)
        )
        counts = {row["protocol"]: row["count"] for row in rows}
        faults += [f"{protocol}: registered {counts.get(protocol, 0)} times" for protocol in accepted
                   if counts.get(protocol, 0) != 1]  # fmt: skip
        row = await connection.fetchrow(POSITIONS)
        assert row is not None
        head, items, entries, lowest, highest = row
        if not head == items == entries == (highest or 0) or (head and lowest != 1):
            faults.append(f"positions: head {head}, items {items} in {lowest}..{highest}, entries {entries}")
        return faults
    finally:
        await connection.close()
