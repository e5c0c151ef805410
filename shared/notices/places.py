"""Who may be named as a member of the network."""

import re

from shared import data

MEMBER_FORMAT = "member"
"""The JSON Schema format of a text for which is_member_id holds."""

LONGEST_MEMBER_ID = 64
_ORGANISATION = re.compile(r"org-[a-z0-9]+(-[a-z0-9]+)*")


def is_member_id(text: str) -> bool:
    """True for the state, one of the 853 municipalities, or an organisation's well-formed id."""
    if text in data.members():
        return True
    return len(text) <= LONGEST_MEMBER_ID and _ORGANISATION.fullmatch(text) is not None
