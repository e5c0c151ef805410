"""Who is asking: an API key, a person's session, or nobody in particular. The same for all services."""

import hashlib
import hmac
import re
import secrets
from base64 import b32encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

import msgspec
from aiohttp import hdrs, web

from shared.directory import FOLLOWER, IDENTITY, Directory
from shared.notices.canonical import base64url
from shared.notices.dates import day_of
from shared.notices.feed import ANONYMOUS, EVERYTHING, Scope
from shared.notices.sentences import Sentence
from shared.problems import Forbidden, MissingKey, UnknownKey, WrongEnvironment
from shared.settings import ServiceSettings

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

SESSION_LIFETIME = timedelta(hours=12)
Content = TypeVar("Content", bound=msgspec.Struct)
_KEY = re.compile(r"mlh_(live|test)_([a-z2-7]{12})_([0-9a-f]{64})")
_SAFE_METHODS = frozenset({hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS})


class ApiKey(NamedTuple):
    """A key as its owner holds it: ``mlh_<environment>_<id>_<secret>``. We keep id and digest only."""

    environment: str
    id: str
    secret: str

    @classmethod
    def issue(cls, environment: str) -> "ApiKey":
        """A new key with 256 random bits."""
        name = b32encode(secrets.token_bytes(8)).decode().lower()[:12]
        return cls(environment, name, secrets.token_hex(32))

    @classmethod
    def parse(cls, text: str) -> "ApiKey | None":
        """The parts of *text*, or None if it is not a key at all."""
        found = _KEY.fullmatch(text)
        return cls(*found.groups()) if found else None

    @property
    def digest(self) -> bytes:
        """SHA-256 of the secret as written; base64url of it stands in the directory."""
        return hashlib.sha256(self.secret.encode()).digest()

    def __str__(self) -> str:
        return f"mlh_{self.environment}_{self.id}_{self.secret}"


class Caller(msgspec.Struct, frozen=True):
    """Who asks. *member* is None for nobody in particular.

    *key* is an API key's id, None for a session; *person* the opaque id of who is signed in, *session* of
    what began then; both None for a key.
    """

    role: Literal["anonymous", "member", "office", "coordination", "ops"]
    member: str | None = None
    key: str | None = None
    person: str | None = None
    session: str | None = None
    issued: float = 0.0
    """When the session began, in seconds since 1970."""

    @property
    def actor(self) -> str | None:
        """Which key or person acts, as it is noted beside what was done; None for nobody in particular."""
        if self.key is not None or self.person is None:
            return self.key
        return f"person {self.person}"


NOBODY = Caller("anonymous")


class CrossSite(Forbidden):
    """Another site's page tried to act in the name of a person who is signed in here."""

    code = "cross_site"
    title = Sentence("Pedido de outro site", "Request from another site")
    default_detail = Sentence(
        "Este pedido veio da página de outro site. Faça-o a partir das páginas da Malha.",
        "This request came from another site's page. Make it from Malha's own pages.",
    )


class Session(msgspec.Struct, frozen=True):
    """What the cookie holds, sealed: whose it is, not what that person may do. Times: seconds since 1970."""

    person: str
    sid: str
    issued: float
    expires: float


async def caller_of(request: web.Request) -> Caller:
    """Who asks: by key if one is shown, else by session, else NOBODY.

    Raises UnknownKey or WrongEnvironment (401), CrossSite (403), and Unavailable (503) before keys are known.
    """
    shown = request.headers.getall(hdrs.AUTHORIZATION, ())
    if shown:
        return _by_key(request, shown)
    session = session_of(request)
    if session is None:
        return NOBODY
    if request.method not in _SAFE_METHODS and request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise CrossSite
    return caller_by(session, request.app[FOLLOWER].require()) or NOBODY


async def known_caller_of(request: web.Request) -> Caller:
    """Who asks, where nobody in particular will not do: also raises MissingKey (401)."""
    request.app[FOLLOWER].require()
    caller = await caller_of(request)
    if caller.role == "anonymous":
        raise MissingKey
    return caller


