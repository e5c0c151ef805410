"""Facts only: what a citizen's page leaves out in the months before an election."""

from services.registry.http.answers import today
from services.registry.network import electoral
from services.registry.network.electoral import Period
from services.registry.queries import Connection
from shared.accounts import Caller


async def facts_only(connection: Connection, caller: Caller) -> Period | None:
    """The electoral period, for whom it restrains: who is signed in reads on as always.

    While it lasts a public page shows who, with whom, which instrument, when, and counts. What a member
    wrote in its own words stays out: title, object, objectives, reasons and notes.
    """
    if caller.role != "anonymous":
        return None
    return await electoral.period_on(connection, today())
