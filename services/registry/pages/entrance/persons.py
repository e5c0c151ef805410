"""`/pessoas`: who may come in for a member. Its administrators name and end them; coordination too."""

from datetime import date
from typing import Any, Final, Literal

from aiohttp import web

from services.registry.http.answers import connection_of, today
from services.registry.mail.addresses import NotAnAddress, address
from services.registry.mail.sending import MAIL_SENDS
from services.registry.network import audit, links, people, roster, sessions
from services.registry.network.people import NewPerson, Person
from services.registry.pages.entrance import letters
from services.registry.pages.entrance.accepting import LONGEST_NAME
from services.registry.pages.entrance.account import role_words
from services.registry.pages.forms import fields, line
from services.registry.queries import Connection
from shared import web as look
from shared.accounts import Caller
from shared.data import STATE
from shared.directory import FOLLOWER, Role
from shared.doors import see_other
from shared.problems import Forbidden, NotFound

_ROLES: Final[dict[str, Role]] = {"office": "office", "coordination": "coordination", "ops": "ops"}
_Done = Literal["ended", "renewed", "signed_out"]


async def persons(request: web.Request, caller: Caller) -> web.Response:
    """The persons of one member: the caller's own; for coordination, of whom it asks for."""
    member = _member(request, caller, request.query.get("member"))
    async with connection_of(request) as connection:
        return await _page(connection, request, caller, member)


async def name_person(request: web.Request, caller: Caller) -> web.Response:
    """Let another person in. The first link goes by mail; without mail it is shown, this once."""
    say = look.words_of(request)
    form = await fields(request)
    member = _member(request, caller, form.get("member"))
    name, email = line(form.get("nome")), line(form.get("email"))
    errors: dict[str, str] = {}
    if not name or len(name) > LONGEST_NAME:
        errors["nome"] = say.gettext("Escreva o nome da pessoa.")
    try:
        email = address(email)
    except NotAnAddress:
        errors["email"] = say.gettext("Escreva o e-mail por inteiro, como nome@prefeitura.mg.gov.br.")
    role: Role = "member" if member != STATE else _ROLES.get(form.get("role", ""), "office")
    async with connection_of(request) as connection:
        await _require_may_change(connection, caller, member)
        url = None
        if not errors:
            new = NewPerson(member, role, name, email, "pt", is_administrator="administra" in form)
            try:
                url = await _named(connection, request, caller, new)
            except people.AddressTaken:
                errors["email"] = say.gettext("Este e-mail já tem conta na rede. Use outro.")
            except roster.UnknownMember:
                raise NotFound from None
        if errors:
            told = {"nome": name, "email": email}
            return await _page(connection, request, caller, member, told=told, errors=errors, status=422)
        if url is not None:
            return await _page(connection, request, caller, member, first={"name": name, "url": url})
    return see_other(f"/pessoas?member={member}&feito=named")


async def _named(connection: Connection, request: web.Request, caller: Caller, new: NewPerson) -> str | None:
    """Let *new* in; the first link, if no mail takes it there."""
    async with connection.transaction():
        latest = await _latest(connection, caller, new.member)
        added = await people.add(connection, new, today(), by=caller.person, latest=latest)
        person = await people.find(connection, added)
        assert person is not None  # noqa: S101 (just added)
        token = await links.create(connection, added, "mail", lifetime=letters.FIRST_LIFETIME)
        await audit.note(connection, caller, "add_person", new.member, added)
        if not request.app[MAIL_SENDS]:
            return letters.link_to(request, token)
        await letters.send_first(connection, request, person, token)
    return None


async def ask_to_end(request: web.Request, caller: Caller) -> web.Response:
    """Ask once more before an account ends."""
    async with connection_of(request) as connection:
        person = await _other(connection, request, caller)
    return look.page(request, "registry/entrance/end_person.html", {"person": person})


async def end_person(request: web.Request, caller: Caller) -> web.Response:
    """End an account, and all that was opened by it."""
    async with connection_of(request) as connection:
        person = await _other(connection, request, caller)
        if person.is_administrator and await _is_last(connection, person):
            say = look.words_of(request)
            trouble = say.gettext(
                "{name} é a única pessoa que administra as contas. Indique outra antes de encerrar esta."
            ).format(name=person.name)
            return await _page(connection, request, caller, person.member, trouble=trouble, status=409)
        async with connection.transaction():
            await people.end(connection, person.id)
            await audit.note(connection, caller, "end_person", person.member, person.id)
    return see_other("/") if person.id == caller.person else _done(person, "ended")


