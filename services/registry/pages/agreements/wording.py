"""What the templates of these pages use beside what every page has."""

from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from babel.numbers import format_currency

from services.registry.http.answers import PUBLIC_URL
from services.registry.http.naming import member_names
from shared.notices.sentences import Language
from shared.web import page_language
from shared.web.shown import LOCALES


def wording(request: web.Request, facts_only: object) -> dict[str, Any]:
    """The context of all these pages: how members, addresses and sums of money are shown.

    *facts_only*: what members wrote in their own words stays out.
    """
    return {
        "facts_only": facts_only,
        "origin": request.app[PUBLIC_URL],
        "member_name_of": member_names(request),
        "host": host,
        "amount": partial(amount, page_language(request)),
    }


def host(url: str) -> str:
    """Whose address it is, as far as it can be read."""
    try:
        return urlsplit(url).hostname or url
    except ValueError:
        return url


def amount(language: Language, value: str, currency: str) -> str:
    """A sum of money; as it was told, where it is no number."""
    try:
        return format_currency(Decimal(value), currency, locale=LOCALES[language])
    except (InvalidOperation, ValueError):
        return f"{value} {currency}"
