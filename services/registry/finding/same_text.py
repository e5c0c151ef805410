"""Which agreements share a text: groups, each with one agreement as its pattern. Connection first.

What comes is compared with the patterns of a few groups, those that its sketch points to: a text that is
used a hundred thousand times costs one comparison each time, and no two of its uses are ever compared.
Nothing here commits.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from services.registry.finding import dealings, likeness
from services.registry.finding.dealing import Dealing
from services.registry.queries import Connection

MOST_CANDIDATES: Final = 4
"""With so many patterns a text is compared: those of the groups that share most of its bands."""

_COUNTS: Final = """
    count(*) FILTER (WHERE visibility = 'public') AS public,
    count(*) FILTER (WHERE visibility = 'network') AS network,
    count(*) FILTER (WHERE visibility = 'restricted') AS restricted
"""


class Place(NamedTuple):
    """The group of an agreement, and its share of words in common with the pattern, in percent."""

    text_group: int | None
    share: int | None


NOWHERE: Final = Place(None, None)

# ------------------------------------------------------------------------------------------ leaving
_LEAVE: Final = f"""
WITH gone AS MATERIALIZED (
    SELECT agreement, text_group, visibility FROM compared
    WHERE agreement = ANY($1) AND text_group IS NOT NULL
), left_it AS (
    UPDATE compared SET text_group = NULL, share = NULL FROM gone WHERE compared.agreement = gone.agreement
), fewer AS (
    UPDATE text_group SET public = text_group.public - n.public, network = text_group.network - n.network,
        restricted = text_group.restricted - n.restricted
    FROM (SELECT text_group, {_COUNTS} FROM gone GROUP BY text_group) AS n
    WHERE text_group.id = n.text_group
)
SELECT g.id FROM text_group g JOIN gone ON gone.text_group = g.id AND gone.agreement = g.pattern
"""  # noqa: S608 - constants of this file
_NEXT: Final = """
SELECT g.id, (SELECT agreement FROM compared WHERE text_group = g.id ORDER BY known_from LIMIT 1)
FROM unnest($1::bigint[]) AS g (id)
"""
_DROP_BANDS: Final = "DELETE FROM text_band WHERE text_group = ANY($1)"
_DROP: Final = "DELETE FROM text_group WHERE id = ANY($1)"
_STAND: Final = """
UPDATE text_group SET pattern = n.pattern FROM unnest($1::bigint[], $2::text[]) AS n (id, pattern)
WHERE text_group.id = n.id
"""
_BANDS: Final = """
INSERT INTO text_band (text_group, band)
SELECT * FROM unnest($1::bigint[], $2::bigint[]) ON CONFLICT DO NOTHING
"""


async def leave(connection: Connection, agreements: Collection[str], key: bytes) -> None:
    """Take *agreements* out of their groups; where one was the pattern, the next that is known becomes it."""
    vacant = [row["id"] for row in await connection.fetch(_LEAVE, sorted(agreements))]
    if not vacant:
        return
    await connection.execute(_DROP_BANDS, vacant)
    heirs: dict[int, str | None] = {row[0]: row[1] for row in await connection.fetch(_NEXT, vacant)}
    patterns = await dealings.load(connection, [heir for heir in heirs.values() if heir is not None])
    taken = {group: patterns[heir] for group, heir in heirs.items() if heir is not None}
    await connection.execute(_DROP, [group for group, heir in heirs.items() if heir is None])
    await connection.execute(_STAND, list(taken), [pattern.agreement for pattern in taken.values()])
    await _write_bands(connection, {group: pattern.sketch(key) for group, pattern in taken.items()})


# ------------------------------------------------------------------------------------------ joining
_CANDIDATES: Final = """
SELECT n.agreement, g.text_group, count(*) AS shared
FROM unnest($1::text[], $2::bigint[]) AS n (agreement, band)
CROSS JOIN LATERAL (SELECT text_group FROM text_band WHERE band = n.band ORDER BY text_group LIMIT 16) AS g
GROUP BY n.agreement, g.text_group
ORDER BY n.agreement, shared DESC, g.text_group
"""
_PATTERNS: Final = "SELECT id, pattern FROM text_group WHERE id = ANY($1)"
_IDS: Final = "SELECT nextval('text_group_id_seq') FROM generate_series(1, $1::int)"
_OPEN: Final = """
INSERT INTO text_group (id, pattern, public, network, restricted)
SELECT *, 0, 0, 0 FROM unnest($1::bigint[], $2::text[])
"""
_JOIN: Final = f"""
UPDATE text_group SET public = text_group.public + n.public, network = text_group.network + n.network,
    restricted = text_group.restricted + n.restricted, share = least(text_group.share, n.share)
FROM (SELECT text_group, min(share) AS share, {_COUNTS}
      FROM unnest($1::bigint[], $2::smallint[], $3::text[]) AS m (text_group, share, visibility)
      GROUP BY text_group) AS n
