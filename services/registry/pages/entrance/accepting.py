"""`/convite`: the code of a letter opens the first account of a member."""

from typing import Any, Final

from aiohttp import web

from services.registry.http.answers import connection_of, today
from services.registry.mail.addresses import NotAnAddress, address
from services.registry.mail.sending import MAIL_SENDS
from services.registry.network import audit, invitations, people
from services.registry.network.people import NewPerson
from services.registry.pages.entrance import letters, signing
from services.registry.pages.entrance.attempts import CODES_PER_HOUR, count_or_refuse, refuse_if_over
from services.registry.pages.forms import fields, line
from shared import web as look
from shared.accounts import Caller

LONGEST_NAME: Final = 120


async def invited(request: web.Request, _caller: Caller) -> web.Response:
    """Ask for the code; with a good one (as the letter's QR code has it), for name and address."""
    typed = line(request.query.get("codigo"))
    return await _asked(request, typed) if typed else _page(request)


async def accept(request: web.Request, _caller: Caller) -> web.StreamResponse:
    """Open the account, and come in by it."""
    say = look.words_of(request)
    form = await fields(request)
    typed, name, email = (line(form.get(field)) for field in ("codigo", "nome", "email"))
    code = invitations.read_code(typed)
    refuse_if_over(request, "codes", CODES_PER_HOUR)
    errors: dict[str, str] = {}
    if not name or len(name) > LONGEST_NAME:
        errors["nome"] = say.gettext("Escreva o seu nome.")
    try:
        email = address(email)
    except NotAnAddress:
        errors["email"] = say.gettext("Escreva o e-mail por inteiro, como nome@prefeitura.mg.gov.br.")
    if errors:
        return await _asked(request, typed, {"nome": name, "email": email}, errors)
    new = NewPerson("", "member", name, email, look.page_language(request))
    if code is None:
        return _unknown(request, typed)
    async with connection_of(request) as connection:
        try:
            async with connection.transaction():
                person_id = await invitations.accept(connection, code, new, today())
                person = await people.find(connection, person_id)
                assert person is not None  # noqa: S101 (just added)
                if request.app[MAIL_SENDS]:
                    await letters.send_welcome(connection, request, person)
        except invitations.UnknownCode:
            return _unknown(request, typed)
        except people.AddressTaken:
            errors["email"] = say.gettext("Este e-mail já entra por outro órgão. Use um e-mail do seu.")
            return await _asked(request, typed, {"nome": name, "email": email}, errors)
        session = await signing.begin(connection, request, person, "letter")
        caller = Caller(person.role, person.member, person=person.id, session=session.sid)
        await audit.note(connection, caller, "accept", person.member)
    return await signing.enter(request, session, "/pessoas?conta=nova")


async def _asked(
    request: web.Request,
    typed: str,
    told: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> web.Response:
    """The form for name and address, if the code is good."""
    refuse_if_over(request, "codes", CODES_PER_HOUR)
    code = invitations.read_code(typed)
    member = None
    if code is not None:
        async with connection_of(request) as connection:
            member = await invitations.member_invited(connection, code)
    if code is None or member is None:
        return _unknown(request, typed)
    context = {"code": code, "member": letters.name_of(request, member), "told": told or {}}
    return _page(request, context, errors, 422 if errors else 200)


def _unknown(request: web.Request, typed: str) -> web.Response:
    """Say that the code opens nothing, and no more than that; this was an attempt."""
    count_or_refuse(request, "codes", CODES_PER_HOUR)
    say = look.words_of(request)
    if invitations.read_code(typed) is None:
        error = say.gettext("Confira o código: há um símbolo trocado ou faltando.")
    else:
        error = say.gettext(
            "Este código não abre nenhuma conta: já foi usado, foi trocado por outro ou passou de 60 dias. "
            "Peça outra carta à coordenação da rede."
        )
    return _page(request, {"typed": typed}, {"codigo": error}, 422)


def _page(
    request: web.Request,
    context: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> web.Response:
    blank: dict[str, Any] = {"code": None, "member": None, "typed": "", "told": {}, "errors": errors or {}}
    response = look.page(
        request, "registry/entrance/invitation.html", {**blank, **(context or {})}, status=status
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
