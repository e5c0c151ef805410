"""The registry's door for people: coming in by a link, and going out."""

from typing import Final

from aiohttp import hdrs, web

from services.registry.http.answers import connection_of, today
from services.registry.network import audit, links, people, sessions
from services.registry.network.people import Person
from services.registry.pages.entrance import letters
from services.registry.queries import Connection
from shared import accounts, doors
from shared import web as web_look
from shared.accounts import Caller, Session
from shared.directory import FOLLOWER, Directory

_NEVER_KEPT: Final = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
_LONGEST_TOKEN: Final = 200
KNOWN_SECONDS: Final = 5.0
"""How long a person who has just been let in waits for the services to hear of it."""


def install(app: web.Application) -> None:
    """Add `/entrar/{token}` and `/sair` to *app*; other addresses below `/entrar` must be there already."""
    app.router.add_get("/entrar/{token}", sign_in, allow_head=False)
    app.router.add_head("/entrar/{token}", announce)
    doors.add_page(app, hdrs.METH_POST, "/entrar/{token}", confirm, allowed=doors.EVERYBODY)
    doors.add_page(app, hdrs.METH_POST, "/sair", sign_out, allowed=doors.EVERYBODY)


async def sign_in(request: web.Request) -> web.Response:
    """Use up the link and begin a session, where the link leads. One that came by mail asks before that."""
    token = _token(request)
    async with connection_of(request) as connection:
        link = None if token is None else await links.look_at(connection, token)
        person = None if link is None else await people.find(connection, link.person)
    if link is None or person is None or person.state(today()) != "active":
        return _spent(request)
    if link.way == "mail":
        context = {"person": person, "member": letters.name_of(request, person.member)}
        response = web_look.page(request, "registry/entrance/confirm.html", context)
        response.headers.update(_NEVER_KEPT)
        return response
    return await _used(request)


async def confirm(request: web.Request, _caller: Caller) -> web.Response:
    """The button on the page that a link in a letter leads to."""
    return await _used(request)


async def _used(request: web.Request) -> web.Response:
    token = _token(request)
    async with connection_of(request) as connection, connection.transaction():
        link = None if token is None else await links.use(connection, token)
        person = None if link is None else await people.find(connection, link.person)
        if link is None or person is None or person.state(today()) != "active":
            return _spent(request)
        session = await begin(connection, request, person, link.way)
    return await enter(request, session, link.back)


def _token(request: web.Request) -> str | None:
    """The token in the address; None if it cannot be one."""
    token = request.match_info["token"]
    return token if len(token) <= _LONGEST_TOKEN and token.isascii() and token.isprintable() else None


async def begin(connection: Connection, request: web.Request, person: Person, way: str) -> Session:
    """A session for *person*, who came by *way*."""
    session = await sessions.begin(connection, person, way, request.headers.get(hdrs.USER_AGENT, ""))
    caller = Caller(person.role, person.member, person=person.id, session=session.sid)
    await audit.note(connection, caller, "sign_in", person.member, way)
    return session


async def enter(request: web.Request, session: Session, back: str) -> web.Response:
    """Go on at *back*, signed in: as soon as this service has heard of the person, who may be a new one."""

    def is_known(directory: Directory) -> bool:
        return accounts.caller_by(session, directory) is not None

    await request.app[FOLLOWER].wait_until(is_known, KNOWN_SECONDS)
    response = _to(back)
    accounts.set_session(request, response, session)
    return response


async def announce(_request: web.Request) -> web.Response:
    """Who merely looks at a link, as previews in mail and chat do, does not use it up."""
    return web.Response(headers=_NEVER_KEPT)


async def sign_out(request: web.Request, caller: Caller) -> web.Response:
    """End the session, in all services. Another site cannot ask for it."""
    if caller.person is not None and caller.session is not None:
        async with connection_of(request) as connection:
            await sessions.end(connection, caller.person, caller.session)
            await audit.note(connection, caller, "sign_out", caller.member or "")
    response = _to("/")
    accounts.clear_session(request, response)
    return response


def _spent(request: web.Request) -> web.Response:
    return web_look.page(request, "registry/entrance/spent.html", {}, status=web.HTTPGone.status_code)


def _to(path: str) -> web.Response:
    return web.Response(status=303, headers={hdrs.LOCATION: path, **_NEVER_KEPT})
