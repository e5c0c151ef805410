"""Rows of sheets that repeat what was told once, but has been told otherwise since.

A sheet that goes back to an earlier content repeats the identity of that content. Whoever sends it is told
that the row went on meanwhile, and tells it as the next correction.
"""

from collections.abc import Sequence
from typing import Final

from services.registry.writing.drafting import Registered
from services.registry.writing.outcome import Outcome
from shared.database import Connection
from shared.notices.envelope import Delivery
from shared.notices.sheetrows import next_id

_KNOWN: Final = """
SELECT n.ordinal - 1
FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS n (member, source, id, ordinal)
JOIN inbox i ON i.member = n.member AND i.source = n.source AND i.id = n.id
"""


async def mark_overtaken(
    connection: Connection, deliveries: Sequence[Delivery], outcomes: Sequence[Outcome]
) -> list[Outcome]:
    """*outcomes*, with each repeat of a row marked that another notice of the same row has come after."""
    marked = list(outcomes)
    following = {
        at: (notice.member, notice.source, after)
        for at, (delivery, outcome) in enumerate(zip(deliveries, outcomes, strict=True))
        if delivery.sender.door == "import"
        and isinstance(outcome, Registered)
        and outcome.repeated
        and (after := next_id((notice := delivery.notice).id, notice.protocol)) is not None
    }
    if not following:
        return marked
    members, sources, ids = zip(*following.values(), strict=True)
    places = list(following)
    for (ordinal,) in await connection.fetch(_KNOWN, members, sources, ids):
        outcome = marked[places[ordinal]]
        if isinstance(outcome, Registered):
            marked[places[ordinal]] = outcome._replace(overtaken=True)
    return marked
