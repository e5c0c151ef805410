"""Who read what is restricted, took lists away, let somebody in. Connection first; append-only."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal, NamedTuple, get_args

from services.registry.queries import Connection
from shared.accounts import Caller

Act = Literal[
    "read",
    "export",
    "sign_in",
    "sign_out",
    "invite",
    "accept",
    "add_person",
    "end_person",
    "renew_person",
    "issue_key",
    "replace_key",
    "end_key",
    "delegate",
    "undelegate",
]
ACTS: Final[Sequence[Act]] = get_args(Act)
_LONGEST: Final = 1_000


class Noted(NamedTuple):
    """One line of the audit, with the person's name as long as it is known.

    *person* is an opaque id or, of who read at a terminal, `account NAME`.
    """

    id: int
    at: datetime
    act: str
    resource: str
    detail: str
    role: str
    member: str | None
    person: str | None
    key: str | None
    name: str | None


_NOTE = """
INSERT INTO audit (act, resource, detail, role, member, person, key) VALUES ($1, $2, $3, $4, $5, $6, $7)
"""


async def note(connection: Connection, caller: Caller, act: Act, resource: str, detail: str = "") -> None:
    """Note that *caller* did *act* to *resource* (an id, an address); *detail* has filters, no content."""
    await connection.execute(
        _NOTE, act, resource[:_LONGEST], detail[:_LONGEST], caller.role, caller.member, caller.person,
        caller.key,
    )  # fmt: skip


_IS_RESTRICTED = """
SELECT EXISTS (
    SELECT FROM entry e JOIN agreement a ON a.id = e.agreement
    WHERE e.protocol = $1 AND a.visibility = 'restricted')
"""


async def is_restricted(connection: Connection, protocol: str) -> bool:
    """Whether the notice of that *protocol* tells of an agreement that is restricted."""
    found: bool = await connection.fetchval(_IS_RESTRICTED, protocol)
    return found


_NOTED = """
SELECT a.id, a.at, a.act, a.resource, a.detail, a.role, a.member, a.person, a.key, p.name
FROM audit a LEFT JOIN person p ON p.id = a.person
WHERE ($1::bigint IS NULL OR a.id < $1)
    AND ($2::text IS NULL OR a.act = $2)
    AND ($3::text IS NULL OR a.member = $3)
    AND ($4::text IS NULL OR a.person = $4)
    AND ($5::text IS NULL OR a.resource = $5)
ORDER BY a.id DESC
LIMIT $6
"""


async def noted(
    connection: Connection,
    *,
    before: int | None = None,
    act: str | None = None,
    member: str | None = None,
    person: str | None = None,
    resource: str | None = None,
    limit: int,
) -> list[Noted]:
    """What was noted, the last first: by one *act*, *member*, *person*, *resource*, or by any."""
    rows = await connection.fetch(_NOTED, before, act, member, person, resource, limit)
    return [Noted(*row) for row in rows]
