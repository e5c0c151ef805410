"""The registry's door for people: coming in, and going out."""

from typing import Final

from aiohttp import hdrs, web

from services.registry.http.answers import connection_of
from services.registry.network import people
from shared import accounts, doors
from shared import web as web_look
from shared.accounts import CrossSite

_NEVER_KEPT: Final = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
_LONGEST_TOKEN: Final = 200


def install(app: web.Application) -> None:
    """Add `/entrar/{token}` and `/sair` to *app*."""
    doors.install(app, "services.registry")
    app.router.add_get("/entrar/{token}", sign_in, allow_head=False)
    app.router.add_head("/entrar/{token}", announce)
    app.router.add_post("/sair", sign_out)


async def sign_in(request: web.Request) -> web.Response:
    """Use up the link and begin a session, at the console."""
    token = request.match_info["token"]
    login = None
    if len(token) <= _LONGEST_TOKEN and token.isascii() and token.isprintable():
        async with connection_of(request) as connection:
            login = await people.use_link(connection, token)
    if login is None:
        return web_look.page(request, "registry/entrance/spent.html", {}, status=web.HTTPGone.status_code)
    response = _to("/")
    accounts.set_session(request, response, login.role, login.member)
    return response


async def announce(_request: web.Request) -> web.Response:
    """Who merely looks at a link, as previews in mail and chat do, does not use it up."""
    return web.Response(headers=_NEVER_KEPT)


async def sign_out(request: web.Request) -> web.Response:
    """End the session. Another site cannot ask for it."""
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise CrossSite
    response = _to("/")
    accounts.clear_session(request, response)
    return response


def _to(path: str) -> web.Response:
    return web.Response(status=303, headers={hdrs.LOCATION: path, **_NEVER_KEPT})
