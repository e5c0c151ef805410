"""Which member is meant by what somebody typed."""

from typing import Final

import msgspec
from aiohttp import web

from services.registry.folding.partners import folded_name
from shared import data
from shared.directory import FOLLOWER
from shared.notices.places import is_member_id

MOST_OTHERS: Final = 10


class Candidate(msgspec.Struct, frozen=True):
    """A member by name."""

    id: str
    name: str


class Named(msgspec.Struct, frozen=True):
    """The member that is meant (None: nobody, or several), and *others* that may be."""

    id: str | None
    others: tuple[Candidate, ...]
    name: str | None = None


def named(request: web.Request, typed: str) -> Named:
    """The member of that id or name, however it is written; a part of it that only one has will do."""
    directory = request.app[FOLLOWER].current
    known = {id_: member.name for id_, member in data.members().items()}
    if directory is not None:
        known |= {member.id: member.name for member in directory.members}
    if is_member_id(typed):
        return Named(typed, (), known.get(typed, typed))
    folded = folded_name(typed)
    exact, partly = [], []
    for id_, name in known.items():
        if folded_name(name) == folded:
            exact.append(Candidate(id_, name))
        elif folded in folded_name(name):
            partly.append(Candidate(id_, name))
    found = exact or partly
    if len(found) == 1:
        return Named(found[0].id, (), found[0].name)
    return Named(None, tuple(found[:MOST_OTHERS]))
