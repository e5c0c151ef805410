"""`/operacao` and below: what operators see of failed messages, and order about them."""

from aiohttp import web

from services.registry.dead.carrying import Orders
from services.registry.settings import Settings
from shared.database import Database
from shared.lifecycle import PARTS


def install(app: web.Application, settings: Settings, leads: Database) -> None:
    """Add the part that carries operators' orders out, and their pages, to *app*."""
    app[PARTS].append(Orders(settings.amqp_url, leads))
