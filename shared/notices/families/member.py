"""What a member says of how it can be reached."""

from msgspec import UNSET, UnsetType

from shared.notices.families.fact import BY_MEMBER_OR_COORDINATION, Payload, fact
from shared.notices.families.texts import Email, Phone, Short
from shared.notices.families.wording import about_member


@fact(
    "member.contact_changed",
    senders=BY_MEMBER_OR_COORDINATION,
    visibility="restricted",
    wording=about_member("Mudou o contato de {member}", "The contact of {member} changed"),
)
class ContactChanged(Payload, frozen=True):
    """Which office speaks for the member, and how it is reached: an office's address, not a person's."""

    dates = ()

    office: Short
    email: Email | UnsetType = UNSET
    phone: Phone | UnsetType = UNSET
