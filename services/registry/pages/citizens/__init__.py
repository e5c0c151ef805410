"""For whoever comes without an account: what may be read, taken away, followed, and reported as wrong."""

from aiohttp import web

from services.registry.pages.citizens import (
    crawling,
    electoral_page,
    feeds,
    open_data,
    reporting,
)
from shared import doors
from shared.accounts import Caller
from shared.doors import Handler
from shared.web import page


def install(app: web.Application) -> None:
    """Add the citizens' pages to *app*."""
    for path, handler in {
        "/estado/atom.xml": feeds.of_state,
        "/municipios/{municipality}/atom.xml": feeds.of_city,
        "/paises/{country}/atom.xml": feeds.of_country,
        "/dados": open_data.show,
        "/privacidade": _text("privacy"),
        "/acessibilidade": _text("accessibility"),
        "/erro": reporting.form,
        "/periodo-eleitoral": electoral_page.show,
        "/robots.txt": crawling.robots,
        "/sitemap.xml": crawling.index,
        "/sitemaps/{sitemap}": crawling.sitemap,
    }.items():
        doors.add_page(app, "GET", path, handler, allowed=doors.EVERYBODY)
    doors.add_page(app, "POST", "/erro", reporting.post_report, allowed=doors.EVERYBODY)
    doors.add_page(app, "GET", "/erros", reporting.list_reports, allowed=doors.COORDINATION)
    doors.add_page(app, "POST", "/erros/{report}", reporting.settle, allowed=doors.COORDINATION)
    doors.add_page(app, "POST", "/periodo-eleitoral", electoral_page.decide, allowed=doors.COORDINATION)
    doors.add_page(
        app, "POST", "/periodo-eleitoral/encerrar", electoral_page.revoke, allowed=doors.COORDINATION
    )


def _text(name: str) -> Handler:
    """A page that says the same to everybody."""

    async def show(request: web.Request, _caller: Caller) -> web.StreamResponse:
        return page(request, f"registry/citizens/{name}.html", {})

    return show
