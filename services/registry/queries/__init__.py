"""Every read of the registry. Connection first; nothing here writes.

Nothing is shown that its reader may not see, so every query that meets an agreement or a count takes a
`Reach`. JSON comes back as text, for msgspec to decode.
"""

from services.registry.queries.of_agreements import AgreementRow, Wanted, agreement, agreements
from services.registry.queries.of_members import Count, MemberRow, counts, folded, member, members
from services.registry.queries.of_notices import (
    ChainRow,
    DeadRow,
    EntryRow,
    FeedRow,
    ReceiptRow,
    chain,
    chains,
    conflicts,
    dead,
    entries,
    feed,
    head,
    receipt,
)
from services.registry.queries.reach import NEWEST, Connection, Reach

__all__ = [
    "NEWEST",
    "AgreementRow",
    "ChainRow",
    "Connection",
    "Count",
    "DeadRow",
    "EntryRow",
    "FeedRow",
    "MemberRow",
    "Reach",
    "ReceiptRow",
    "Wanted",
    "agreement",
    "agreements",
    "chain",
    "chains",
    "conflicts",
    "counts",
    "dead",
    "entries",
    "feed",
    "folded",
    "head",
    "member",
    "members",
    "receipt",
]
