"""What people call the keys of a count and the members of a list."""

from collections.abc import Callable
from typing import Final

from aiohttp import web

from services.registry.shapes import By
from shared import data
from shared.directory import FOLLOWER
from shared.notices.codelists import name_of
from shared.problems import language_of

_LISTS: Final[dict[By, str]] = {
    "country": "countries",
    "theme": "themes",
    "sdg": "sdgs",
    "instrument": "instruments",
    "state": "states",
}


def member_names(request: web.Request) -> Callable[[str], str | None]:
    """Names members by id, as the directory knows them now; None: it does not."""
    directory = request.app[FOLLOWER].current
    current = {} if directory is None else directory.member_by_id

    def named(member: str) -> str | None:
        found = current.get(member) or data.members().get(member)
        return None if found is None else found.name

    return named


def key_names(request: web.Request, by: By) -> Callable[[str], str | None]:
    """Names the keys of a count in the asker's language; None where the key says all that is known."""
    language = language_of(request)
    match by:
        case "member":
            return member_names(request)
        case "gate":
            return lambda key: ": ".join(
                name_of(names, code).in_language(language) for names, code in _of_gate(key)
            )
        case "mesoregion" | "month" | "partner":
            return lambda _key: None
        case _:
            return lambda key: name_of(_LISTS[by], key).in_language(language)


def _of_gate(key: str) -> list[tuple[str, str]]:
    gate, *rest = key.split(":")
    return [("gates", gate), *zip((f"{gate}_statuses", "federal_bodies"), rest, strict=False)]
