"""*Ciente*: somebody of the office or the coordination says, by pressing a button, that it has taken note.

Nobody is watched while reading: a page that was merely opened leaves no trace here.
"""

from typing import Final

from aiohttp import web

from services.registry import queries
from services.registry.http.agreements import NO_SUCH_AGREEMENT, agreement_of
from services.registry.http.answers import connection_of, reach
from services.registry.network import acknowledgements
from services.registry.pages.forms import fields
from shared import doors
from shared.accounts import Caller, scope_of
from shared.problems import NotFound

_NUMBER: Final = 18
_DIGITS: Final = frozenset("0123456789")


def actor_of(caller: Caller) -> str:
    """Under which opaque id *caller* takes note."""
    return caller.person or caller.key or caller.role


async def post_acknowledgement(request: web.Request, caller: Caller) -> web.Response:
    """Take note of the version that was read; one that is newer than it stays to be read."""
    agreement_id = agreement_of(request)
    typed = (await fields(request)).get("version", "")
    async with connection_of(request) as connection:
        row = await queries.agreement(connection, agreement_id, reach(scope_of(caller)))
        if row is None:
            raise NotFound(NO_SUCH_AGREEMENT)
        is_number = 0 < len(typed) <= _NUMBER and _DIGITS.issuperset(typed)
        version = min(int(typed), row.version) if is_number else row.version
        await acknowledgements.add(connection, agreement_id, version, actor_of(caller), caller.role)
    return doors.see_other(f"/acordos/{agreement_id}#ciente")
