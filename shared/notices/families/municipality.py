"""What a municipality says of itself."""

from shared.notices.dates import ReducedDate
from shared.notices.families.fact import BY_MEMBER, Payload, fact
from shared.notices.families.wording import about_member


@fact(
    "municipality.nothing_to_declare",
    senders=BY_MEMBER,
    visibility="public",
    wording=about_member(
        "{member} declarou não ter acordos internacionais a informar",
        "{member} declared that it has no international agreements to report",
    ),
)
class NothingToDeclare(Payload, frozen=True):
    """A dated nil return: silence is not zero, this is."""

    as_of: ReducedDate
