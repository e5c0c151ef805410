"""One look for the pages of all services: base template, their parts, style sheets, words in two languages.

A service adds its own templates, in a folder of its own name, and renders them with `page`. A choice of
loaders looks at its list when a template is first asked for: so services may add theirs one after another.
"""

import secrets
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

import aiohttp_jinja2
import jinja2
import msgspec
from aiohttp import hdrs, web

from shared.http import ENVIRONMENT
from shared.notices.sentences import Language
from shared.problems import language_of
from shared.web import shown
from shared.web.addresses import member_path
from shared.web.wording import Words
from shared.web.wording import words as words_of_language

_HERE: Final = Path(__file__).parent
_LOADERS: web.AppKey[list[jinja2.BaseLoader]] = web.AppKey("templates", list)
WHO: web.RequestKey[Any] = web.RequestKey("who")
"""Who asks, as `shared.doors` found out."""
SEEN_BY: web.RequestKey[frozenset[str]] = web.RequestKey("seen_by")
"""The roles that may see the page, as its door says."""
LANGUAGE_COOKIE: Final = "malha_language"
_A_YEAR_SECONDS: Final = 365 * 86_400
_LANGUAGES: Final[dict[str, Language]] = {"pt": "pt", "en": "en"}
_LETTERS: Final = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
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
            extensions=["jinja2.ext.i18n"],
            filters={  # type: ignore[arg-type] # pass_context gives them their first argument
                "day": _filter(shown.shown_day),
                "instant": _filter(shown.shown_instant),
                "number": _filter(shown.shown_number),
                "named": _named,
                "member_path": member_path,
            },
        )
        environment = aiohttp_jinja2.get_env(app)
        environment.install_gettext_callables(  # type: ignore[attr-defined]
            _gettext, _ngettext, newstyle=True
        )
    app[_LOADERS].append(jinja2.PackageLoader(package))


def page(
    request: web.Request, template: str, context: Mapping[str, Any], *, status: int = 200
) -> web.Response:
    """*template* in the reader's language; it may use what `base.html` uses.

    `_()` says Portuguese words in it, `|day`, `|instant`, `|number`, `|named("countries")` show values, `who`
    is the caller that `shared.doors` let in (None: nobody in particular), `here` the path asked for.
    """
    language = page_language(request)
    known = {
        "t": words(language),
        "language": language,
        "tag": _TAGS[language],
        "static": static_url,
        "here": request.path,
        "in_language": partial(_in_language, request),
        "who": request.get(WHO),
        "seen_by": request.get(SEEN_BY, frozenset()),
        "environment": request.app[ENVIRONMENT],
        "once": once,
    }
    response = aiohttp_jinja2.render_template(template, request, {**known, **context}, status=status)
    response.headers[hdrs.CACHE_CONTROL] = "no-store"
    response.headers[hdrs.CONTENT_LANGUAGE] = _TAGS[language]
    response.headers[hdrs.VARY] = "Accept-Language, Cookie"
    response.enable_compression()
    if _asked_language(request) is not None:
        response.set_cookie(LANGUAGE_COOKIE, language, max_age=_A_YEAR_SECONDS, path="/", samesite="Lax")
    return response


def page_language(request: web.Request) -> Language:
    """`?lang=` decides, and is remembered; without it what the browser asks for."""
    kept = request.cookies.get(LANGUAGE_COOKIE)
    return _asked_language(request) or _LANGUAGES.get(kept or "") or language_of(request)


def words_of(request: web.Request) -> Words:
    """What to say to the reader: `.gettext("…")`, `.ngettext("…", "…", n)`, from Portuguese."""
    return words_of_language(page_language(request))


def _asked_language(request: web.Request) -> Language | None:
    return _LANGUAGES.get(request.query.get("lang", ""))


def _in_language(request: web.Request, language: Language) -> str:
    """The address of this page in *language*: begun by two slashes it would be another site's."""
    return "/" + str(request.rel_url.update_query(lang=language)).lstrip("/\\")


@cache
def words(language: Language) -> dict[str, Any]:
    """The words of the page about the interface, which are too many to stand in its template."""
    found: dict[str, Any] = msgspec.json.decode((_HERE / "words" / f"{language}.json").read_bytes())
    return found


def once() -> str:
    """A form's own number, kept hidden in it: sent twice, it is told once.

    In letters: eleven digits in a row may happen to be somebody's CPF, which no identifier may hold.
    """
    return secrets.token_hex(12).translate(_LETTERS)


def static_url(name: str) -> str:
    """The address of a static file."""
    return f"/static/{name}"


@jinja2.pass_context
def _gettext(context: jinja2.runtime.Context, message: str) -> str:
    return words_of_language(context["language"]).gettext(message)


@jinja2.pass_context
def _ngettext(context: jinja2.runtime.Context, one: str, many: str, n: int) -> str:
    return words_of_language(context["language"]).ngettext(one, many, n)


def _filter(show: Callable[[Any, Language], str]) -> Callable[[jinja2.runtime.Context, Any], str]:
    """*show* as a filter; what is not there is shown as nothing."""

    @jinja2.pass_context
    def shown_in(context: jinja2.runtime.Context, value: Any) -> str:
        return "" if value is None else show(value, context["language"])

    return shown_in


@jinja2.pass_context
def _named(context: jinja2.runtime.Context, code: str | None, names: str) -> str:
    return "" if code is None else shown.shown_name(code, names, context["language"])
