"""Whose page it is: a member sees its own, the coordination any."""

import msgspec
from aiohttp import web

from services.registry import queries
from services.registry.http.parameters import NO_SUCH_MEMBER
from shared.accounts import Caller
from shared.data import MemberKind
from shared.doors import NotForYou
from shared.notices.places import is_member_id
from shared.problems import NotFound


class Whose(msgspec.Struct, frozen=True):
    """The member a page is about; *asked* is what its links say of it, empty for its own people."""

    id: str
    name: str
    kind: MemberKind
    asked: str

    def at(self, path: str) -> str:
        """The address of *path* for this member."""
        return f"{path}{self.asked}"


def named(request: web.Request, caller: Caller) -> str:
    """Which member the address asks for. Raises NotForYou where it is another one's, NotFound for none."""
    return allowed(caller, request.query.get("member"))


def allowed(caller: Caller, asked: str | None) -> str:
    """The member that the caller acts for, *asked* for or its own. Raises NotForYou, NotFound."""
    if asked is not None and caller.role == "coordination":
        if not is_member_id(asked):
            raise NotFound(NO_SUCH_MEMBER)
        return asked
    if caller.member is None or asked not in {None, "", caller.member}:
        raise NotForYou
    return caller.member


async def whose(connection: queries.Connection, caller: Caller, member: str) -> Whose:
    """What there is to say of *member*. Raises NotFound."""
    row = await queries.member(connection, member)
    if row is None:
        raise NotFound(NO_SUCH_MEMBER)
    asked = f"?member={member}" if caller.role == "coordination" else ""
    return Whose(row.id, row.name, row.kind, asked)
