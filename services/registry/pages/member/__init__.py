"""A member's own page: what it sent, what it is asked, its keys and who speaks for it."""

from typing import Final

from aiohttp import hdrs, web

from services.registry.pages.member import delegations, desk, embedding, keys, messages, sent
from shared.doors import EVERYBODY, TELLERS, add_page

_KEY: Final = "{key:[a-z2-7]{12}}"


def install(app: web.Application) -> None:
    """Add `/membro` and below, and `/incorporar/{member}`, to *app*."""
    add_page(app, hdrs.METH_GET, "/membro", desk.desk, allowed=TELLERS)
    add_page(app, hdrs.METH_GET, "/membro/avisos", sent.notices, allowed=TELLERS)
    add_page(app, hdrs.METH_GET, "/membro/chaves", keys.keys, allowed=TELLERS)
    add_page(app, hdrs.METH_POST, "/membro/chaves", keys.issue, allowed=TELLERS)
    add_page(app, hdrs.METH_POST, f"/membro/chaves/{_KEY}/trocar", keys.replace, allowed=TELLERS)
    add_page(app, hdrs.METH_POST, f"/membro/chaves/{_KEY}/encerrar", keys.revoke, allowed=TELLERS)
    add_page(app, hdrs.METH_GET, "/membro/delegacoes", delegations.granted, allowed=TELLERS)
    add_page(app, hdrs.METH_POST, "/membro/delegacoes", delegations.grant, allowed=TELLERS)
    add_page(app, hdrs.METH_POST, "/membro/delegacoes/desfazer", delegations.take_back, allowed=TELLERS)
    add_page(app, hdrs.METH_GET, "/incorporar/{member}", embedding.embedded, allowed=EVERYBODY)
    messages.install(app)
