"""`/acordos`: the agreements that the asker may see, by words and by every filter of `/v1/agreements`."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from aiohttp import web
from multidict import MultiDict

from services.registry.http.agreements import KNOWN, some_agreements
from services.registry.http.answers import PUBLIC_URL, connection_of, now, today
from services.registry.http.paging import Paging
from services.registry.http.parameters import Parameters
from services.registry.pages.agreements import choices
from services.registry.pages.agreements.members import Named, named
from services.registry.pages.citizens.facts import facts_only
from services.registry.shapes import AgreementPage
from shared.accounts import Caller
from shared.problems import InvalidParameter
from shared.web import page, page_language, words_of

ROWS: Final = 30
FILTERS: Final = KNOWN - {"cursor", "limit", "format", "q"}


async def get_agreements(request: web.Request, caller: Caller) -> web.Response:
    """The list, what it was narrowed down by, and the form to ask otherwise."""
    asked = MultiDict({name: value.strip() for name, value in request.query.items() if value.strip()})
    query = MultiDict({name: value for name, value in asked.items() if name in KNOWN})
    cursor = query.pop("cursor", None)
    for name in ("format", "limit"):
        query.pop(name, None)
    whose = named(request, query["member"]) if "member" in query else Named(None, ())
    errors: dict[str, str] = {}
    found: AgreementPage | None = None
    if whose.id is not None:
        query["member"] = whose.id
    elif "member" in query:
        errors["member"] = words_of(request).gettext("Não encontramos este membro. Confira o nome.")
        if whose.others:
            errors["member"] = words_of(request).gettext("Há mais de um membro com este nome: escolha um.")
    if not errors:
        try:
            paging = Paging(ROWS, cursor, now())
            found = await some_agreements(
                request, Parameters(query, KNOWN), paging, caller, page_language(request)
            )
        except InvalidParameter as problem:
            errors[problem.extra["parameter"]] = problem.detail.in_language(page_language(request))
    async with connection_of(request) as connection:
        period = await facts_only(connection, caller)
    context = {
        "query": dict(query),
        "typed": dict(asked),
        "member_name": whose.name,
        "same_name": [(each.name, address({**query, "member": each.id})) for each in whose.others],
        "errors": errors,
        "found": found,
        "next": found and found.next and address({**query, "cursor": found.next}),
        "is_first": cursor is None,
        "chips": _chips(request, query, whose),
        "export": urlencode(query),
        "options": choices.options(page_language(request)),
        "soon": choices.soon(today()),
        "facts_only": period,
        "origin": request.app[PUBLIC_URL],
    }
    status = 400 if errors else 200
    return page(request, "registry/agreements/list.html", context, status=status)


def address(query: Mapping[str, str]) -> str:
    """The address of the list under *query*."""
    return f"/acordos?{urlencode(query)}" if query else "/acordos"


class Chip(msgspec.Struct, frozen=True):
    """A filter that is on: its *name*, what it lets through, and the address of the list without it."""

    name: str
    shown: str
    without: str


def _chips(request: web.Request, query: Mapping[str, Any], whose: Named) -> list[Chip]:
    language = page_language(request)
    return [
        Chip(
            name,
            whose.name if name == "member" and whose.name else choices.shown(name, value, language),
            address({other: kept for other, kept in query.items() if other != name}),
        )
        for name, value in query.items()
        if name in FILTERS
    ]
