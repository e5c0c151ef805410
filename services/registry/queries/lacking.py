"""What is not told of agreements, counted by field."""

from typing import Final

from services.registry.queries.counting import Counted, Counting
from services.registry.queries.reach import Connection

_JOIN: Final = """
JOIN agreement told ON told.known_from = found.known_from
CROSS JOIN LATERAL unnest(told.missing) AS lacking (field)"""


async def lacking(connection: Connection, asked: Counted) -> list[tuple[str, int]]:
    """Fields, and how many of the signed agreements lack them now, the most first."""
    counting = Counting(asked)
    counting.where.append(counting.signed())
    query = counting.query("lacking.field", join=_JOIN, figures="count(*) AS n")
    found = [(row["key"], row["n"]) for row in await connection.fetch(query, *counting.bound.values)]
    return sorted(found, key=lambda entry: (-entry[1], entry[0]))
