"""Every read of the registry. Connection first; nothing here writes.

Nothing is shown that its reader may not see, so every query that meets an agreement or a count takes a
`Reach`. JSON comes back as text, for msgspec to decode.
"""

from services.registry.queries.filters import Wanted
from services.registry.queries.finding import Found, find
from services.registry.queries.moments import Moment, position_at, rules_version
from services.registry.queries.of_agreements import (
    AgreementRow,
    ChildRow,
    ToldRow,
    agreement,
    agreements,
    children,
    told,
)
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
    "ChildRow",
    "Connection",
    "Count",
    "DeadRow",
    "EntryRow",
    "FeedRow",
    "Found",
    "MemberRow",
    "Moment",
    "Reach",
    "ReceiptRow",
    "ToldRow",
    "Wanted",
    "agreement",
    "agreements",
    "chain",
    "chains",
    "children",
    "conflicts",
    "counts",
    "dead",
    "entries",
    "feed",
    "find",
    "folded",
    "head",
    "member",
    "members",
    "position_at",
    "receipt",
    "rules_version",
    "told",
]
