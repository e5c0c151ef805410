"""What may be told of an agreement next, by whom: the buttons that lead to the forms which tell it."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

import msgspec

from services.registry.shapes import AgreementView
from shared.accounts import Caller
from shared.notices.codelists import State

SIGNED: Final = "signed"
MOST_PARTNERS: Final = 3
"""So many the form of a first telling has room for."""
_OPEN: Final = ("gate_updated", "withdrawn")
_ALIVE: Final = ("renewed", "terminated", "completed", "amended", "gate_updated")
_NEXT: Final[Mapping[State, tuple[str, ...]]] = {
    "negotiating": (SIGNED, "submitted_for_review", "cleared", *_OPEN),
    "under_review": (SIGNED, "cleared", "returned", *_OPEN),
    "ready_to_sign": (SIGNED, "returned", *_OPEN),
    "signed": ("entered_into_force", "confirmed", *_ALIVE),
    "in_force": ("confirmed", "suspended", *_ALIVE),
    "suspended": ("resumed", *_ALIVE),
    "expired": ("renewed", "completed"),
}
_OF_COORDINATION: Final = ("gate_updated", "merged", "voided")
_FORM: Final = "/registrar/fato"
_FINAL: Final = frozenset({"void", "superseded"})
AT_ONCE: Final = frozenset({"confirmed", "submitted_for_review", "cleared"})
"""They need no word more: the button tells them."""


class Step(msgspec.Struct, frozen=True):
    """A fact that may be told; *fields* go with the form, *address* is where the whole form is."""

    fact: str
    at_once: bool
    address: str


def common(view: AgreementView, back: str) -> dict[str, str]:
    """What every form about this agreement says: whose it is, and where to go on."""
    return {
        "member": view.member,
        "subject": view.subject,
        "title": str(view.data.get("title") or "")[:200],
        "back": back,
    }


def is_own(caller: Caller, view: AgreementView) -> bool:
    """Whether *caller* speaks for the agreement's member."""
    return caller.role == "member" and caller.member == view.member


def may_correct(caller: Caller, view: AgreementView) -> bool:
    """Whether *caller* may say what was always so."""
    return caller.role == "coordination" or is_own(caller, view)


def steps(caller: Caller, view: AgreementView) -> list[Step]:
    """What *caller* may tell of it on the day that is shown, the nearest at hand first."""
    facts: tuple[str, ...] = ()
    if is_own(caller, view):
        facts = _NEXT.get(view.state, ())
    elif caller.role == "coordination" and view.state not in _FINAL:
        facts = _OF_COORDINATION
    told = {"type": "", **common(view, f"/acordos/{view.id}")}
    return [
        Step(fact, fact in AT_ONCE, f"{_FORM}?{urlencode({**told, 'type': fact})}")
        if fact != SIGNED
        else Step(fact, at_once=False, address=f"/registrar?{urlencode(_first_telling(view))}")
        for fact in facts
        if fact != SIGNED or len(view.data.get("partners") or ()) <= MOST_PARTNERS
    ]


def _first_telling(view: AgreementView) -> dict[str, str]:
    """What the form of a first telling begins with: what the negotiation told of the same agreement."""
    told = {**common(view, f"/acordos/{view.id}"), "title": str(view.data.get("title") or "")}
    if view.data.get("instrument"):
        told["instrument"] = view.data["instrument"]
    for place, partner in enumerate(view.data.get("partners") or ()):
        told |= {f"partners.{place}.{name}": str(held) for name, held in partner.items()}
    return told
