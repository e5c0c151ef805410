"""`/acordos/{agreement}`: everything that is known of an agreement, as far as the asker may see it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import msgspec
from aiohttp import web

from services.registry.http import moments
from services.registry.http.agreements import agreement_of, one_agreement
from services.registry.http.answers import connection_of, now, reach
from services.registry.http.history import some_versions
from services.registry.http.moments import Asked
from services.registry.http.paging import Paging
from services.registry.http.parameters import Parameters
from services.registry.http.similar import resemblances_of
from services.registry.http.views import concerns
from services.registry.network import acknowledgements
from services.registry.network.acknowledgements import Acknowledged
from services.registry.pages.agreements import steps, uploading
from services.registry.pages.agreements.acknowledging import actor_of
from services.registry.pages.agreements.story import story
from services.registry.pages.agreements.wording import wording
from services.registry.pages.citizens.facts import facts_only
from services.registry.papers import documents
from services.registry.queries import Connection, Reach
from services.registry.queries.of_tellings import TellingRow, tellings
from services.registry.shapes import AgreementView
from shared import doors
from shared.accounts import Caller, scope_of
from shared.notices.dates import ReducedDate
from shared.web import page, page_language

CHAPTERS: Final = 40
MOST_LINKED: Final = 30
"""Documents that are looked for among those that are kept."""
_GATES: Final = ("legal", "legislative", "federal")
_WAITING: Final = frozenset({"pending", "informed", "consulted", "not_informed"})


class Standing(msgspec.Struct, frozen=True):
    """A gate: where it stands, and for how many days it has waited there; None: nobody waits, or knows."""

    gate: str
    status: str | None
    body: str | None
    since: str | None
    evidence: str | None
    waiting_days: int | None


class Paper(msgspec.Struct, frozen=True):
    """A document that is told of; *size* in bytes if it is kept here and the asker may have it."""

    kind: str
    lang: str | None
    url: str | None
    sha256: str | None
    size: int | None
    media_type: str | None


class Beside(msgspec.Struct, frozen=True):
    """What is read beside the agreement itself."""

    tellings: list[TellingRow]
    papers: list[Paper]
    acknowledged: list[Acknowledged]
    facts_only: object


async def get_agreement(request: web.Request, caller: Caller) -> web.Response:
    """The page; what the asker may not see is not there (404)."""
    language = page_language(request)
    query = {name: request.query[name] for name in moments.NAMES if request.query.get(name)}
    asked = moments.asked(Parameters(request.query, {*request.query}, once=moments.NAMES), now())
    view = await one_agreement(request, agreement_of(request), asked, caller, language)
    sees = reach(scope_of(caller))
    similar = await resemblances_of(request, view.id, sees, language)
    reading = Paging(CHAPTERS, request.query.get("historia"), now())
    found = await some_versions(request, view.id, asked, reading, caller)
    positions = [version.position for _, version in found.versions]
    async with connection_of(request) as connection:
        beside = await _beside(connection, view, positions, sees, caller)
    last = beside.acknowledged
    own = next((each for each in last if each.actor == actor_of(caller)), None)
    next_steps = [] if query else steps.steps(caller, view)
    odd = {each.detail for each in view.contradictions}
    remarks = [each for each in view.record.remarks or () if each.detail not in odd]
    may_note = caller.role in doors.OFFICE
    concerned = concerns(caller, view.member)
    context = {
        **wording(request, beside.facts_only),
        "view": view,
        "data": view.data,
        "is_past": bool(query),
        "query": query,
        "similar": similar,
        "chapters": story(found.versions, beside.tellings, language),
        "later": found.next,
        "is_first_chapter": reading.cursor is None,
        "standings": _standings(view, asked),
        "papers": beside.papers,
        "ends": _ends(view, asked),
        "concerned": concerned,
        "remarks": remarks,
        "doing": may_note or next_steps or (concerned and (view.contradictions or remarks)),
        "own": steps.is_own(caller, view),
        "may_correct": steps.may_correct(caller, view),
        "steps": next_steps,
        "takes_back": caller.role if steps.may_correct(caller, view) else None,
        "common": steps.common(view, f"/acordos/{view.id}"),
        "before": msgspec.json.encode(view.data).decode(),
        "acknowledged": last,
        "own_note": own,
        "kinds": uploading.kinds(request),
        "kind_names": dict(uploading.kinds(request)),
        "may_note": may_note,
    }
    return page(request, "registry/agreements/agreement.html", context)


async def _beside(
    connection: Connection, view: AgreementView, positions: Sequence[int], sees: Reach, caller: Caller
) -> Beside:
    noted = await acknowledgements.of(connection, view.id) if caller.role in doors.OFFICE else []
    return Beside(
        await tellings(connection, positions),
        await _papers(connection, view.data.get("documents") or (), sees),
        noted,
        await facts_only(connection, caller),
    )


async def _papers(connection: Connection, told: Sequence[Mapping[str, Any]], sees: Reach) -> list[Paper]:
    papers = []
    for number, each in enumerate(told):
        sha256 = each.get("sha256")
        kept = await documents.seen(connection, sha256, sees) if sha256 and number < MOST_LINKED else None
        papers.append(
            Paper(
                kind=each["kind"],
                lang=each.get("lang"),
                url=each.get("url"),
                sha256=sha256,
                size=None if kept is None else kept.size,
                media_type=None if kept is None else kept.media_type,
            )
        )
    return papers


def _standings(view: AgreementView, asked: Asked) -> list[Standing]:
    gates = view.data.get("gates") or {}
    return [_standing(gate, gates[gate], asked.as_of) for gate in _GATES if gates.get(gate)]


def _standing(gate: str, told: Mapping[str, Any], on: date) -> Standing:
    since = told.get("since")
    waiting = None
    if since is not None and told.get("status") in _WAITING:
        days = (on - ReducedDate.parse(since).first_day).days
        waiting = days if days >= 0 else None
    return Standing(gate, told.get("status"), told.get("body"), since, told.get("evidence"), waiting)


def _ends(view: AgreementView, asked: Asked) -> int | None:
    """In how many days it ends; None: it has no such day, or is not alive."""
    told = view.data.get("ends_on")
    if told is None or view.state not in {"signed", "in_force", "suspended"}:
        return None
    return (ReducedDate.parse(told).last_day - asked.as_of).days
