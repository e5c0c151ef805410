"""What a municipality says of itself."""

from shared.notices.dates import ReducedDate
from shared.notices.families.fact import BY_MEMBER, Payload, fact
from shared.notices.sentences import Sentence


@fact(
    "municipality.nothing_to_declare",
    senders=BY_MEMBER,
    visibility="public",
    headline=Sentence(
        pt="{member} declarou não ter acordos internacionais a informar",
        en="{member} declared that it has no international agreements to report",
    ),
)
class NothingToDeclare(Payload, frozen=True):
    """A dated nil return: silence is not zero, this is."""

    as_of: ReducedDate
