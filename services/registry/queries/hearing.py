"""How much of the network is heard."""

from typing import Final

import msgspec

from services.registry.queries.reach import Connection


class Hearing(msgspec.Struct, frozen=True):
    """Of how many municipalities anything was heard, and how many declared that they have nothing."""

    municipalities: int
    heard: int
    nothing_to_declare: int


_HEARING: Final = """
SELECT count(*), count(c.last_heard_at), count(c.last_nil_return)
FROM member m LEFT JOIN chain c ON c.member = m.id WHERE m.kind = 'municipality'
"""


async def hearing(connection: Connection) -> Hearing:
    """As of now."""
    [row] = await connection.fetch(_HEARING)
    return Hearing(*row)
