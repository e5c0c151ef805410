"""Every page has a door that says whom it lets in. A test walks all of them, with every kind of caller."""

from collections.abc import Awaitable, Callable, Collection
from typing import Final, Literal, NamedTuple
from urllib.parse import urlencode

from aiohttp import hdrs, web

from shared import web as look
from shared.accounts import Caller, CrossSite, caller_of
from shared.directory import FOLLOWER, IDENTITY
from shared.notices.sentences import Sentence
from shared.problems import PROBLEM_PAGE, Forbidden, Problem

Role = Literal["anonymous", "member", "office", "coordination", "ops"]
EVERYBODY: Final[frozenset[Role]] = frozenset({"anonymous", "member", "office", "coordination", "ops"})
SIGNED_IN: Final = EVERYBODY - {"anonymous"}
NETWORK: Final[frozenset[Role]] = frozenset({"member", "office", "coordination"})
OFFICE: Final[frozenset[Role]] = frozenset({"office", "coordination"})
COORDINATION: Final[frozenset[Role]] = frozenset({"coordination"})
OPERATIONS: Final[frozenset[Role]] = frozenset({"ops"})
TELLERS: Final[frozenset[Role]] = frozenset({"member", "coordination"})
"""Who tells of agreements."""

Handler = Callable[[web.Request, Caller], Awaitable[web.StreamResponse]]


class Door(NamedTuple):
    """A page: how it is asked for, and the roles that may ask."""

    method: str
    path: str
    allowed: frozenset[Role]


DOORS: web.AppKey[list[Door]] = web.AppKey("doors", list)


class NotForYou(Forbidden):
    """The page is for others."""

    code = "page_not_allowed"
    title = Sentence("Esta página não é para a sua conta", "This page is not for your account")
    default_detail = Sentence(
        "A sua conta não abre esta página. Se precisa dela, peça à coordenação da rede.",
        "Your account does not open this page. If you need it, ask the network's coordination.",
    )


def install(app: web.Application, package: str) -> None:
    """Let *app* answer people: with the templates of *package*, and with pages where something goes wrong."""
    look.install(app, package)
    app[PROBLEM_PAGE] = _problem_page
    app.setdefault(DOORS, [])


def add_page(
    app: web.Application, method: str, path: str, handler: Handler, *, allowed: Collection[Role]
) -> None:
    """Answer *path* with *handler* for the roles in *allowed*; the others are led to the door, or refused.

    What changes something (POST) is refused where another site asks for it (403 CrossSite).
    """
    roles = frozenset(allowed)

    async def answer(request: web.Request) -> web.StreamResponse:
        if method != hdrs.METH_GET:
            _require_own_page(request)
        caller = await _caller(request)
        request[look.WHO] = None if caller.role == "anonymous" else caller
        request[look.SEEN_BY] = roles
        if caller.role in roles:
            return await handler(request, caller)
        if caller.role == "anonymous":
            return _to_the_entrance(request)
        raise NotForYou

    resource = app.router.add_route(method, path, answer).resource
    app[DOORS].append(Door(method, path if resource is None else resource.canonical, roles))


def see_other(path: str) -> web.Response:
    """Go on at *path*: what a form that was taken answers (RFC 9110, section 15.4.4)."""
    return web.Response(status=303, headers={hdrs.LOCATION: path, hdrs.CACHE_CONTROL: "no-store"})


def is_own_path(path: str) -> bool:
    """Whether *path* leads nowhere but to a page of this site."""
    return path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()


async def _caller(request: web.Request) -> Caller:
    if hdrs.AUTHORIZATION in request.headers:
        request.app[FOLLOWER].require()
    return await caller_of(request)


def _to_the_entrance(request: web.Request) -> web.Response:
    is_page = any(door.method == hdrs.METH_GET and door.path == request.path for door in request.app[DOORS])
    back = str(request.rel_url) if request.method == hdrs.METH_GET else request.path if is_page else "/"
    return see_other(f"/entrar?{urlencode({'de': back})}")


def _require_own_page(request: web.Request) -> None:
    """Refuse what another site's page asks for; one that does not say so brings no cookie."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get(hdrs.ORIGIN)
    if site not in {None, "same-origin", "none"}:
        raise CrossSite
    if site is None and origin is not None and origin != request.app[IDENTITY].public_url:
        raise CrossSite


def _problem_page(request: web.Request, problem: Problem) -> web.Response:
    language = look.page_language(request)
    response = look.page(request, "problem.html", {"problem": problem.body(language)}, status=problem.status)
    for name, value in problem.headers.items():
        response.headers[name] = value
    return response
