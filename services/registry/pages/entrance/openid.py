"""Coming in by an identity provider: OpenID Connect, authorization code with PKCE (S256), state and nonce."""

import asyncio
import secrets
import ssl
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec
import structlog
from aiohttp import web

from services.registry.settings import Settings
from shared.notices.sentences import Sentence
from shared.problems import Unavailable

if TYPE_CHECKING:
    from authlib.integrations.httpx_client import AsyncOAuth2Client
    from joserfc.jwk import KeySet

log = structlog.get_logger()

JOURNEY_LIFETIME: Final = timedelta(minutes=10)
PROVIDER_SECONDS: Final = 10.0
LEEWAY_SECONDS: Final = 60
RETURN_PATH: Final = "/entrar/oidc/retorno"
_ALGORITHMS: Final = ["RS256", "PS256", "ES256", "EdDSA"]


class ProviderAway(Unavailable):
    """The identity provider does not answer, or not as the standard says."""

    code = "provider_away"
    title = Sentence("O provedor de identidade não respondeu", "The identity provider did not answer")
    default_detail = Sentence(
        "Tente de novo em instantes, ou entre de outro modo.",
        "Try again in a moment, or come in another way.",
    )


class NotProven(Exception):  # noqa: N818 - what it is
    """The provider's answer does not prove who came: another journey's, too old, not for us, or a refusal."""


class Journey(msgspec.Struct, frozen=True):
    """What is remembered of somebody who was sent to the provider, in a sealed cookie."""

    state: str
    nonce: str
    verifier: str
    back: str


class Proven(msgspec.Struct, frozen=True):
    """Who came, as the provider has it. *email* only if the provider has seen to it that it is theirs."""

    subject: str
    email: str | None


class _Configuration(msgspec.Struct, frozen=True):
    """What is used of the provider's metadata (OpenID Connect Discovery 1.0, section 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    authorization_response_iss_parameter_supported: bool = False

    def is_sealed(self) -> bool:
        """Whether nothing of it is asked in clear: the secret and the person's token go there."""
        asked = (self.authorization_endpoint, self.token_endpoint, self.jwks_uri, self.userinfo_endpoint)
        return all(url is None or url.startswith("https://") for url in asked)


class _Tokens(msgspec.Struct, frozen=True):
    """What is used of the token endpoint's answer."""

    id_token: str
    access_token: str


