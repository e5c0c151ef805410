"""`/entrar/oidc`: to the identity provider and back."""

from typing import Final

import structlog
from aiohttp import hdrs, web

from services.registry.http.answers import connection_of, today
from services.registry.network import identities, people
from services.registry.network.people import Person
from services.registry.pages.entrance import signing
from services.registry.pages.entrance.asking import entrance_page, safe_path
from services.registry.pages.entrance.openid import (
    JOURNEY_LIFETIME,
    PROVIDER,
    Journey,
    NotProven,
    Proven,
    Provider,
)
from services.registry.queries import Connection
from shared import accounts
from shared import web as look
from shared.accounts import Caller
from shared.directory import IDENTITY
from shared.problems import NotFound

log = structlog.get_logger()

_COOKIE: Final = "malha_journey"


async def depart(request: web.Request, _caller: Caller) -> web.Response:
    """To the provider, with what is needed to know who comes back."""
    provider = _provider(request)
    url, journey = await provider.begin(safe_path(request.query.get("de")))
    response = web.Response(status=303, headers={hdrs.LOCATION: url, hdrs.CACHE_CONTROL: "no-store"})
    settings = request.app[IDENTITY]
    response.set_cookie(
        _cookie(request),
        accounts.seal(settings, journey),
        max_age=int(JOURNEY_LIFETIME.total_seconds()),
        path="/",
        secure=_is_https(request),
        httponly=True,
        samesite="Lax",
    )
    return response


async def arrive(request: web.Request, _caller: Caller) -> web.StreamResponse:
    """Back from the provider: in, if it proves who came and the network knows that person."""
    provider = _provider(request)
    say = look.words_of(request)
    sealed = request.cookies.get(_cookie(request), "")
    journey = accounts.unseal(request.app[IDENTITY], sealed, Journey, JOURNEY_LIFETIME)
    back = "/" if journey is None else journey.back
    if journey is None:
        trouble = say.gettext("A entrada demorou demais ou começou em outra janela. Comece de novo.")
        return _left(request, entrance_page(request, back=back, trouble=trouble, status=400))
    try:
        proven = await provider.finish(journey, request.query)
    except NotProven as error:
        log.info("provider_did_not_prove", why=str(error)[:100])
        trouble = say.gettext("O provedor de identidade não confirmou quem é você. Tente de novo.")
        return _left(request, entrance_page(request, back=back, trouble=trouble, status=400))
    async with connection_of(request) as connection:
        person = await _known(connection, request, provider, proven)
        if person is None:
            trouble = say.gettext(
                "Ainda não há conta para você aqui. Use o código da carta de convite, ou peça a quem "
                "administra as contas do seu órgão que indique o seu e-mail."
            )
            return _left(request, entrance_page(request, back=back, trouble=trouble, status=403))
        session = await signing.begin(connection, request, person, "provider")
    return _left(request, await signing.enter(request, session, back))


async def _known(
    connection: Connection, request: web.Request, provider: Provider, proven: Proven
) -> Person | None:
    """Whom the provider has proven: by what it calls the person; the first time by the address."""
    digest = identities.digest_of(request.app[IDENTITY].session_key, provider.issuer, proven.subject)
    known = await identities.find(connection, digest)
    if known is not None:
        person = await people.find(connection, known)
    elif proven.email is not None:
        person = await people.find_address(connection, proven.email)
    else:
        return None
    if person is None or person.state(today()) != "active":
        return None
    if known is None:
        await identities.link(connection, digest, person.id)
    return person


def _provider(request: web.Request) -> Provider:
    provider = request.app[PROVIDER]
    if provider is None:
        raise NotFound
    return provider


def _left(request: web.Request, response: web.Response) -> web.Response:
    """*response*, after which the journey is over."""
    response.del_cookie(_cookie(request), path="/", secure=_is_https(request), httponly=True, samesite="Lax")
    return response


def _cookie(request: web.Request) -> str:
    """With the prefix a neighbour, as another site under mg.gov.br is one, cannot plant its own journey."""
    return f"__Host-{_COOKIE}" if _is_https(request) else _COOKIE


def _is_https(request: web.Request) -> bool:
    return request.app[IDENTITY].public_url.startswith("https://")
