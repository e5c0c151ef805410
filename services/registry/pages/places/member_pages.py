"""`/municipios/{ibge}` and `/organizacoes/{id}`: the one click, and what stands behind its numbers."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from aiohttp import web

from services.registry import queries
from services.registry.http import members
from services.registry.http.views import concerns
from services.registry.pages.citizens.facts import facts_only
from services.registry.pages.places import charts, lines, shown, slugs
from services.registry.pages.places.asking import Question, question, reading
from services.registry.pages.places.counts import MOST_SHOWN, Partner
from services.registry.pages.places.expiring import ordered
from services.registry.pages.places.lines import Line
from services.registry.pages.places.noting import note_restricted
from services.registry.queries import of_resemblances
from services.registry.queries.of_resemblances import SimilarRow
from services.registry.shapes import MemberView
from shared import data
from shared.accounts import Caller
from shared.problems import NotFound
from shared.web import words_of

MOST_READ: Final = 300
"""So many agreements of a member are read for what is told of them: the newest."""
NEWEST_SHOWN: Final = 10


class Behind(msgspec.Struct, frozen=True):
    """What stands behind a member's numbers."""

    view: MemberView
    lines: Sequence[Line]
    siblings: Sequence[SimilarRow]


async def city(request: web.Request, caller: Caller) -> web.Response:
    """A municipality."""
    member = request.match_info["municipality"]
    if member not in data.municipalities():
        raise NotFound
    say = words_of(request)
    known = data.municipalities()[member]
    return await _page(
        request,
        caller,
        member,
        {
            "kind": "municipality",
            "crumbs": [(say.gettext("Municípios"), "/municipios"), (known.name, None)],
            "region": (known.mesoregion, f"/mesorregioes/{slugs.slug(known.mesoregion)}"),
            "feed": f"/municipios/{member}/atom.xml",
            "briefing": f"/resumo/municipios/{member}.pdf",
        },
    )


async def organisation(request: web.Request, caller: Caller) -> web.Response:
    """An organisation of the network."""
    member = request.match_info["organisation"]
    if not member.startswith("org-"):
        raise NotFound
    say = words_of(request)
    return await _page(
        request,
        caller,
        member,
        {
            "kind": "organisation",
            "crumbs": [(say.gettext("Organizações"), "/organizacoes")],
            "region": None,
            "feed": None,
            "briefing": None,
        },
    )


async def _page(request: web.Request, caller: Caller, member: str, about: dict[str, Any]) -> web.Response:
    asks = question(request, caller)
    async with reading(request, asks) as connection:
        row = await queries.member(connection, member)
        if row is None:
            raise NotFound
        behind = await _behind(request, connection, asks, row)
        period = await facts_only(connection, caller)
    await note_restricted(request, caller, behind.lines)
    signed = [line for line in behind.lines if line.counts]
    concerned = concerns(caller, member)
    crumbs = about["crumbs"] if about["crumbs"][-1][1] is None else [*about["crumbs"], (row.name, None)]
    return shown.page(
        request,
        "registry/places/member.html",
        asks,
        {
            **about,
            "crumbs": crumbs,
            "view": behind.view,
            "facts_only": period,
            "concerned": concerned,
            "cut": len(behind.lines) == MOST_READ,
            "years": charts.by_year(_months(signed), asks.asked.as_of),
            "partners": _partners(signed),
            "sdgs": _most(str(goal) for line in signed for goal in line.data.get("sdgs") or ()),
            "countries": list(behind.view.by_country.items()),
            "themes": list(behind.view.by_theme.items()),
            "newest": lines.on_the_day(behind.lines, asks)[:NEWEST_SHOWN],
            "expiring": ordered(behind.lines, asks.asked.as_of),
            "missing": _most(field for line in signed for field in line.missing) if concerned else [],
            "siblings": behind.siblings,
            "list": f"/acordos?member={member}",
        },
    )


async def _behind(
    request: web.Request, connection: queries.Connection, asks: Question, row: queries.MemberRow
) -> Behind:
    [view] = await members.views(connection, [row], asks.asked, asks.moment, asks.caller)
    found = await lines.lines(request, connection, asks, queries.Wanted(member=row.id), MOST_READ)
    partners = [partner.key for partner in _partners([line for line in found if line.counts])]
    others = of_resemblances.Others(row.id, asks.asked.as_of, asks.sees)
    siblings = await of_resemblances.with_partners(connection, partners, others) if partners else []
    return Behind(view, found, siblings)


def _months(signed: Iterable[Line]) -> list[tuple[str, int]]:
    counted = Counter(line.signed_on[:7] for line in signed if line.signed_on)
    return sorted(counted.items())


def _partners(signed: Iterable[Line]) -> list[Partner]:
    """With whom most are signed; the newest agreement says how a partner is written."""
    counted: Counter[str] = Counter()
    names: dict[str, tuple[str, str | None]] = {}
    for line in signed:
        for party in {party.key: party for party in line.partners}.values():
            counted[party.key] += 1
            names.setdefault(party.key, (party.name, party.country))
    most = sorted(counted, key=lambda key: (-counted[key], names[key][0]))[:MOST_SHOWN]
    return [Partner(key, *names[key], counted[key]) for key in most]


def _most(told: Iterable[str]) -> list[tuple[str, int]]:
    return sorted(Counter(told).items(), key=lambda entry: (-entry[1], entry[0]))[:MOST_SHOWN]
