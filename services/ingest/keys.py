"""Who may speak for whom, built from the directory."""

from collections.abc import Iterator
from datetime import date
from typing import Literal, Protocol

import msgspec

from shared.accounts import Caller
from shared.directory import Directory
from shared.notices.envelope import SYSTEM_SOURCE
from shared.notices.families import FACTS

ANY_MEMBER = "*"
# Only the system speaks in these families, whether this release knows the type or not.
SYSTEM_FAMILIES = ("br.malha.clock.", "br.malha.ledger.")

_ROLES_FOR_ANY_MEMBER = frozenset({"coordination", "office"})
_MEMBER_FACTS = frozenset(type_ for type_, fact in FACTS.items() if "member" in fact.senders)

Refusal = Literal["source_reserved", "member_not_allowed", "fact_not_allowed"]


class Grant(msgspec.Struct, frozen=True):
    """A member that a key speaks for. `facts` null: all that a member may tell; `until` is the last day."""

    member: str
    facts: tuple[str, ...] | None = None
    until: date | None = None


class Envelope(Protocol):
    """What of an event decides whether its sender may send it; None where it cannot be read."""

    @property
    def member(self) -> str | None:
        """Whose notice it is."""

    @property
    def source(self) -> str | None:
        """The system that it comes from."""

    @property
    def type(self) -> str | None:
        """What it tells."""


class Speaker:
    """What one key may say on one day, and for whom."""

    def __init__(self, caller: Caller, directory: Directory, today: date) -> None:
        self.grants = list(_grants(caller, directory, today))
        self._members = directory.member_by_id
        self._speaks_for_anyone = caller.role in _ROLES_FOR_ANY_MEMBER
        self._for_anyone = _facts_of_role(caller.role)
        self._facts: dict[str, frozenset[str]] = {}
        for grant in self.grants:
            told = _MEMBER_FACTS if grant.facts is None else _MEMBER_FACTS.intersection(grant.facts)
            if grant.member != ANY_MEMBER:
                self._facts[grant.member] = self._facts.get(grant.member, self._for_anyone) | told

    def refusal(self, event: Envelope) -> Refusal | None:
        """Why this key may not send *event*; None if it may, or if *event* cannot be read that far."""
        if event.source == SYSTEM_SOURCE:
            return "source_reserved"
        if event.member is None:
            return None
        facts = self._facts.get(event.member)
        if facts is None:
            if not self._speaks_for_anyone:
                return "member_not_allowed"
            facts = self._for_anyone
        if event.type is None or event.type in facts:
            return None
        if event.type in FACTS or event.type.startswith(SYSTEM_FAMILIES):
            return "fact_not_allowed"
        return None

    def knows(self, member: str) -> bool:
        """Whether *member* speaks in the network at all."""
        return member in self._members


def _grants(caller: Caller, directory: Directory, today: date) -> Iterator[Grant]:
    if caller.role in {"member", "coordination"} and caller.member is not None:
        yield Grant(caller.member)
        for delegation in directory.delegations_by_delegate.get(caller.member, ()):
            if delegation.until is None or delegation.until >= today:
                yield Grant(delegation.member, delegation.facts, delegation.until)
    if for_anyone := _facts_of_role(caller.role):
        yield Grant(ANY_MEMBER, tuple(sorted(for_anyone)))


def _facts_of_role(role: str) -> frozenset[str]:
    """The facts that *role* may send for any member."""
    if role not in _ROLES_FOR_ANY_MEMBER:
        return frozenset()
    return frozenset(type_ for type_, fact in FACTS.items() if role in fact.senders)


class Speakers:
    """The speakers of today, each worked out once for a version of the directory."""

    def __init__(self) -> None:
        self._speakers: dict[tuple[str, str | None], Speaker] = {}
        self._valid_for: tuple[Directory | None, date | None] = (None, None)

    def of(self, caller: Caller, directory: Directory, today: date) -> Speaker:
        """What *caller* may say *today*: keys and people of one role and member may say the same."""
        if self._valid_for[0] is not directory or self._valid_for[1] != today:
            self._speakers.clear()
            self._valid_for = (directory, today)
        spoken_as = (caller.role, caller.member)
        speaker = self._speakers.get(spoken_as)
        if speaker is None:
            speaker = self._speakers[spoken_as] = Speaker(caller, directory, today)
        return speaker
