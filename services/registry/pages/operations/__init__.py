"""`/operacao` and below: what operators see of failed messages, and order about them."""

from typing import Final

from aiohttp import hdrs, web

from services.registry.dead.carrying import Orders
from services.registry.pages.operations import failed, ordering
from services.registry.pages.operations.reaching import OPERATING
from services.registry.settings import Settings
from shared.database import Database
from shared.doors import OPERATIONS, add_page
from shared.lifecycle import PARTS

_MESSAGE: Final = "{message:[0-9a-f]{64}}"
_ORDER: Final = "{order:[0-9]{1,12}}"


def install(app: web.Application, settings: Settings, leads: Database) -> None:
    """Add the part that carries operators' orders out, and their pages, to *app*."""
    app[OPERATING] = settings
    app[PARTS].append(Orders(settings.amqp_url, leads))
    for path, page in {
        "/operacao": failed.overview,
        "/operacao/falhas": failed.list_letters,
        f"/operacao/falhas/{_MESSAGE}": failed.one_letter,
        "/operacao/pedidos": ordering.list_orders,
        f"/operacao/pedidos/{_ORDER}": ordering.one_order,
    }.items():
        add_page(app, hdrs.METH_GET, path, page, allowed=OPERATIONS)
    for path, act in {
        "/operacao/pedidos": ordering.draft,
        f"/operacao/pedidos/{_ORDER}/confirmar": ordering.confirm,
        f"/operacao/pedidos/{_ORDER}/aprovar": ordering.approve,
        f"/operacao/pedidos/{_ORDER}/cancelar": ordering.cancel,
    }.items():
        add_page(app, hdrs.METH_POST, path, act, allowed=OPERATIONS)
