"""Facts that an agreement exists: signed, reported, confirmed to be alive."""

from collections.abc import Mapping
from typing import Any

from shared.notices.families.agreement_data import AgreementData
from shared.notices.families.fact import BY_MEMBER, BY_MEMBER_OR_COORDINATION, Life, Wording, fact
from shared.notices.families.negotiation import NotedPayload
from shared.notices.families.states import ALIVE, NEGOTIATING
from shared.notices.families.wording import about_agreement
from shared.notices.sentences import Sentence


@fact(
    "agreement.signed",
    rank=50,
    senders=BY_MEMBER_OR_COORDINATION,
    first_telling=True,
    wording=Wording(
        headline=Sentence(
            pt="{member} assinou acordo com {partner}", en="{member} signed an agreement with {partner}"
        ),
        plain=Sentence(pt="{member} assinou um acordo", en="{member} signed an agreement"),
        variants={
            "IRM_DECL": Sentence(
                pt="{member} declarou por lei irmandade com {partner}",
                en="{member} declared by law that it is twinned with {partner}",
            ),
            "ADT": Sentence(
                pt="{member} assinou termo aditivo com {partner}",
                en="{member} signed an amendment with {partner}",
            ),
        },
    ),
)
class Signed(AgreementData, frozen=True):
    """An agreement was signed."""

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:
        """Signed from its day on; what it tells of the agreement is already taken in."""
        life.sign(dated=data.get("signed_on") is not None)


@fact(
    "agreement.reported",
    rank=60,
    senders=BY_MEMBER_OR_COORDINATION,
    first_telling=True,
    wording=Wording(
        headline=Sentence(
            pt="{member} informou acordo já existente com {partner}",
            en="{member} reported an existing agreement with {partner}",
        ),
        plain=Sentence(
            pt="{member} informou um acordo já existente", en="{member} reported an existing agreement"
        ),
        variants={
            "IRM_DECL": Sentence(
                pt="{member} informou lei de irmandade com {partner}",
                en="{member} reported a law that declares it twinned with {partner}",
            ),
            "ADT": Sentence(
                pt="{member} informou termo aditivo com {partner}",
                en="{member} reported an amendment with {partner}",
            ),
        },
    ),
)
class Reported(Signed, frozen=True):
    """An existing agreement is told for the first time."""


@fact(
    "agreement.confirmed",
    rank=70,
    senders=BY_MEMBER,
    wording=about_agreement(
        "{member} confirmou que segue ativ{x} {o} com {partner}",
        "{member} confirmed that {the} with {partner} is still alive",
    ),
)
class Confirmed(NotedPayload, frozen=True):
    """It is still alive."""

    @staticmethod
    def apply(data: Mapping[str, Any], life: Life) -> None:  # noqa: ARG004 - a note changes nothing
        """Known as alive on its day."""
        life.expect(ALIVE | NEGOTIATING)
        life.confirm()
