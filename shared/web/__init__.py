"""One look for the pages of all services: base template, style sheet, words in two languages.

A service adds its own templates, in a folder of its own name, and renders them with `page`. A choice of
loaders looks at its list when a template is first asked for: so services may add theirs one after another.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import aiohttp_jinja2
import jinja2
import msgspec
from aiohttp import hdrs, web

from shared.http import ENVIRONMENT
from shared.notices.sentences import Language
from shared.problems import language_of

_HERE: Final = Path(__file__).parent
_LOADERS: web.AppKey[list[jinja2.BaseLoader]] = web.AppKey("templates", list)
_TAGS: Final[dict[Language, str]] = {"pt": "pt-BR", "en": "en"}


def install(app: web.Application, package: str) -> None:
    """Let *app* render the templates of *package*, beside the common ones."""
    if _LOADERS not in app:
        loaders: list[jinja2.BaseLoader] = [jinja2.PackageLoader("shared.web")]
        app[_LOADERS] = loaders
        aiohttp_jinja2.setup(
            app,
            loader=jinja2.ChoiceLoader(loaders),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        app.on_response_prepare.append(_revalidate)
    app[_LOADERS].append(jinja2.PackageLoader(package))


def page(
    request: web.Request, template: str, context: Mapping[str, Any], *, status: int = 200
) -> web.Response:
    """*template* in the reader's language; it may use `t` (the words), `language`, `static`, `here`."""
    language = page_language(request)
    known = {
        "t": words(language),
        "language": language,
        "tag": _TAGS[language],
        "static": static_url,
        "here": request.path,
        "environment": request.app[ENVIRONMENT],
    }
    response = aiohttp_jinja2.render_template(template, request, {**known, **context}, status=status)
    response.headers[hdrs.CACHE_CONTROL] = "no-store"
    response.headers[hdrs.CONTENT_LANGUAGE] = _TAGS[language]
    response.headers[hdrs.VARY] = "Accept-Language, Cookie"
    return response


def page_language(request: web.Request) -> Language:
    """`?lang=` decides; without it what the browser asks for."""
    match request.query.get("lang"):
        case "en":
            return "en"
        case "pt":
            return "pt"
        case _:
            return language_of(request)


@cache
def words(language: Language) -> dict[str, Any]:
    """The words of all pages, by name."""
    found: dict[str, Any] = msgspec.json.decode((_HERE / "words" / f"{language}.json").read_bytes())
    return found


def static_url(name: str) -> str:
    """The address of a static file."""
    return f"/static/{name}"


async def _revalidate(request: web.Request, response: web.StreamResponse) -> None:
    """Let browsers ask each time whether a file changed: modules name each other without versions."""
    if request.path.startswith("/static/"):
        response.headers.setdefault(hdrs.CACHE_CONTROL, "no-cache")
