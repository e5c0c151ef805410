"""Coming in by a real OpenID provider: authorization code with PKCE, state and nonce."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web

from services.registry.pages.entrance.openid import provider_of
from services.registry.settings import Settings
from shared import tls
from shared.lifecycle import build_app
from shared.settings import BadSetting, load
from tests.integration.entrance.conftest import Town
from tests.support.authority import Authority
from tests.support.house import SESSION_KEY, serving
from tests.support.provider import OpenIdProvider, openid_provider
from tests.support.registry import connected, running_registry


@pytest.fixture
async def provider() -> AsyncIterator[OpenIdProvider]:
    """A provider that runs."""
    async with openid_provider() as found:
        yield found


@pytest.fixture
async def town(database: str, provider: OpenIdProvider) -> AsyncIterator[Town]:
    """A registry that offers it."""
    async with running_registry(database, **provider.settings) as registry:
        yield Town(registry, database)


async def depart(town: Town, back: str = "/conta") -> str:
    """Where the registry sends somebody who chooses the provider."""
    answer = await town.registry.get(f"/entrar/oidc?de={back}")
    assert answer.status == 303
    return answer.headers["Location"]


async def arrive(town: Town, url: str) -> tuple[int, str, str]:
    """Come back by *url*: status, text, where it leads."""
    parts = urlsplit(url)
    answer = await town.registry.get(f"{parts.path}?{parts.query}", Accept="text/html")
    return answer.status, await answer.text(), answer.headers.get("Location", "")


async def test_a_person_comes_in_by_a_provider(town: Town, provider: OpenIdProvider) -> None:
    """By a verified address the first time; then by what the provider calls the person."""
    person = await town.person("fulana@example.org")
    assert "Entrar com Provedor de teste" in await town.page("/entrar")
    url = await depart(town)
    asked = parse_qs(urlsplit(url).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert {"state", "nonce", "code_challenge"} <= asked.keys()
    status, _, back = await arrive(town, await provider.sign_in(url, "fulana@example.org"))
    assert (status, back) == (303, "/conta")
    assert "fulana@example.org" in await town.page("/conta")
    await town.post("/sair")
    async with connected(town.database) as connection:
        await connection.execute("UPDATE person SET email = 'nova@example.org' WHERE id = $1", person)
    status, _, _ = await arrive(town, await provider.sign_in(await depart(town), "fulana@example.org"))
    assert status == 303
    assert "nova@example.org" in await town.page("/conta")


async def test_what_the_provider_calls_a_person_is_not_kept(town: Town, provider: OpenIdProvider) -> None:
    """With gov.br it is a taxpayer's number: a keyed digest is enough to know it again."""
    await town.person("fulana@example.org")
    await arrive(town, await provider.sign_in(await depart(town), "fulana@example.org"))
    async with connected(town.database) as connection:
        (row,) = await connection.fetch("SELECT digest FROM identity")
    assert len(row["digest"]) == 32
    assert b"fulana" not in row["digest"]


@pytest.mark.parametrize("login", ["stranger@example.org", "unverified@example.org"])
async def test_who_has_no_account_is_told_how_to_get_one(
    town: Town, provider: OpenIdProvider, login: str
) -> None:
    """An address that the provider has not verified is nobody's."""
    await town.person("unverified@example.org")
    status, page, _ = await arrive(town, await provider.sign_in(await depart(town), login))
    assert status == 403
    assert "Ainda não há conta para você aqui" in page
    assert (await town.registry.get("/conta")).status == 303


async def test_an_answer_counts_once_and_for_the_browser_that_asked(
    town: Town, provider: OpenIdProvider
) -> None:
    """Nobody is signed in by an answer that somebody else asked for, or that came before."""
    await town.person("fulana@example.org")
    first = await provider.sign_in(await depart(town), "fulana@example.org")
    second = await provider.sign_in(await depart(town), "fulana@example.org")
    status, page, _ = await arrive(town, first)  # not the state of the last departure
    assert (status, "não confirmou quem é você" in page) == (400, True)
    status, page, _ = await arrive(town, second)  # the journey is over
    assert (status, "Comece de novo" in page) == (400, True)
    for right, wrong in (("code=", "code=x"), ("iss=http", "iss=https"), ("state=", "state=x")):
        tampered = (await provider.sign_in(await depart(town), "fulana@example.org")).replace(right, wrong)
        assert (await arrive(town, tampered))[0] == 400
    refused = await depart(town)
    state = parse_qs(urlsplit(refused).query)["state"][0]
    status, _, _ = await arrive(town, f"/entrar/oidc/retorno?error=access_denied&state={state}")
    assert status == 400


