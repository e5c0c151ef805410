"""`/membro/avisos`: what was told of the member, with its stages and what was remarked."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import msgspec
from aiohttp import web

from services.registry.http.answers import reach, read_remarks, snapshot_of, today
from services.registry.http.naming import member_names
from services.registry.http.parameters import Parameters
from services.registry.pages.member import holding, whose, wording
from services.registry.pages.member.holding import Held
from services.registry.pages.member.whose import Whose
from services.registry.queries import NEWEST, Connection, Moment, Reach, of_desk
from shared.accounts import Caller, scope_of
from shared.notices.codelists import name_of
from shared.notices.feed import FeedItem
from shared.notices.sentences import Language
from shared.web import page, page_language, words_of

PAGE: Final = 30
_RETRACTED: Final = "br.malha.agreement.retracted.v1"
_QUESTION: Final = "br.malha.agreement.question_asked.v1"
_read_item = msgspec.json.Decoder(FeedItem).decode


class Remark(msgspec.Struct, frozen=True):
    """What was noted about a notice, with its name."""

    name: str
    detail: str


class Sent(msgspec.Struct, frozen=True):
    """A registered notice. *by*: who told it, by which door; *subject*: what a retraction names.

    *retractable*: the member may take it back; *held*: the agreement, as a correction begins from it.
    """

    sequence: int
    protocol: str
    fact: str
    headline: str
    agreement: str | None
    title: str
    subject: str
    by: str
    received_at: datetime
    registered_at: datetime
    published_at: datetime | None
    remarks: list[Remark]
    retracted: bool
    retractable: bool
    held: Held | None = None


async def notices(request: web.Request, caller: Caller) -> web.Response:
    """The notices, the newest first, page by page."""
    member = whose.named(request, caller)
    asked = Parameters(request.query, {*request.query})
    before = asked.number("antes", usual=NEWEST, least=1, most=NEWEST)
    remarked = request.query.get("so") == "observacoes"
    sees = reach(scope_of(caller))
    async with snapshot_of(request) as connection:
        of = await whose.whose(connection, caller, member)
        found = await told(request, connection, of, sees, before=before, remarked=remarked, limit=PAGE + 1)
    return page(
        request,
        "registry/member/sent.html",
        {
            "of": of,
            "notices": found[:PAGE],
            "remarked": remarked,
            "following": found[PAGE - 1].sequence if len(found) > PAGE else None,
            "first": before == NEWEST,
        },
    )


async def told(
    request: web.Request,
    connection: Connection,
    of: Whose,
    sees: Reach,
    *,
    before: int,
    remarked: bool,
    limit: int,
) -> list[Sent]:
    """The notices below a sequence; *remarked*: those with remarks alone."""
    rows = await of_desk.sent(connection, of.id, before=before, remarked=remarked, limit=limit)
    language, name_of_member = page_language(request), member_names(request)
    say = words_of(request)
    doors = {
        "api": say.gettext("pelo sistema"),
        "form": say.gettext("pelo formulário"),
        "import": say.gettext("por planilha"),
    }
    roles = {"coordination": say.gettext("pela coordenação da rede"), "office": say.gettext("pelo gabinete")}

    def told_by(row: of_desk.SentRow, sender: dict[str, Any]) -> str:
        who = roles.get(sender["role"])
        if who is None and sender["member"] != of.id:
            who = say.gettext("por {name}").format(name=name_of_member(sender["member"]) or sender["member"])
        door = doors.get(sender["door"], sender["door"])
        return " · ".join(part for part in (who, door, row.label) if part)

    agreements = sorted({row.agreement for row in rows if row.agreement is not None})
    found = await holding.held(request, connection, agreements, Moment(today()), sees)
    shown = [_sent(row, language, told_by, of.id) for row in rows]
    return [msgspec.structs.replace(each, held=found.get(each.agreement or "")) for each in shown]


def _sent(
    row: of_desk.SentRow,
    language: Language,
    told_by: Callable[[of_desk.SentRow, dict[str, Any]], str],
    member: str,
) -> Sent:
    entry: dict[str, Any] = msgspec.json.decode(row.entry)
    envelope, sender = entry["envelope"], entry["sender"]
    item = None if row.item is None else _read_item(row.item)
    fact = wording.fact(envelope["type"], language)
    about = None if item is None else item.agreement
    own = sender["role"] == "member" or sender["member"] == member
    return Sent(
        sequence=row.sequence,
        protocol=row.protocol,
        fact=fact,
        headline=fact if item is None else item.headline.in_language(language),
        agreement=row.agreement,
        title="" if about is None else about.title or about.subject or "",
        subject=envelope["subject"] or row.protocol,
        by=told_by(row, sender),
        received_at=row.received_at,
        registered_at=row.registered_at,
        published_at=row.published_at,
        remarks=[
            Remark(
                name_of("contradictions", remark.code).in_language(language),
                remark.detail.in_language(language),
            )
            for remark in read_remarks(row.remarks)
        ],
        retracted=row.retracted,
        retractable=own and not row.retracted and envelope["type"] not in {_RETRACTED, _QUESTION},
    )
