"""The registry's mail, put together."""

from aiohttp import web

from services.registry.mail.choices import Leaving
from services.registry.mail.corresponding import Correspondent
from services.registry.mail.message import sender_of
from services.registry.mail.sending import MAIL_SENDS, Courier
from services.registry.mail.server import Server
from services.registry.settings import Settings
from shared.database import Database
from shared.lifecycle import PARTS

LEAVING: web.AppKey[Leaving] = web.AppKey("mail_leaving", Leaving)


def install(app: web.Application, settings: Settings, leads: Database) -> None:
    """Let *app* write to people; *leads* has two connections to spare for the locks.

    Without a server letters are written all the same, and settled unsent: what is told and what is not does
    not depend on when somebody sets one up.
    """
    server = Server.parse(settings.smtp_url) if settings.smtp_url else None
    leaving = Leaving(settings.session_key, settings.public_url)
    app[MAIL_SENDS] = server is not None
    app[LEAVING] = leaving
    app[PARTS] += [
        Courier(leads, server, settings.mail_from or sender_of(settings.public_url)),
        Correspondent(leads, leaving),
    ]
