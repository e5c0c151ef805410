"""`/auditoria`: who read what is restricted, took lists away, let whom in."""

from typing import Any, Final

from aiohttp import web

from services.registry.http.answers import connection_of
from services.registry.network import audit
from services.registry.pages.entrance import letters
from services.registry.pages.entrance.account import role_words, way_words
from services.registry.pages.forms import line
from shared import web as look
from shared.accounts import Caller
from shared.web.wording import Words

PAGE_ROWS: Final = 100
_LONGEST_NUMBER: Final = 18
_OF_ONESELF: Final = frozenset({"sign_in", "accept"})
"""What somebody does for the member that stands beside the name."""


async def noted(request: web.Request, _caller: Caller) -> web.Response:
    """The last lines first, by whom and of what is asked for."""
    asked = {
        name: line(request.query.get(name, "").replace("\x00", "")) or None
        for name in ("act", "member", "person", "resource")
    }
    before = request.query.get("antes", "")
    async with connection_of(request) as connection:
        rows = await audit.noted(
            connection,
            **asked,
            before=int(before)
            if before.isascii() and before.isdigit() and len(before) <= _LONGEST_NUMBER
            else None,
            limit=PAGE_ROWS + 1,
        )
    say = look.words_of(request)
    ways = way_words(say)
    context: dict[str, Any] = {
        "rows": [
            (
                each,
                letters.name_of(request, each.member) if each.member else "",
                "" if each.act in _OF_ONESELF else letters.name_of(request, each.resource),
                ways.get(each.detail, each.detail) if each.act in _OF_ONESELF else each.detail,
            )
            for each in rows[:PAGE_ROWS]
        ],
        "asked": asked,
        "acts": act_words(say),
        "roles": {**role_words(say), "anonymous": say.gettext("sem conta")},
        "next": str(request.rel_url.update_query(antes=str(rows[PAGE_ROWS - 1].id)))
        if len(rows) > PAGE_ROWS
        else None,
    }
    return look.page(request, "registry/entrance/audit.html", context)


def act_words(say: Words) -> dict[str, str]:
    """What people do, as the audit says it."""
    return {
        "read": say.gettext("leu"),
        "export": say.gettext("exportou"),
        "sign_in": say.gettext("entrou"),
        "sign_out": say.gettext("encerrou sessões"),
        "invite": say.gettext("convidou"),
        "accept": say.gettext("aceitou o convite"),
        "add_person": say.gettext("indicou uma pessoa"),
        "end_person": say.gettext("encerrou uma conta"),
        "renew_person": say.gettext("renovou uma conta"),
        "issue_key": say.gettext("criou uma chave"),
        "replace_key": say.gettext("trocou uma chave"),
        "end_key": say.gettext("encerrou uma chave"),
        "delegate": say.gettext("delegou"),
        "undelegate": say.gettext("desfez uma delegação"),
    }
