"""Reads of what agreements have in common: duplicates, texts, partners, countries and themes.

Each looks at a bounded number of rows, however many agreements there are.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

import msgspec

from services.registry.queries.reach import Connection, Reach

MOST_DUPLICATES: Final = 20
MOST_SHARING: Final = 20
MOST_SIBLINGS: Final = 20
_PARTNER_ROWS: Final = 200
_COUNTRY_ROWS: Final = 1_000
"""So many agreements with the partner, the country, are looked through: the newest known."""


class SimilarRow(msgspec.Struct, frozen=True):
    """An agreement that has something in common with another; *fold* is JSON."""

    id: str
    member: str
    member_name: str
    subject: str
    known_from: int
    fold: str


_BRIEF: Final = "a.id, a.member, m.name, a.subject, a.known_from, a.fold::text"
_SEEN: Final = "($1::text[] IS NULL OR a.visibility = ANY($1) OR a.member = $2)"


class DuplicateRow(msgspec.Struct, frozen=True):
    """An agreement that may be the same; *detail* is JSON."""

    similar: SimilarRow
    detail: str
    opened_at: datetime


_DUPLICATES: Final = f"""
SELECT {_BRIEF}, found.detail::text, found.opened_at FROM (
    SELECT other AS id, detail, opened_at FROM review
    WHERE code = 'possible_duplicate' AND closed_at IS NULL AND agreement = $3
    UNION ALL
    SELECT agreement, detail, opened_at FROM review
    WHERE code = 'possible_duplicate' AND closed_at IS NULL AND other = $3) AS found
JOIN agreement a ON a.id = found.id AND {_SEEN}
JOIN member m ON m.id = a.member
ORDER BY a.known_from
LIMIT $4
"""  # noqa: S608 - constants of this file


async def duplicates(connection: Connection, agreement: str, reach: Reach) -> list[DuplicateRow]:
    """What may be the same as *agreement*, the first known first."""
    rows = await connection.fetch(_DUPLICATES, reach.visibilities, reach.own, agreement, MOST_DUPLICATES)
    return [DuplicateRow(SimilarRow(*row[:6]), row[6], row[7]) for row in rows]


# -------------------------------------------------------------------------------------------- texts
_SIZES: Final[Mapping[tuple[str, ...] | None, str]] = {
    ("public",): "g.public",
    ("public", "network"): "g.public + g.network",
    None: "g.public + g.network + g.restricted",
}
"""How many agreements of a text are counted, by what the asker sees."""


class TextRow(msgspec.Struct, frozen=True):
    """A text that several agreements share; *share*: in percent, the least in common with its *pattern*."""

    id: int
    size: int
    share: int
    pattern: str


_TEXT: Final = """
SELECT g.id, {size}, g.share, g.pattern FROM text_group g WHERE g.id = $1 AND {size} > 1
"""
_TEXT_OF: Final = "SELECT text_group, share FROM compared WHERE agreement = $1 AND text_group IS NOT NULL"
_TEXTS: Final = """
SELECT g.id, {size}, g.share, g.pattern FROM text_group g
WHERE {size} > 1 AND ({size}, g.id) < ($1::bigint, $2::bigint)
ORDER BY {size} DESC, g.id DESC
LIMIT $3
"""


async def text(connection: Connection, text_group: int, reach: Reach) -> TextRow | None:
    """The text of that number; None if the asker sees fewer than two agreements of it."""
    row = await connection.fetchrow(_TEXT.format(size=_SIZES[reach.visibilities]), text_group)
    return None if row is None else TextRow(*row)


async def text_of(connection: Connection, agreement: str) -> tuple[int, int] | None:
    """The text that *agreement* shares, and its share of words in common with the pattern, in percent."""
    row = await connection.fetchrow(_TEXT_OF, agreement)
    return None if row is None else (row["text_group"], row["share"])


async def texts(
    connection: Connection, reach: Reach, *, before: tuple[int, int], limit: int
) -> list[TextRow]:
    """Texts that several agreements share, the most used first, after one of (size, number) *before*."""
    rows = await connection.fetch(_TEXTS.format(size=_SIZES[reach.visibilities]), *before, limit)
    return [TextRow(*row) for row in rows]


class SharingRow(msgspec.Struct, frozen=True):
    """An agreement with the text *text_group*, and its share in percent."""

    text_group: int
    share: int
    similar: SimilarRow


_SHARING: Final = f"""
SELECT c.text_group, c.share, {_BRIEF}
FROM unnest($3::bigint[]) AS g (id)
CROSS JOIN LATERAL (
    SELECT c.agreement, c.text_group, c.share, c.visibility FROM compared c
    WHERE c.text_group = g.id AND c.known_from > $4 AND ($1::text[] IS NULL OR c.visibility = ANY($1))
    ORDER BY c.known_from LIMIT $5) AS c
