"""Agreements that may be one and the same, told twice: found among few, written to the review list.

Candidates are agreements of the same member with the same partner, signed nearest in time. The one known
later is held against the other; if there are several, against the one that it resembles most. Connection
first; nothing here commits.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

import msgspec

from services.registry.finding import dealings
from services.registry.finding.dealing import NEAR, Dealing, Likeness, may_repeat
from services.registry.queries import Connection

CODE: Final = "possible_duplicate"
Pair = tuple[str, str]
"""The agreement known later, and the one that it may be."""

_FORGET: Final = "DELETE FROM dealing WHERE agreement = ANY($1)"
_WRITE: Final = """
INSERT INTO dealing (agreement, known_from, member, day, partner)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::date[], $5::text[])
"""
# Nearest first, on either side; among those of one day, and of unknown days, the first known.
_CANDIDATES: Final = """
SELECT DISTINCT n.agreement, c.agreement AS other
FROM unnest($1::text[], $2::text[], $3::text[], $4::date[]) AS n (agreement, member, partner, day)
CROSS JOIN LATERAL (
    (SELECT agreement FROM dealing d WHERE d.member = n.member AND d.partner = n.partner
        AND d.day >= n.day AND d.day <= n.day + $5::int ORDER BY d.day, d.known_from LIMIT 6)
    UNION ALL
    (SELECT agreement FROM dealing d WHERE d.member = n.member AND d.partner = n.partner
        AND d.day < n.day AND d.day >= n.day - $5::int ORDER BY d.day DESC, d.known_from DESC LIMIT 6)
    UNION ALL
    (SELECT agreement FROM dealing d WHERE d.member = n.member AND d.partner = n.partner
        AND d.day IS NULL ORDER BY d.known_from LIMIT 6)
    UNION ALL
    (SELECT agreement FROM dealing d WHERE n.day IS NULL AND d.member = n.member AND d.partner = n.partner
        ORDER BY d.day, d.known_from LIMIT 6)
) AS c
WHERE c.agreement <> n.agreement
"""
_REVIEWS: Final = """
SELECT agreement, other, closed_at IS NULL AS open, closed_by FROM review
WHERE code = 'possible_duplicate' AND agreement = ANY($1)
UNION
SELECT agreement, other, closed_at IS NULL, closed_by FROM review
WHERE code = 'possible_duplicate' AND other = ANY($1)
"""
_OPEN: Final = """
INSERT INTO review (agreement, member, kind, code, other, detail, opened_by, opened_at)
SELECT agreement, member, 'duplicate', 'possible_duplicate', other, detail, opened_by, $1
FROM unnest($2::text[], $3::text[], $4::text[], $5::jsonb[], $6::bigint[])
    AS n (agreement, member, other, detail, opened_by)
ON CONFLICT (agreement, code, protocol, other) DO UPDATE
SET detail = excluded.detail, closed_at = NULL, closed_by = NULL, closing = NULL
WHERE review.closed_by IS DISTINCT FROM 'coordination'
"""
_CLOSE: Final = """
UPDATE review SET closed_at = $1, closed_by = 'notice', closing = n.closing
FROM unnest($2::text[], $3::text[], $4::bigint[]) AS n (agreement, other, closing)
WHERE review.agreement = n.agreement AND review.code = 'possible_duplicate' AND review.protocol = ''
    AND review.other = n.other AND review.closed_at IS NULL
"""


class _Review(NamedTuple):
    agreement: str
    other: str
    open: bool
    closed_by: str | None


async def forget(connection: Connection, agreements: Collection[str]) -> None:
    """Find *agreements* no more when others come."""
    await connection.execute(_FORGET, sorted(agreements))


async def review(connection: Connection, changed: Mapping[str, Dealing]) -> None:
    """Hold each of *changed* against what is near it, and open or close what follows from that."""
    await forget(connection, changed)
    keys = [
        (found.agreement, found.known_from, found.member, found.day, partner)
        for found in changed.values()
        if found.counts
        for partner in found.partners
    ]
    near: list[Pair] = []
    if keys:
        agreements, known, members, days, partners = zip(*keys, strict=True)
        await connection.execute(_WRITE, agreements, known, members, days, partners)
        near = [
            tuple(row)
            for row in await connection.fetch(_CANDIDATES, agreements, members, partners, days, NEAR.days)
        ]
    reviews = {_pair(row): row for row in await _reviews(connection, changed)}
    everybody = dict(changed)
    others = {name for pair in [*near, *reviews] for name in pair} - everybody.keys()
    everybody.update(await dealings.load(connection, others))
    found = _judged(near, everybody)
    # Who resembles one of the changed may be held against somebody else already: that stands.
    reviews.update({_pair(row): row for row in await _reviews(connection, {newer for newer, _ in found})})
    everybody.update(
        await dealings.load(connection, {name for pair in reviews for name in pair} - everybody.keys())
    )
    found.update(_judged(reviews, everybody))
    await _write(connection, found, reviews, everybody)


async def _reviews(connection: Connection, agreements: Iterable[str]) -> list[_Review]:
    return [_Review(*row) for row in await connection.fetch(_REVIEWS, sorted(agreements))]


def _pair(row: _Review) -> Pair:
    return row.agreement, row.other


def _judged(pairs: Iterable[Pair], everybody: Mapping[str, Dealing]) -> dict[Pair, Likeness]:
    found = {}
    for pair in pairs:
        if pair[0] in everybody and pair[1] in everybody:
            older, newer = sorted((everybody[name] for name in pair), key=lambda known: known.known_from)
            alike = may_repeat(newer, older)
            if alike is not None:
                found[newer.agreement, older.agreement] = alike
    return found


async def _write(
    connection: Connection,
    found: Mapping[Pair, Likeness],
    reviews: Mapping[Pair, _Review],
    everybody: Mapping[str, Dealing],
) -> None:
    now = datetime.now(UTC)
    gone = [pair for pair, row in reviews.items() if row.open and pair not in found]
    if gone:
        closing = [max(everybody[name].version for name in pair if name in everybody) for pair in gone]
        await connection.execute(_CLOSE, now, *zip(*gone, strict=True), closing)
    held = {pair[0] for pair, row in reviews.items() if row.open and pair in found}
    suspected: dict[str, list[str]] = defaultdict(list)
    for newer, older in found:
        decided = reviews.get((newer, older))
        if newer not in held and (decided is None or decided.closed_by != "coordination"):
            suspected[newer].append(older)
    rows = []
    for name, others in suspected.items():
        alike = {other: found[name, other] for other in others}
        other = min(alike, key=lambda known: (-alike[known].percent, everybody[known].known_from))
        ours, theirs = everybody[name], everybody[other]
        detail = msgspec.json.encode(alike[other].sentence(theirs)).decode()
        rows.append((name, ours.member, other, detail, max(ours.version, theirs.version)))
    if rows:
        await connection.execute(_OPEN, now, *zip(*rows, strict=True))
