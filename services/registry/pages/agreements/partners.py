"""`/acordos/parceiros?nome=`: who else in Minas deals with this partner, while its name is being typed."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Final

import msgspec
from aiohttp import hdrs, web
from msgspec import UNSET

from services.registry import queries
from services.registry.folding import fold
from services.registry.folding.agreement import value_on
from services.registry.folding.partners import folded_name, partner_key
from services.registry.http.answers import JSON, json_answer, reach, snapshot_of, today
from services.registry.http.naming import member_names
from services.registry.http.negotiation import chosen
from services.registry.pages.agreements.wording import wording
from services.registry.queries import search
from services.registry.queries.of_partners import keys_beginning, of_partners
from shared.accounts import Caller, scope_of
from shared.notices.codelists import name_of
from shared.notices.sentences import Language
from shared.web import page, page_language

FEWEST_LETTERS: Final = 3
MOST_LETTERS: Final = 200
MOST_PARTNERS: Final = 8
MOST_MEMBERS: Final = 10
_MOST_SAID: Final = 40
_HTML: Final = "text/html"


class Dealing(msgspec.Struct, frozen=True):
    """A member of the network, and its newest agreement with a partner."""

    id: str
    name: str
    agreement: str


class PartnerView(msgspec.Struct, frozen=True):
    """A partner as it is known here, and who deals with it; *kind* and *country* are codes.

    *words* say it in one line: the partner, and the members by name.
    """

    words: str
    name: str
    kind: str
    country: str | None
    country_name: str | None
    members: list[Dealing]


class _Told(msgspec.Struct, frozen=True):
    id: str
    member: str
    known_from: int
    partners: list[Mapping[str, Any]]


async def get_partners(request: web.Request, caller: Caller) -> web.Response:
    """Partners whose name is like *nome*, with the members that deal with them, but for the asker's own.

    JSON for a form that asks while somebody types: {"items": [PartnerView]}; else a page.
    """
    typed = request.query.get("nome", "").strip()[:MOST_LETTERS]
    found = await _partners(request, caller, typed) if len(typed) >= FEWEST_LETTERS else []
    accept = ",".join(request.headers.getall(hdrs.ACCEPT, ())) or None
    if chosen(accept, (_HTML, JSON)) == JSON:
        return json_answer({"items": found})
    return page(
        request,
        "registry/agreements/partners.html",
        {**wording(request, None), "typed": typed, "found": found},
    )


async def _partners(request: web.Request, caller: Caller, typed: str) -> list[PartnerView]:
    sees, on, folded = reach(scope_of(caller)), today(), folded_name(typed)
    async with snapshot_of(request) as connection:
        keys = await keys_beginning(connection, folded)
        rows = await of_partners(connection, keys, sees, on)
        told = [_told(row.id, row.member, row.known_from, row.fold, on) for row in rows]
        meaning = await search.meaning(connection, typed, sees)
        said = await queries.find(
            connection,
            queries.Wanted(),
            queries.Moment(on),
            before=queries.NEWEST,
            limit=_MOST_SAID,
            reach=sees,
            meaning=meaning,
        )
        more = await queries.agreements(connection, said.known_from, sees)
        told += [_told(row.id, row.member, row.known_from, row.fold, on) for row in more]
    words = {word for near in meaning.corrected for word in near.used}
    named = member_names(request)
    views = [
        _view(
            partner,
            [Dealing(member, named(member) or member, agreement) for member, agreement in dealing],
            page_language(request),
        )
        for partner, dealing in _by_partner(told, frozenset(keys), folded, words, caller.member)
    ]
    return sorted(views, key=lambda view: -len(view.members))[:MOST_PARTNERS]


def _view(partner: Mapping[str, Any], members: list[Dealing], language: Language) -> PartnerView:
    country = partner.get("country")
    country_name = None if country is None else name_of("countries", country).in_language(language)
    where = partner["name"] if country_name is None else f"{partner['name']} ({country_name})"
    return PartnerView(
        words=f"{where}: {', '.join(member.name for member in members)}",
        name=partner["name"],
        kind=partner["kind"],
        country=country,
        country_name=country_name,
        members=members,
    )


def _told(agreement: str, member: str, known_from: int, folded: str, on: date) -> _Told:
    partners = value_on(fold.decode(folded).fields.get("partners", ()), on)
    return _Told(agreement, member, known_from, [] if partners is UNSET else list(partners or ()))


def _by_partner(
    told: Iterable[_Told], keys: frozenset[str], folded: str, words: set[str], own: str | None
) -> Iterator[tuple[Mapping[str, Any], list[tuple[str, str]]]]:
    """Each partner that is meant, with the members that deal with it and their newest agreement."""
    partners: dict[str, Mapping[str, Any]] = {}
    dealings: dict[str, dict[str, str]] = {}
    asked = folded.split()
    for each in sorted(told, key=lambda one: -one.known_from):
        if each.member == own:
            continue
        for partner in each.partners:
            key = partner_key(partner)
            name = folded_name(partner["name"])
            is_meant = (
                key in keys or all(word in name for word in asked) or any(word in name for word in words)
            )
            if is_meant:
                partners.setdefault(key, partner)
                dealings.setdefault(key, {}).setdefault(each.member, each.id)
    for key, partner in partners.items():
        yield partner, list(dealings[key].items())[:MOST_MEMBERS]
