"""The families of notices. A type is added in one place: a decorated class in its family's module."""

from shared.notices.families import agreement, clock, ledger, member, municipality
from shared.notices.families.fact import FACTS, Fact, FieldFault, Life, Payload, Role, Wording
from shared.notices.families.headlines import headline, plain_headline

__all__ = [
    "FACTS",
    "Fact",
    "FieldFault",
    "Life",
    "Payload",
    "Role",
    "Wording",
    "agreement",
    "clock",
    "headline",
    "ledger",
    "member",
    "municipality",
    "plain_headline",
]
