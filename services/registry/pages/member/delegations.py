"""`/membro/delegacoes`: who may send for a member, in what, until when."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiohttp import web
from multidict import MultiDict

from services.registry import queries
from services.registry.http.answers import connection_of, today
from services.registry.http.parameters import read_day
from services.registry.network import audit, delegations, grants
from services.registry.pages import forms
from services.registry.pages.member import whose, wording
from shared import doors
from shared.accounts import Caller
from shared.notices.families import FACTS
from shared.notices.places import is_member_id
from shared.notices.sentences import Language
from shared.web import page, page_language, words_of

PATH: Final = "/membro/delegacoes"
_LONGEST_NAME: Final = 200
MOST_CANDIDATES: Final = 12
OFFERED: Final = tuple(type_ for type_, fact in FACTS.items() if "member" in fact.senders)
"""The types of notice that a member tells, and so may let others tell."""


async def granted(request: web.Request, caller: Caller) -> web.Response:
    """Who speaks for the member, and for whom it speaks."""
    return await _page(request, caller, whose.named(request, caller), typed=MultiDict(request.query))


async def grant(request: web.Request, caller: Caller) -> web.Response:
    """Let another member send; what is wrong is said at its field, and nothing typed is lost."""
    form = await forms.fields(request)
    member = whose.allowed(caller, form.get("member"))
    say = words_of(request)
    errors: dict[str, str] = {}
    candidates: list[queries.MemberRow] = []
    async with connection_of(request) as connection:
        of = await whose.whose(connection, caller, member)
        found = await _named(connection, forms.line(form.get("to")), member)
        if not found:
            errors["to"] = say.gettext("Não há na rede quem se chame assim. Confira o nome.")
        elif len(found) > 1:
            candidates = found
            errors["to"] = say.gettext("Há mais de um com esse nome. Escolha na lista.")
    facts = [type_ for type_ in form.getall("fact", ()) if type_ in OFFERED]
    if form.get("what") != "all" and not facts:
        errors["what"] = say.gettext("Escolha ao menos um tipo de aviso, ou todos.")
    until = read_day(form.get("until", ""))
    if until is None or not today() <= until <= today() + delegations.LONGEST:
        errors["until"] = say.gettext("Escolha um dia de hoje a daqui a 90 dias.")
    if errors or until is None:
        return await _page(request, caller, member, errors=errors, typed=form, candidates=candidates)
    everything = form.get("what") == "all"
    async with connection_of(request) as connection, connection.transaction():
        await delegations.delegate(
            connection,
            member,
            found[0].id,
            None if everything else facts,
            until,
            today=today(),
            by=caller.person,
        )
        await audit.note(connection, caller, "delegate", member, found[0].id)
    return doors.see_other(of.at(PATH))


async def take_back(request: web.Request, caller: Caller) -> web.Response:
    """End a delegation at once."""
    form = await forms.fields(request)
    member = whose.allowed(caller, form.get("member"))
    async with connection_of(request) as connection:
        of = await whose.whose(connection, caller, member)
        async with connection.transaction():
            if await delegations.undelegate(connection, member, form.get("to", "")):
                await audit.note(connection, caller, "undelegate", member, form.get("to", ""))
    return doors.see_other(of.at(PATH))


async def _named(connection: queries.Connection, typed: str, member: str) -> list[queries.MemberRow]:
    """Whom somebody means who typed a name or an id: those of this very name, or all that contain it."""
    if not typed or len(typed) > _LONGEST_NAME:
        return []
    if is_member_id(typed):
        row = await queries.member(connection, typed)
        return [] if row is None or row.id == member else [row]
    plain = queries.folded(typed)
    rows = [row for row in await queries.members(connection, folded_name=plain) if row.id != member]
    return [row for row in rows if queries.folded(row.name) == plain] or rows[:MOST_CANDIDATES]


async def _page(
    request: web.Request,
    caller: Caller,
    member: str,
    *,
    typed: MultiDict[str],
    errors: Mapping[str, str] | None = None,
    candidates: Sequence[queries.MemberRow] = (),
) -> web.Response:
    async with connection_of(request) as connection:
        of = await whose.whose(connection, caller, member)
        given = await grants.given(connection, member)
        received = await grants.received(connection, member)
        organisations = await queries.members(connection, kind="organisation")
    language = page_language(request)
    day = today()
    context: dict[str, Any] = {
        "of": of,
        "given": [(each, _told(each, language), each.until < day) for each in given],
        "received": [(each, _told(each, language), each.until < day) for each in received],
        "organisations": [each for each in organisations if each.id != member],
        "candidates": candidates,
        "offered": [(type_, wording.fact(type_, language)) for type_ in OFFERED],
        "again": _again,
        "chosen": typed.getall("fact", []),
        "typed": typed,
        "errors": errors or {},
        "first": day,
        "last": day + delegations.LONGEST,
    }
    return page(request, "registry/member/delegations.html", context, status=422 if errors else 200)


def _again(each: grants.Grant) -> list[tuple[str, str]]:
    """What the form is to begin from, for the same grant."""
    what = "all" if each.facts is None else "some"
    return [("to", each.other), ("what", what), *(("fact", type_) for type_ in each.facts or ())]


def _told(each: grants.Grant, language: Language) -> list[str] | None:
    """What a grant covers, in words; None: all that a member tells."""
    return None if each.facts is None else [wording.fact(type_, language) for type_ in each.facts]
