"""What all pages about places have in common."""

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from services.registry.http.answers import PUBLIC_URL
from services.registry.http.naming import member_names
from services.registry.pages.places import slugs
from services.registry.pages.places.asking import Question
from shared import web as look


def _(message: str) -> str:
    """Marks what is said later, in the reader's language."""
    return message


FIELDS: Final[dict[str, str]] = {
    "amounts": _("valores"),
    "basis": _("base: bilateral, multilateral ou lei"),
    "department": _("setor responsável"),
    "documents": _("documentos"),
    "effective_on": _("início da vigência"),
    "ends_on": _("prazo"),
    "gates.federal": _("etapa federal"),
    "gates.legal": _("parecer jurídico"),
    "gates.legislative": _("autorização legislativa"),
    "gazette": _("diário oficial"),
    "object": _("do que trata"),
    "objectives": _("objetivos"),
    "parent": _("acordo principal"),
    "provenance": _("de onde se sabe"),
    "renewal": _("renovação"),
    "sdgs": _("ODS"),
    "signatories": _("quem assinou"),
    "signed_on": _("data da assinatura"),
    "themes": _("temas"),
}
"""What people call a field that is missing."""


def page(request: web.Request, template: str, asks: Question, context: Mapping[str, Any]) -> web.Response:
    """*template* for the day that is asked for."""
    say = look.words_of(request)

    def field_name(field: str) -> str:
        return say.gettext(FIELDS.get(field, field))

    return look.page(
        request,
        template,
        {
            "origin": request.app[PUBLIC_URL],
            "as_of": asks.asked.as_of,
            "is_today": asks.is_today,
            "on_day": "" if asks.is_today else f"&as_of={asks.asked.as_of.isoformat()}",
            "member_name": member_names(request),
            "field_name": field_name,
            "slug": slugs.slug,
            **context,
        },
    )
