"""An agreement and all that is known of it; finding agreements; where a notice is; who knows a partner."""

from aiohttp import web

from services.registry.pages.agreements import (
    acknowledging,
    ledger,
    partners,
    protocols,
    searching,
    showing,
    uploading,
)
from shared import doors


def install(app: web.Application) -> None:
    """Add the pages to *app*, whose doors are installed."""
    doors.add_page(app, "GET", "/acordos", searching.get_agreements, allowed=doors.EVERYBODY)
    doors.add_page(app, "GET", "/acordos/parceiros", partners.get_partners, allowed=doors.EVERYBODY)
    doors.add_page(app, "GET", "/acordos/{agreement}", showing.get_agreement, allowed=doors.EVERYBODY)
    doors.add_page(app, "GET", "/acordos/{agreement}/livro", ledger.get_place, allowed=doors.EVERYBODY)
    doors.add_page(
        app, "GET", "/acordos/{agreement}/documentos", uploading.get_upload, allowed=uploading.HOLDERS
    )
    doors.add_page(
        app, "POST", "/acordos/{agreement}/documentos", uploading.post_upload, allowed=uploading.HOLDERS
    )
    doors.add_page(
        app, "POST", "/acordos/{agreement}/ciente", acknowledging.post_acknowledgement, allowed=doors.OFFICE
    )
    doors.add_page(app, "GET", "/protocolos/{protocol}", protocols.get_protocol, allowed=doors.EVERYBODY)