def _by_key(request: web.Request, shown: Sequence[str]) -> Caller:
    directory = request.app[FOLLOWER].require()
    scheme, _, text = shown[0].partition(" ")
    key = ApiKey.parse(text.strip()) if scheme.lower() == "bearer" and len(shown) == 1 else None
    if key is None:
        raise UnknownKey
    if key.environment != request.app[IDENTITY].environment:
        raise WrongEnvironment
    known = directory.key_by_id.get(key.id)
    if known is None or known.revoked or not hmac.compare_digest(known.digest, base64url(key.digest)):
        raise UnknownKey
    return Caller(known.role, known.member, known.id)


def scope_of(caller: Caller) -> Scope:
    """What the caller may see."""
    if caller.role in {"office", "coordination"}:
        return EVERYTHING
    if caller.role == "member" and caller.member is not None:
        return Scope.of_member(caller.member)
    return ANONYMOUS


def session_of(request: web.Request) -> Session | None:
    """The session whose cookie came along; None if there is none, or it is not ours, or it ended.

    Raises Unavailable (503) if one came along and the directory, which judges it, has not been read yet.
    """
    settings = request.app[IDENTITY]
    sealed = request.cookies.get(_cookie_name(settings))
    if sealed is None:
        return None
    session = unseal(settings, sealed, Session, SESSION_LIFETIME)
    if session is None or caller_by(session, request.app[FOLLOWER].require()) is None:
        return None
    return session


def caller_by(session: Session, directory: Directory) -> Caller | None:
    """Who asks by *session*, as the directory knows the person now; None if the session has ended."""
    now = datetime.now(UTC)
    person = directory.person_by_id.get(session.person)
    if person is None or session.expires <= now.timestamp():
        return None
    caller = Caller(person.role, person.member, person=person.id, session=session.sid, issued=session.issued)
    return None if has_lost(caller, directory) else caller


def has_lost(caller: Caller, directory: Directory) -> bool:
    """Whether *caller* came with a key or a session that no longer is what it was."""
    if caller.key is not None:
        key = directory.key_by_id.get(caller.key)
        return key is None or key.revoked or (key.role, key.member) != (caller.role, caller.member)
    if caller.person is None:
        return False
    person = directory.person_by_id.get(caller.person)
    return (
        person is None
        or (person.role, person.member) != (caller.role, caller.member)
        or (person.until is not None and person.until < day_of(datetime.now(UTC)))
        or caller.issued < person.since
        or caller.session in directory.has_ended
    )


def set_session(request: web.Request, response: web.StreamResponse, session: Session) -> None:
    """Let *response* sign in by *session*, in place of any other."""
    settings = request.app[IDENTITY]
    response.set_cookie(
        _cookie_name(settings),
        seal(settings, session),
        max_age=int(SESSION_LIFETIME.total_seconds()),
        path="/",
        secure=_is_https(settings),
        httponly=True,
        samesite="Lax",
    )


def seal(settings: ServiceSettings, content: msgspec.Struct) -> str:
    """*content* for a cookie that its holder can neither read nor change."""
    return _fernet(settings).encrypt(msgspec.json.encode(content)).decode()


def unseal(
    settings: ServiceSettings, sealed: str, content: type[Content], lifetime: timedelta
) -> Content | None:
    """What was sealed, within *lifetime*; None if it was not sealed by us, or is not that."""
    if not sealed.isascii():
        return None
    from cryptography.fernet import InvalidToken  # noqa: PLC0415 (10 MB that an ingest without people never needs)

    try:
        opened = _fernet(settings).decrypt(sealed, ttl=int(lifetime.total_seconds()))
        return msgspec.json.decode(opened, type=content)
    except (InvalidToken, msgspec.MsgspecError):
        return None


def clear_session(request: web.Request, response: web.StreamResponse) -> None:
    """Sign out."""
    settings = request.app[IDENTITY]
    response.del_cookie(
        _cookie_name(settings), path="/", secure=_is_https(settings), httponly=True, samesite="Lax"
    )


def _cookie_name(settings: ServiceSettings) -> str:
    return "__Host-malha_session" if _is_https(settings) else "malha_session"


def _is_https(settings: ServiceSettings) -> bool:
    return settings.public_url.startswith("https://")


def _fernet(settings: ServiceSettings) -> "Fernet":
    from cryptography.fernet import Fernet  # noqa: PLC0415 (as above)

    return Fernet(settings.session_key)
