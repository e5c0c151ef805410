"""Every read of the registry. Connection first; nothing here writes.

Nothing is shown that its reader may not see, so every query that meets an agreement or a count takes a
`Reach`. JSON comes back as text, for msgspec to decode.
"""

from services.registry.queries.counting import (
    Counted,
    Figures,
    Grouped,
    Sum,
    amounts,
    by_facet,
    by_kind,
    by_month,
    by_state,
    keys_of,
    prepare_to_count,
    total,
)
from services.registry.queries.filters import Wanted, first_told
from services.registry.queries.finding import Found, find
from services.registry.queries.moments import Moment, Standing, position_at, rules_version, standing
from services.registry.queries.of_agreements import (
    AgreementRow,
    ChildRow,
    ToldRow,
    agreement,
    agreements,
    children,
    told,
)
from services.registry.queries.of_map import OnMap, on_map
from services.registry.queries.of_members import (
    Count,
    MemberRow,
    contacts,
    counts,
    folded,
    heard,
    member,
    members,
)
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
from services.registry.queries.of_reviews import Reviewed, ReviewRow, reviews
from services.registry.queries.of_reviews import Status as ReviewStatus
from services.registry.queries.reach import NEWEST, Connection, Reach
from services.registry.queries.recounting import known_of, recounted

__all__ = [
    "NEWEST",
    "AgreementRow",
    "ChainRow",
    "ChildRow",
    "Connection",
    "Count",
    "Counted",
    "DeadRow",
    "EntryRow",
    "FeedRow",
    "Figures",
    "Found",
    "Grouped",
    "MemberRow",
    "Moment",
    "OnMap",
    "Reach",
    "ReceiptRow",
    "ReviewRow",
    "ReviewStatus",
    "Reviewed",
    "Standing",
    "Sum",
    "ToldRow",
    "Wanted",
    "agreement",
    "agreements",
    "amounts",
    "by_facet",
    "by_kind",
    "by_month",
    "by_state",
    "chain",
    "chains",
    "children",
    "conflicts",
    "contacts",
    "counts",
    "dead",
    "entries",
    "feed",
    "find",
    "first_told",
    "folded",
    "head",
    "heard",
    "keys_of",
    "known_of",
    "member",
    "members",
    "on_map",
    "position_at",
    "prepare_to_count",
    "receipt",
    "recounted",
    "reviews",
    "rules_version",
    "standing",
    "told",
    "total",
]