class Provider:
    """One identity provider. Its metadata and keys are asked for when first needed, and kept."""

    def __init__(self, settings: Settings) -> None:
        """*settings* name its issuer."""
        self.issuer = settings.oidc_issuer
        self.name = settings.oidc_name
        self._client_id = settings.oidc_client_id
        self._client_secret = settings.oidc_client_secret
        self._return_url = settings.public_url + RETURN_PATH
        self._configuration: _Configuration | None = None
        self._keys: KeySet | None = None

    async def begin(self, back: str) -> tuple[str, Journey]:
        """Where to send somebody, and what to remember. Raises ProviderAway (503)."""
        configuration = await self._configured()
        journey = Journey(
            secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48), back
        )
        async with self._client() as client:
            url, _state = client.create_authorization_url(
                configuration.authorization_endpoint,
                state=journey.state,
                nonce=journey.nonce,
                code_verifier=journey.verifier,
            )
        return url, journey

    async def finish(self, journey: Journey, answer: Mapping[str, str]) -> Proven:
        """Who came back with *answer*. Raises NotProven, ProviderAway (503)."""
        configuration = await self._configured()
        if not secrets.compare_digest(answer.get("state", "").encode(), journey.state.encode()):
            raise NotProven("state")
        names_itself = "iss" in answer or configuration.authorization_response_iss_parameter_supported
        if names_itself and answer.get("iss") != self.issuer:  # RFC 9207
            raise NotProven("iss")
        if "error" in answer or not answer.get("code"):
            raise NotProven(answer.get("error", "code"))
        tokens = await self._exchanged(configuration, answer["code"], journey.verifier)
        claims = await self._read(configuration, tokens.id_token, journey.nonce)
        if "email" not in claims and configuration.userinfo_endpoint is not None:
            told = await self._asked(configuration.userinfo_endpoint, tokens.access_token)
            if not isinstance(told, dict) or told.get("sub") != claims["sub"]:  # section 5.3.2
                raise NotProven("userinfo")
            claims = told
        email = claims.get("email") if claims.get("email_verified") is True else None
        return Proven(str(claims["sub"]), email if isinstance(email, str) else None)

    async def _exchanged(self, configuration: _Configuration, code: str, verifier: str) -> _Tokens:
        from authlib.integrations.base_client import OAuthError  # noqa: PLC0415 (as below)
        from httpx import HTTPError  # noqa: PLC0415 (as below)

        try:
            async with asyncio.timeout(PROVIDER_SECONDS), self._client() as client:
                token = await client.fetch_token(
                    configuration.token_endpoint,
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=verifier,
                )
        except OAuthError as error:
            raise NotProven(error.error or "token") from None
        except (HTTPError, TimeoutError, ValueError) as error:
            raise self._away(error) from None
        try:
            return msgspec.convert(dict(token), _Tokens)
        except msgspec.ValidationError:
            raise NotProven("id_token") from None

    async def _read(self, configuration: _Configuration, token: str, nonce: str) -> dict[str, Any]:
        """The claims of an ID token, verified (OpenID Connect Core 1.0, section 3.1.3.7)."""
        from joserfc import jwt  # noqa: PLC0415 (as below)
        from joserfc.errors import JoseError  # noqa: PLC0415 (as below)

        registry = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self._client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        for is_fresh in (False, True):  # a key that we do not know may be a new one
            keys = await self._known_keys(configuration, is_fresh=is_fresh)
            try:
                claims = jwt.decode(token, keys, algorithms=_ALGORITHMS).claims
                registry.validate(claims)
            except (JoseError, ValueError) as error:
                if is_fresh:
                    raise NotProven(type(error).__name__) from None
                continue
            if "azp" in claims and claims["azp"] != self._client_id:
                raise NotProven("azp")
            return claims
        raise NotProven("id_token")

    async def _configured(self) -> _Configuration:
        if self._configuration is None:
            told = await self._asked(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
            try:
                configuration = msgspec.convert(told, _Configuration)
            except msgspec.ValidationError as error:
                raise self._away(error) from None
            if configuration.issuer != self.issuer:
                raise self._away(ValueError("the metadata names another issuer"))
            if self.issuer.startswith("https://") and not configuration.is_sealed():
                raise self._away(ValueError("the metadata names an address in clear"))
            self._configuration = configuration
        return self._configuration

    async def _known_keys(self, configuration: _Configuration, *, is_fresh: bool) -> "KeySet":
        if self._keys is None or is_fresh:
            from joserfc.errors import JoseError  # noqa: PLC0415 (as below)
            from joserfc.jwk import KeySet  # noqa: PLC0415 (as below)

            told = await self._asked(configuration.jwks_uri)
            try:
                self._keys = KeySet.import_key_set(told)
            except (JoseError, KeyError, TypeError, ValueError) as error:
                raise self._away(error) from None
        return self._keys

    async def _asked(self, url: str, access_token: str | None = None) -> Any:
        import httpx  # noqa: PLC0415 (with authlib 20 MB that only who comes in this way needs)

        try:
            async with (
                asyncio.timeout(PROVIDER_SECONDS),
                httpx.AsyncClient(
                    timeout=PROVIDER_SECONDS, trust_env=False, verify=ssl.create_default_context()
                ) as client,
            ):
                headers = {"Accept": "application/json"}
                if access_token is not None:
                    headers["Authorization"] = f"Bearer {access_token}"
                answer = await client.get(url, headers=headers)
                return answer.raise_for_status().json()
        except (httpx.HTTPError, TimeoutError, ValueError) as error:
            raise self._away(error) from None

    def _client(self) -> "AsyncOAuth2Client":
        from authlib.integrations.httpx_client import AsyncOAuth2Client  # noqa: PLC0415 (as above)

        return AsyncOAuth2Client(
            self._client_id,
            self._client_secret or None,
            token_endpoint_auth_method="client_secret_basic" if self._client_secret else "none",
            scope="openid email",
            redirect_uri=self._return_url,
            code_challenge_method="S256",
            timeout=PROVIDER_SECONDS,
            trust_env=False,
            verify=ssl.create_default_context(),
        )

    def _away(self, error: Exception) -> ProviderAway:
        log.warning("provider_away", issuer=self.issuer, why=repr(error)[:200])
        return ProviderAway()


PROVIDER: web.AppKey[Provider | None] = web.AppKey("provider", Provider)


def provider_of(settings: Settings) -> Provider | None:
    """The provider that *settings* name; None if they name none."""
    return Provider(settings) if settings.oidc_issuer else None
