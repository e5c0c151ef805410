"""The registry's mail, put together."""

from aiohttp import web

from services.registry.mail.message import sender_of
from services.registry.mail.sending import MAIL_SENDS, Courier
from services.registry.mail.server import Server
from services.registry.settings import Settings
from shared.database import Database
from shared.lifecycle import PARTS


def install(app: web.Application, settings: Settings, leads: Database) -> None:
    """Let *app* send mail; *leads* has two connections to spare for the locks."""
    server = None if settings.smtp_url is None else Server.parse(settings.smtp_url)
    app[MAIL_SENDS] = server is not None
    app[PARTS].append(Courier(leads, server, settings.mail_from or sender_of(settings.public_url)))
