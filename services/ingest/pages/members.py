"""Whose agreements a form is about: the member's own, one that lets it speak, any for the coordination."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final, NamedTuple

from aiohttp import web

from services.ingest.pages.telling import spoken_for
from services.ingest.pages.typed import Typed
from shared.accounts import Caller
from shared.directory import Member

_ID: Final = re.compile(r"\b(31[0-9]{5}|31|org-[a-z0-9]+(?:-[a-z0-9]+)*)\b")
_MOST_SHOWN: Final = 40
"""More members than these are not offered as a list to choose from, but to be written."""


class Whose(NamedTuple):
    """Whose it is, as far as it is known, and whose it may be."""

    member: Member | None
    typed: str
    choices: Sequence[Member]

    @property
    def id(self) -> str:
        """The member's id; what was typed where that is nobody."""
        return self.typed if self.member is None else self.member.id

    @property
    def is_written(self) -> bool:
        """Whether there are too many to choose from a list."""
        return len(self.choices) > _MOST_SHOWN


def whose(request: web.Request, caller: Caller, typed: Typed) -> Whose:
    """The member that *typed* names, by id or by name; without a word of it the caller's own."""
    choices = spoken_for(request, caller)
    told = typed.one("member")
    if not told and caller.role == "member":
        return Whose(choices[0] if choices else None, caller.member or "", choices)
    return Whose(_found(told, choices), told, choices)


def _found(told: str, choices: Sequence[Member]) -> Member | None:
    by_id = {member.id: member for member in choices}
    if match := _ID.search(told.lower()):
        return by_id.get(match[1])
    wanted = _plain(told)
    named = [member for member in choices if _plain(member.name) == wanted]
    return named[0] if len(named) == 1 else None


def _plain(name: str) -> str:
    spread = unicodedata.normalize("NFKD", name.casefold())
    return " ".join("".join(each for each in spread if not unicodedata.combining(each)).split())