WHERE text_group.id = n.text_group
"""  # noqa: S608 - constants of this file


async def join(connection: Connection, coming: Sequence[Dealing], key: bytes) -> dict[str, Place]:
    """The place of each of *coming*, which are in no group, found or made."""
    sketches: dict[str, Sequence[int]] = {}
    for at, dealing in enumerate(coming):
        if at % dealings.TURN_AGREEMENTS == 0:
            await asyncio.sleep(0)
        sketches[dealing.agreement] = dealing.sketch(key)
    sketched = [dealing for dealing in coming if sketches[dealing.agreement]]
    places = {dealing.agreement: NOWHERE for dealing in coming}
    if not sketched:
        return places
    groups = await _Groups.pointed_to(connection, sketches)
    ids = [row[0] for row in await connection.fetch(_IDS, len(sketched))]
    for dealing, new in zip(sketched, ids, strict=True):
        places[dealing.agreement] = groups.take(dealing, sketches[dealing.agreement], new)
    await connection.execute(
        _OPEN, list(groups.opened), [found.agreement for found in groups.opened.values()]
    )
    await _write_bands(
        connection, {group: sketches[found.agreement] for group, found in groups.opened.items()}
    )
    joined = [(*places[dealing.agreement], dealing.visibility) for dealing in sketched]
    await connection.execute(_JOIN, *zip(*joined, strict=True))
    return places


class _Groups:
    """The groups that a batch may join, those that it opens included."""

    def __init__(self, candidates: Mapping[str, Sequence[int]], patterns: Mapping[int, Dealing]) -> None:
        self._candidates = candidates
        self._patterns = dict(patterns)
        self._by_band: dict[int, list[int]] = {}
        self.opened: dict[int, Dealing] = {}

    @classmethod
    async def pointed_to(cls, connection: Connection, sketches: Mapping[str, Sequence[int]]) -> "_Groups":
        """Those that are there already."""
        pairs = [(agreement, band) for agreement, bands in sketches.items() for band in bands]
        candidates: dict[str, list[int]] = {}
        for agreement, group, _ in await connection.fetch(_CANDIDATES, *zip(*pairs, strict=True)):
            found = candidates.setdefault(agreement, [])
            if len(found) < MOST_CANDIDATES:
                found.append(group)
        groups = {group for found in candidates.values() for group in found}
        rows = await connection.fetch(_PATTERNS, sorted(groups)) if groups else []
        named: dict[int, str] = {row["id"]: row["pattern"] for row in rows}
        loaded = await dealings.load(connection, set(named.values()))
        return cls(candidates, {group: loaded[name] for group, name in named.items() if name in loaded})

    def take(self, dealing: Dealing, bands: Sequence[int], new: int) -> Place:
        """Where *dealing* belongs: the group with most in common, or the *new* one, as its pattern."""
        best = NOWHERE
        for group in self._near(dealing, bands):
            share = likeness.share_percent(dealing.words, self._patterns[group].words)
            if share >= likeness.SAME_TEXT_PERCENT and share > (best.share or 0):
                best = Place(group, share)
        if best.text_group is not None:
            return best
        self.opened[new] = self._patterns[new] = dealing
        for band in bands:
            self._by_band.setdefault(band, []).append(new)
        return Place(new, 100)

    def _near(self, dealing: Dealing, bands: Sequence[int]) -> Iterable[int]:
        known = [group for group in self._candidates.get(dealing.agreement, ()) if group in self._patterns]
        fresh = Counter(group for band in bands for group in self._by_band.get(band, ()))
        return [*known, *(group for group, _ in fresh.most_common(MOST_CANDIDATES))]


_MOVE: Final = f"""
UPDATE text_group SET public = text_group.public + n.public, network = text_group.network + n.network,
    restricted = text_group.restricted + n.restricted
FROM (SELECT text_group, sum(public) AS public, sum(network) AS network, sum(restricted) AS restricted
      FROM (SELECT text_group, {_COUNTS} FROM unnest($1::bigint[], $3::text[]) AS m (text_group, visibility)
            GROUP BY text_group
            UNION ALL
            SELECT text_group, -count(*) FILTER (WHERE visibility = 'public'),
                -count(*) FILTER (WHERE visibility = 'network'),
                -count(*) FILTER (WHERE visibility = 'restricted')
            FROM unnest($1::bigint[], $2::text[]) AS m (text_group, visibility) GROUP BY text_group) AS moved
      GROUP BY text_group) AS n
WHERE text_group.id = n.text_group
"""  # noqa: S608 - constants of this file


class Move(NamedTuple):
    """A member of a group that is seen by others than before."""

    text_group: int
    was: str
    visibility: str


async def move(connection: Connection, moves: Sequence[Move]) -> None:
    """Count each under the visibility that it has now."""
    if moves:
        await connection.execute(_MOVE, *zip(*moves, strict=True))


async def _write_bands(connection: Connection, sketches: Mapping[int, Sequence[int]]) -> None:
    rows = [(group, band) for group, bands in sketches.items() for band in bands]
    if rows:
        await connection.execute(_BANDS, *zip(*rows, strict=True))