async def test_a_provider_that_is_away_is_said_to_be(database: str) -> None:
    """The other ways in stay open."""
    settings = {"oidc_issuer": "http://127.0.0.1:1", "oidc_client_id": "malha"}
    async with running_registry(database, **settings) as registry:
        town = Town(registry, database)
        page = await town.page("/entrar/oidc", 503)
        assert "O provedor de identidade não respondeu" in page
        await town.page("/entrar")


@pytest.mark.parametrize("issuer", ["redirects", "clear"])
async def test_a_provider_sends_us_nowhere_else(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, issuer: str
) -> None:
    """Neither by a redirect, into the network behind us, nor with our secret to an address in clear."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        if request.path.startswith("/redirects/"):
            raise web.HTTPFound("/inside")
        clear = f"http://{request.host}/inside"
        named = dict.fromkeys(("authorization_endpoint", "token_endpoint", "jwks_uri"), clear)
        return web.json_response({"issuer": f"https://{request.host}/{issuer}", **named})

    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    app = build_app("test")
    app.router.add_get("/{path:.*}", answer)
    async with serving(app, tls.serving(*authority.issue("localhost"))) as origin:
        named = f"{origin.replace('127.0.0.1', 'localhost')}/{issuer}"
        async with running_registry(database, oidc_issuer=named, oidc_client_id="malha") as registry:
            await Town(registry, database).page("/entrar/oidc", 503)
    assert asked == [f"/{issuer}/.well-known/openid-configuration"]


async def test_a_neighbour_plants_no_journey(database: str, provider: OpenIdProvider) -> None:
    """Another site of the same domain could let people in as somebody else by a cookie of its own."""
    async with running_registry(
        database, public_url="https://acordos.example", **provider.settings
    ) as registry:
        answer = await registry.get("/entrar/oidc")
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("__Host-malha_journey=")
        assert "Secure" in cookie
        assert "Path=/;" in f"{cookie};"
        assert "Domain" not in cookie
        over = await registry.get("/entrar/oidc/retorno?state=x", Cookie=f"malha_journey={cookie}")
        assert over.headers["Set-Cookie"].startswith('__Host-malha_journey="";')


async def test_without_a_provider_none_is_offered(database: str) -> None:
    """Nor is there anything at its address."""
    async with running_registry(database) as registry:
        town = Town(registry, database)
        assert "/entrar/oidc" not in await town.page("/entrar")
        await town.page("/entrar/oidc", 404)
        await town.page("/entrar/oidc/retorno", 404)


def test_a_provider_is_named_by_settings() -> None:
    """As an operator sets them; one that is no address is named."""
    environ = {
        "MALHA_ENVIRONMENT": "test",
        "MALHA_AMQP_URL": "amqp://127.0.0.1",
        "MALHA_PUBLIC_URL": "https://acordos.example",
        "MALHA_SESSION_KEY": SESSION_KEY,
        "MALHA_DATABASE_URL": "postgresql://127.0.0.1/malha",
        "MALHA_OIDC_ISSUER": "https://sso.example",
        "MALHA_OIDC_CLIENT_ID": "malha",
        "MALHA_OIDC_CLIENT_SECRET": "secret",
        "MALHA_OIDC_NAME": "Provedor",
    }
    provider = provider_of(load(Settings, environ))
    assert provider is not None
    assert (provider.issuer, provider.name) == ("https://sso.example", "Provedor")
    with pytest.raises(BadSetting, match="MALHA_OIDC_ISSUER"):
        load(Settings, {**environ, "MALHA_OIDC_ISSUER": "sso.example"})
    assert provider_of(load(Settings, {**environ, "MALHA_OIDC_ISSUER": ""})) is None
