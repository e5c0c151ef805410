"""`/membro/chaves`: a member's keys: issued, replaced, ended, tried."""

from datetime import UTC, date, datetime, time
from typing import Any, Final

import msgspec
from aiohttp import web

from services.registry.http.answers import PUBLIC_URL, connection_of, today
from services.registry.network import audit, key_rotation, mandates
from services.registry.network.key_rotation import AlreadyIssued, NoSuchKey, TooManyKeys
from services.registry.pages import forms
from services.registry.pages.member import whose
from services.registry.pages.member.whose import Whose
from shared import doors
from shared.accounts import ApiKey, Caller
from shared.directory import FOLLOWER, IDENTITY
from shared.notices.dates import TIMEZONE
from shared.notices.sentences import Sentence
from shared.problems import NotFound
from shared.web import page, words_of

PATH: Final = "/membro/chaves"
KNOWN_SECONDS: Final = 3.0
"""So long a new key is waited for; it is shown all the same."""
NO_SUCH_KEY: Final = Sentence(
    "Esta chave não existe, já foi trocada ou foi encerrada. Volte à lista das chaves.",
    "This key does not exist, was replaced already, or has ended. Go back to the list of keys.",
)


class Made(msgspec.Struct, frozen=True):
    """A key that was just made, shown this once; *old* is the one that it replaces, until *days* are over."""

    key: ApiKey
    old: str | None = None
    days: str | None = None


async def keys(request: web.Request, caller: Caller) -> web.Response:
    """The keys, with what can be done about each."""
    return await _page(request, caller, whose.named(request, caller))


async def issue(request: web.Request, caller: Caller) -> web.Response:
    """Make a key and show it. The same form sent again says that it was made."""
    form = await forms.fields(request)
    member = whose.allowed(caller, form.get("member"))
    label = forms.line(form.get("label"))
    say = words_of(request)
    if not label or len(label) > key_rotation.LONGEST_LABEL:
        wrong = say.gettext("Diga de quem ou de que sistema é a chave, em até 80 letras.")
        return await _page(request, caller, member, errors={"label": wrong}, typed=label, status=422)
    async with connection_of(request) as connection:
        try:
            async with connection.transaction():
                environment = request.app[IDENTITY].environment
                key = await key_rotation.issue(connection, environment, member, label, form.get("key", ""))
                await audit.note(connection, caller, "issue_key", member, key.id)
        except TooManyKeys:
            wrong = say.gettext("Já há 20 chaves valendo. Encerre uma que ninguém usa mais.")
            return await _page(request, caller, member, errors={"label": wrong}, typed=label, status=409)
        except AlreadyIssued:
            return await _page(request, caller, member, repeated=True)
        except NoSuchKey:
            raise NotFound(NO_SUCH_KEY) from None
    await _known(request, key)
    return await _page(request, caller, member, made=Made(key))


async def replace(request: web.Request, caller: Caller) -> web.Response:
    """Make a key in the place of another, which stays good for as long as was chosen."""
    form = await forms.fields(request)
    member = whose.allowed(caller, form.get("member"))
    old, days = request.match_info["key"], form.get("overlap", "")
    if days not in key_rotation.OVERLAPS:
        raise NotFound(NO_SUCH_KEY)
    async with connection_of(request) as connection:
        try:
            async with connection.transaction():
                key = await key_rotation.rotate(
                    connection,
                    request.app[IDENTITY].environment,
                    member,
                    old,
                    overlap=key_rotation.OVERLAPS[days],
                    key_id=form.get("key", ""),
                )
                await audit.note(connection, caller, "replace_key", member, f"{old} {key.id}")
        except AlreadyIssued:
            return await _page(request, caller, member, repeated=True)
        except NoSuchKey:
            raise NotFound(NO_SUCH_KEY) from None
    await _known(request, key)
    return await _page(request, caller, member, made=Made(key, old, days))


async def revoke(request: web.Request, caller: Caller) -> web.Response:
    """End a key at once, once that was confirmed."""
    form = await forms.fields(request)
    member = whose.allowed(caller, form.get("member"))
    key = request.match_info["key"]
    async with connection_of(request) as connection:
        of = await whose.whose(connection, caller, member)
        if form.get("sure") != "1":
            return page(request, "registry/member/end_key.html", {"of": of, "key": key})
        try:
            async with connection.transaction():
                await key_rotation.revoke(connection, member, key)
                await audit.note(connection, caller, "end_key", member, key)
        except NoSuchKey:
            raise NotFound(NO_SUCH_KEY) from None
    return doors.see_other(of.at(PATH))


async def _known(request: web.Request, key: ApiKey) -> None:
    """Wait until the services know *key*: who sees it tries it at once."""
    await request.app[FOLLOWER].wait_until(lambda known: key.id in known.key_by_id, KNOWN_SECONDS)


async def _page(
    request: web.Request,
    caller: Caller,
    member: str,
    *,
    made: Made | None = None,
    repeated: bool = False,
    errors: dict[str, str] | None = None,
    typed: str = "",
    status: int = 200,
) -> web.Response:
    async with connection_of(request) as connection:
        of = await whose.whose(connection, caller, member)
        found = await key_rotation.keys_of(connection, member, _mandate_began(of))
    context: dict[str, Any] = {
        "of": of,
        "keys": found,
        "older": any(key.older for key in found),
        "unattended": any(key.unattended for key in found),
        "made": made,
        "repeated": repeated,
        "errors": errors or {},
        "typed": typed,
        "new_id": key_rotation.new_id,
        "overlaps": list(key_rotation.OVERLAPS),
        "address": request.app[PUBLIC_URL],
        "script": _words(request),
    }
    return page(request, "registry/member/keys.html", context, status=status)


def _mandate_began(of: Whose) -> datetime:
    began = mandates.mandate_began(of.kind, today())
    if began is None:
        return datetime(1, 1, 1, tzinfo=UTC)
    return _midnight(began)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), TIMEZONE)


def _words(request: web.Request) -> dict[str, str]:
    """What the trial says, by what became of it."""
    say = words_of(request)
    return {
        "trying": say.gettext("Testando…"),
        "accepted": say.gettext("A chave funciona: um aviso de exemplo passou em todas as verificações."),
        "registered": say.gettext("Aviso de teste registrado, com o protocolo {protocol}."),
        "sent": say.gettext("Aviso de teste aceito, com o protocolo {protocol}."),
        "refused": say.gettext("A chave não passou: {detail}"),
        "unreachable": say.gettext("Não foi possível testar agora. Tente de novo em instantes."),
        "no_key": say.gettext("Cole a chave inteira: ela começa com mlh_."),
    }
