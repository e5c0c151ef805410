"""The registry's door for people: coming in, by letter, by mail, by an identity provider; and going out."""

import asyncio
from typing import Final

from aiohttp import hdrs, web

from services.registry.pages.entrance import (
    accepting,
    account,
    asking,
    auditing,
    inviting,
    persons,
    provided,
    signing,
)
from services.registry.pages.entrance.attempts import ATTEMPTS, Attempts
from services.registry.pages.entrance.openid import PROVIDER, RETURN_PATH, provider_of
from services.registry.settings import Settings
from shared import doors
from shared.doors import COORDINATION, EVERYBODY, NETWORK, SIGNED_IN, add_page

_GET: Final = hdrs.METH_GET
_POST: Final = hdrs.METH_POST
_PERSON: Final = "{person:[0-9a-f]{16}}"


def install(app: web.Application, settings: Settings) -> None:
    """Add the ways in and out, and the pages of accounts, to *app*."""
    doors.install(app, "services.registry")
    app[ATTEMPTS] = Attempts()
    app[inviting.PRESS] = inviting.press()
    app[PROVIDER] = provider_of(settings)
    app[asking.TASKS] = set()
    app.on_cleanup.append(_finish)
    add_page(app, _GET, "/entrar", asking.entrance, allowed=EVERYBODY)
    add_page(app, _POST, "/entrar", asking.ask_by_mail, allowed=EVERYBODY)
    add_page(app, _GET, "/entrar/oidc", provided.depart, allowed=EVERYBODY)
    add_page(app, _GET, RETURN_PATH, provided.arrive, allowed=EVERYBODY)
    add_page(app, _GET, "/convite", accepting.invited, allowed=EVERYBODY)
    add_page(app, _POST, "/convite", accepting.accept, allowed=EVERYBODY)
    signing.install(app)
    add_page(app, _GET, "/conta", account.account, allowed=SIGNED_IN)
    add_page(app, _POST, "/conta/idioma", account.choose_language, allowed=SIGNED_IN)
    add_page(app, _POST, "/conta/sessoes", account.end_sessions, allowed=SIGNED_IN)
    add_page(app, _GET, "/pessoas", persons.persons, allowed=NETWORK)
    add_page(app, _POST, "/pessoas", persons.name_person, allowed=NETWORK)
    add_page(app, _GET, f"/pessoas/{_PERSON}/encerrar", persons.ask_to_end, allowed=NETWORK)
    add_page(app, _POST, f"/pessoas/{_PERSON}/encerrar", persons.end_person, allowed=NETWORK)
    add_page(app, _POST, f"/pessoas/{_PERSON}/renovar", persons.renew_person, allowed=NETWORK)
    add_page(app, _POST, f"/pessoas/{_PERSON}/sair", persons.sign_person_out, allowed=NETWORK)
    add_page(app, _GET, "/convites", inviting.overview, allowed=COORDINATION)
    add_page(app, _POST, "/convites", inviting.invite, allowed=COORDINATION)
    add_page(app, _GET, "/convites/cartas", inviting.printed, allowed=COORDINATION)
    add_page(app, _GET, "/convites.csv", inviting.as_csv, allowed=COORDINATION)
    add_page(app, _GET, "/auditoria", auditing.noted, allowed=COORDINATION)


async def _finish(app: web.Application) -> None:
    """Let letters that are being written be written."""
    await asyncio.gather(*app[asking.TASKS])
