"""Whatever goes wrong in a handler, as an answer in the caller's language."""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from aiohttp import web

from shared.notices.findings import InvalidEvents, InvalidFilter
from shared.notices.sentences import Language, Sentence
from shared.problems.kinds import (
    BadJson,
    InvalidNotice,
    InvalidParameter,
    MethodNotAllowed,
    NotAcceptable,
    NotFound,
    PersonalDataInIdentifier,
    RequestTimeout,
    TooLarge,
    UnsupportedMediaType,
)
from shared.problems.problem import Problem

log = structlog.get_logger(__name__)


class _Refused(Problem):
    """An error that the HTTP library itself answered, of no kind of its own here."""

    code = "request_refused"
    title = Sentence("Requisição recusada", "Request refused")
    default_detail = Sentence("A requisição não pôde ser atendida.", "The request could not be served.")

    def __init__(self, status: int) -> None:
        self.http_status = status
        super().__init__()

    def body(self, language: Language) -> dict[str, Any]:
        return {**super().body(language), "status": self.http_status}

    def response(self, language: Language) -> web.Response:
        answer = super().response(language)
        answer.set_status(self.http_status)
        return answer


ProblemPage = Callable[[web.Request, Problem], web.Response]
PROBLEM_PAGE: web.AppKey[ProblemPage] = web.AppKey("problem_page")
"""How an application with pages shows a problem to people."""

_OF_STATUS: dict[int, type[Problem]] = {
    kind.status: kind
    for kind in (NotFound, MethodNotAllowed, NotAcceptable, RequestTimeout, TooLarge, UnsupportedMediaType)
}


def problem_of(invalid: InvalidEvents) -> Problem:
    """The problem to answer with when the door found a request's events *invalid*."""
    if invalid.status == UnsupportedMediaType.status:
        return UnsupportedMediaType(errors=invalid.errors)
    if invalid.status == BadJson.status:
        return BadJson(errors=invalid.errors)
    if any(error.code == PersonalDataInIdentifier.code for error in invalid.errors):
        return PersonalDataInIdentifier(errors=invalid.errors)
    return InvalidNotice(errors=invalid.errors)


def language_of(request: web.BaseRequest) -> Language:
    """The caller's language, by ``Accept-Language`` (RFC 9110, section 12.5.4); Portuguese by default."""
    best: Language = "pt"
    best_weight = 0.0
    for choice in ",".join(request.headers.getall("Accept-Language", [])).split(","):
        tag, _, parameter = choice.partition(";")
        name = tag.strip().lower().partition("-")[0]
        weight = _weight(parameter)
        if name in {"pt", "en"} and weight > best_weight:
            best = "en" if name == "en" else "pt"
            best_weight = weight
    return best


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


@web.middleware
async def problem_middleware(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Render every error as a problem in the caller's language; what nobody foresaw is logged, not told."""
    try:
        return await handler(request)
    except Problem as problem:
        return _shown(request, problem)
    except InvalidFilter as invalid:
        return _shown(request, InvalidParameter(invalid.name, invalid.detail, invalid.allowed))
    except InvalidEvents as invalid:
        return _shown(request, problem_of(invalid))
    except web.HTTPException as answer:
        if answer.status < web.HTTPBadRequest.status_code:
            raise
        return _shown(request, _library_problem(answer))
    except ConnectionError:
        raise
    except Exception:
        # The route, not the path: a login link's path is a secret.
        resource = request.match_info.route.resource
        log.exception("request_failed", method=request.method, route=resource and resource.canonical)
        return _shown(request, Problem())


def _shown(request: web.Request, problem: Problem) -> web.Response:
    """*problem* for whoever asks: a page for people, a document for programs."""
    page = request.app.get(PROBLEM_PAGE)
    is_page = not request.path.startswith("/v1/") and "text/html" in request.headers.get("Accept", "")
    return page(request, problem) if page and is_page else problem.response(language_of(request))


def _library_problem(answer: web.HTTPException) -> Problem:
    kind = _OF_STATUS.get(answer.status)
    problem = _Refused(answer.status) if kind is None else kind()
    if "Allow" in answer.headers:
        problem.headers["Allow"] = answer.headers["Allow"]
    return problem