JOIN agreement a ON a.id = c.agreement AND {_SEEN}
JOIN member m ON m.id = a.member
ORDER BY c.text_group, a.known_from
"""  # noqa: S608 - constants of this file


async def sharing(
    connection: Connection, text_groups: Sequence[int], reach: Reach, *, after: int = 0, limit: int
) -> list[SharingRow]:
    """Of each text the agreements that the asker may see, at most *limit*, the first known first."""
    rows = await connection.fetch(_SHARING, reach.visibilities, reach.own, text_groups, after, limit)
    return [SharingRow(row[0], row[1], SimilarRow(*row[2:])) for row in rows]


# ----------------------------------------------------------------------------------------- siblings
# Of each other member its newest: of all that are looked through, the folds of those alone are read.
_OF_OTHERS: Final = f"""
SELECT {_BRIEF} FROM (
    SELECT a.member, max(a.known_from) AS known_from FROM ({{found}}) AS found
    JOIN agreement a ON a.known_from = found.known_from AND a.member <> $4 AND {_SEEN}
    GROUP BY a.member ORDER BY known_from DESC LIMIT {MOST_SIBLINGS}) AS newest
JOIN agreement a ON a.known_from = newest.known_from
JOIN member m ON m.id = a.member
ORDER BY a.known_from DESC
"""  # noqa: S608 - constants of this file
_FACET: Final = """
    SELECT f.known_from FROM unnest($5::text[]) AS given (value) CROSS JOIN LATERAL (
        SELECT known_from FROM facet WHERE name = '{name}' AND facet.value = given.value
            AND from_day <= $3 AND to_day > $3 ORDER BY known_from DESC LIMIT $6) AS f"""
_BY_PARTNER: Final = _OF_OTHERS.format(found=_FACET.format(name="partner"))
_BY_COUNTRY: Final = _OF_OTHERS.format(
    found=_FACET.format(name="country")
    + """
    WHERE EXISTS (SELECT FROM facet t WHERE t.name = 'theme' AND t.value = ANY($7)
        AND t.known_from = f.known_from AND t.from_day <= $3 AND t.to_day > $3)"""
)


class Others(msgspec.Struct, frozen=True):
    """Agreements of others than *member*, as they are on a day, as far as *reach* sees."""

    member: str
    on: date
    reach: Reach

    @property
    def parameters(self) -> tuple[tuple[str, ...] | None, str | None, date, str]:
        """$1 to $4."""
        return self.reach.visibilities, self.reach.own, self.on, self.member


async def with_partners(connection: Connection, partners: Sequence[str], others: Others) -> list[SimilarRow]:
    """Those with one of *partners*: of each other member the newest."""
    rows = await connection.fetch(_BY_PARTNER, *others.parameters, partners, _PARTNER_ROWS)
    return [SimilarRow(*row) for row in rows]


async def with_countries_and_themes(
    connection: Connection, countries: Sequence[str], themes: Sequence[str], others: Others
) -> list[SimilarRow]:
    """Those with one of *countries* and one of *themes*: of each other member the newest."""
    if not themes:
        return []
    rows = await connection.fetch(_BY_COUNTRY, *others.parameters, countries, _COUNTRY_ROWS, themes)
    return [SimilarRow(*row) for row in rows]
