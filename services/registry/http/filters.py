"""Which agreements are asked for: the filters of `/v1/agreements` and `/v1/statistics`."""

import re
from typing import Final, get_args

from services.registry.folding import completeness
from services.registry.folding.partners import folded_name
from services.registry.http.parameters import Parameters
from services.registry.queries import Wanted
from shared import data
from shared.notices.codelists import (
    FederalBody,
    FederalStatus,
    Instrument,
    LegalStatus,
    LegislativeStatus,
    State,
    Theme,
)
from shared.notices.sentences import Sentence
from shared.problems import InvalidParameter

NAMES: Final = frozenset({*Wanted.__struct_fields__, "q"})
KINDS: Final = get_args(data.MemberKind)
STATES: Final = get_args(State)
_SDGS: Final = tuple(str(goal.number) for goal in data.goals())
_STATUSES: Final = {
    "legal": get_args(LegalStatus),
    "legislative": get_args(LegislativeStatus),
    "federal": get_args(FederalStatus),
}
_BODIES: Final = get_args(FederalBody)
_WIKIDATA: Final = re.compile(r"Q[1-9][0-9]*")
_NO_GATE: Final = Sentence(
    "Informe uma instância (federal: à espera dela), instância:situação ou instância:situação:órgão, por "
    "exemplo federal:consulted:COFIEX.",
    "Give a gate (federal: waiting there), gate:status or gate:status:body, for example "
    "federal:consulted:COFIEX.",
)


def wanted_of(parameters: Parameters, *, kind: str | None) -> Wanted:
    """What the filters of an address ask for, `q` and *kind* apart. Raises InvalidParameter."""
    return Wanted(
        member=parameters.member(),
        subject=parameters.text("subject"),
        mesoregion=parameters.one_of("mesoregion", data.mesoregions()),
        country=parameters.country(),
        theme=parameters.one_of("theme", get_args(Theme)),
        sdg=parameters.one_of("sdg", _SDGS),
        instrument=parameters.one_of("instrument", get_args(Instrument)),
        state=parameters.one_of("state", STATES),
        gate=_gate(parameters),
        partner=_partner(parameters),
        parent=parameters.agreement("parent"),
        kind=kind,
        missing=parameters.one_of("missing", completeness.FIELDS),
        expires_before=parameters.day("expires_before"),
        signed_from=parameters.day("signed_from"),
        signed_until=parameters.day("signed_until"),
    )


def _gate(parameters: Parameters) -> str | None:
    value = parameters.given("gate")
    if value is None:
        return None
    gate, *rest = value.split(":")
    choices = (_STATUSES.get(gate, ()), _BODIES)
    known = gate in _STATUSES and len(rest) <= len(choices)
    if not known or any(part not in choice for part, choice in zip(rest, choices, strict=False)):
        raise InvalidParameter("gate", _NO_GATE)
    return value


def _partner(parameters: Parameters) -> str | None:
    """A partner's Wikidata id, or its name and country (`Porto|PT`; `CGLU` alone), however it is written."""
    text = parameters.text("partner")
    if text is None or _WIKIDATA.fullmatch(text):
        return text
    name, _, country = text.partition("|")
    return f"{folded_name(name)}|{country.strip().upper()}"