async def renew_person(request: web.Request, caller: Caller) -> web.Response:
    """Let a person in for the mandate that runs now."""
    async with connection_of(request) as connection:
        person = await _other(connection, request, caller)
        async with connection.transaction():
            latest = await _latest(connection, caller, person.member)
            await people.renew(connection, person, today(), latest=latest)
            await audit.note(connection, caller, "renew_person", person.member, person.id)
    return _done(person, "renewed")


async def sign_person_out(request: web.Request, caller: Caller) -> web.Response:
    """End all sessions of a person, who may come in again."""
    async with connection_of(request) as connection:
        person = await _other(connection, request, caller)
        async with connection.transaction():
            await sessions.end_all(connection, person.id)
            await audit.note(connection, caller, "sign_out", person.member, person.id)
    return _done(person, "signed_out")


def _done(person: Person, what: _Done) -> web.Response:
    return see_other(f"/pessoas?member={person.member}&feito={what}")


async def _page(
    connection: Connection,
    request: web.Request,
    caller: Caller,
    member: str,
    *,
    told: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    trouble: str | None = None,
    first: dict[str, str] | None = None,
    status: int = 200,
) -> web.Response:
    found = await people.list_people(connection, member)
    may_change = await _may_change(connection, caller, member)
    say = look.words_of(request)
    day = today()
    context: dict[str, Any] = {
        "member": member,
        "name": letters.name_of(request, member),
        "people": [(each, each.state(day)) for each in found if each.ended_at is None],
        "ended": [each for each in found if each.ended_at is not None],
        "roles": role_words(say),
        "may_change": may_change,
        "is_coordination": caller.role == "coordination",
        "is_state": member == STATE,
        "own": caller.person,
        "sends_mail": request.app[MAIL_SENDS],
        "told": told or {},
        "errors": errors or {},
        "trouble": trouble,
        "first": first,
        "is_new": request.query.get("conta") == "nova",
        "done": _done_words(request).get(request.query.get("feito", "")),
    }
    return look.page(request, "registry/entrance/people.html", context, status=status)


def _done_words(request: web.Request) -> dict[str, str]:
    say = look.words_of(request)
    return {
        "named": say.gettext("Pronto: a pessoa recebe um link por e-mail, que vale por sete dias."),
        "ended": say.gettext("Conta encerrada. Quem a usava já não entra, em nenhum aparelho."),
        "renewed": say.gettext("Conta renovada."),
        "signed_out": say.gettext("A pessoa saiu de todos os aparelhos. Ela pode entrar de novo."),
    }


def _member(request: web.Request, caller: Caller, asked: str | None) -> str:
    """Whose persons: coordination may ask for any member's, everybody else for their own."""
    if caller.role == "coordination" and asked:
        known = request.app[FOLLOWER].require().member_by_id
        if asked not in known and asked != STATE:
            raise NotFound
        return asked
    if caller.member is None or (asked and asked != caller.member):
        raise Forbidden
    return caller.member


async def _may_change(connection: Connection, caller: Caller, member: str) -> bool:
    if caller.role == "coordination":
        return True
    if caller.role != "member" or caller.member != member or member == STATE or caller.person is None:
        return False  # of the state there are other roles, which are the coordination's to give
    person = await people.find(connection, caller.person)
    return person is not None and person.is_administrator


async def _latest(connection: Connection, caller: Caller, member: str) -> date | None:
    """Nobody lets in their own colleagues, or themselves, for longer than they may come in: a letter does."""
    if caller.member != member or caller.person is None:
        return None
    own = await people.find(connection, caller.person)
    return None if own is None else own.ends_on


async def _require_may_change(connection: Connection, caller: Caller, member: str) -> None:
    if not await _may_change(connection, caller, member):
        raise Forbidden


async def _other(connection: Connection, request: web.Request, caller: Caller) -> Person:
    """The person in the address, whom the caller may change."""
    person = await people.find(connection, request.match_info["person"])
    if person is None or person.ended_at is not None:
        raise NotFound
    await _require_may_change(connection, caller, person.member)
    return person


async def _is_last(connection: Connection, person: Person) -> bool:
    """Whether nobody else administers the accounts of a municipality or an organisation."""
    if person.member == STATE:
        return False
    found = await people.list_people(connection, person.member)
    return not any(
        each.is_administrator and each.id != person.id and each.state(today()) == "active" for each in found
    )
