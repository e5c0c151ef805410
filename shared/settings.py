"""Settings are one frozen struct for each service, decoded once from the environment.

Field ``listen_port`` is read from ``MALHA_LISTEN_PORT``. A struct that names its ``service`` looks at
``MALHA_<SERVICE>_LISTEN_PORT`` first, so that one environment can serve several processes. An empty variable
is an absent one. Whatever is secret better stands in a file: ``MALHA_<ANYTHING>_FILE`` names one that holds
the value (credentials of systemd, secrets of containers). What a setting is for is said where it is declared,
in its ``Meta``.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal, TypeVar

import msgspec
from msgspec import Meta

from shared.addresses import each_host
from shared.tls import is_checked, stays_here, trusting

Environment = Literal["live", "test"]
Struct = TypeVar("Struct", bound=msgspec.Struct)
LINKS = ("amqp_url", "amqp_management_url", "database_url")
"""What leads to a server of ours, in any struct that has it."""


class BadSetting(Exception):  # noqa: N818 (a bad setting is what it is)
    """A setting is missing or cannot be read: MALHA_… says which and why."""

    def __init__(self, variable: str, why: str) -> None:
        super().__init__(f"{variable}: {why}")
        self.variable = variable
        self.why = why


class TrustSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to trust on the links to the broker, its management API and the database."""

    tls_ca: Annotated[
        str,
        Meta(
            description="A file with the authorities' certificates (PEM) that are trusted on these links;"
            " without it amqps:// and https:// trust what the system does"
        ),
    ] = ""
    tls_required: Annotated[
        bool | None,
        Meta(
            description="Whether a link that leaves this machine must use TLS and check the certificate:"
            " amqps://, https://, postgresql://…?sslmode=verify-full. Without it: if the environment is live"
        ),
    ] = None


class ServiceSettings(TrustSettings, frozen=True, kw_only=True):
    """What every service needs to be told."""

    service: ClassVar[str] = ""

    environment: Annotated[
        Environment, Meta(description="Which stack this is; keys of the other are refused")
    ]
    amqp_url: Annotated[
        str, Meta(pattern="^amqps?://", description="The broker, with user, password and virtual host")
    ]
    public_url: Annotated[
        str,
        Meta(pattern="^https?://[^/]+$", description="The one origin that people and systems see"),
    ]
    session_key: Annotated[
        str,
        Meta(
            pattern="^[A-Za-z0-9_-]{43}=$",
            description="Seals session cookies: 32 random bytes in URL-safe base64, one key for all services",
        ),
    ]
    listen_host: Annotated[str, Meta(description="Address to listen on")] = "127.0.0.1"
    listen_port: Annotated[int, Meta(ge=0, le=65535, description="Port to listen on; 0: a free one")] = 8080
    tls_certificate: Annotated[
        str,
        Meta(
            description="A file with the certificate (PEM, and those between it and the authority) that is"
            " shown to whoever connects; without it HTTP is in clear, for a gateway on the same machine"
        ),
    ] = ""
    tls_key: Annotated[str, Meta(description="A file with that certificate's private key (PEM)")] = ""
    shedding: Annotated[
        bool,
        Meta(
            description="Whether imports, then history, then files are put off while there is too much to do"
        ),
    ] = True
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="The least level that is written")
    ] = "info"


def load(kind: type[Struct], environ: Mapping[str, str]) -> Struct:
    """Decode *kind* from *environ*; the first setting that is missing or wrong raises BadSetting."""
    service: str = getattr(kind, "service", "")
    values: dict[str, object] = {}
    variables: dict[str, str] = {}
    for field in msgspec.structs.fields(kind):
        general = f"MALHA_{field.name.upper()}"
        own = f"MALHA_{service.upper()}_{field.name.upper()}"
        variable = own if service and _is_set(own, environ) else general
        text = _text_of(variable, environ)
        if not text:
            if field.required:
                raise BadSetting(general, "is not set")
            continue
        try:
            values[field.name] = msgspec.convert(text, field.type, strict=False)
        except msgspec.ValidationError as error:
            raise BadSetting(variable, str(error)) from None
        variables[field.name] = variable
    _secure_links(values, variables)
    return kind(**values)


def _is_set(variable: str, environ: Mapping[str, str]) -> bool:
    return bool(environ.get(variable) or environ.get(f"{variable}_FILE"))


def _text_of(variable: str, environ: Mapping[str, str]) -> str:
    """What *variable* holds, or the file that it names does."""
    text, name = environ.get(variable, ""), environ.get(f"{variable}_FILE", "")
    if not name:
        return text
    if text:
        raise BadSetting(variable, f"is set, and {variable}_FILE too: which of them counts?")
    try:
        text = Path(name).read_text().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "is not text"
        raise BadSetting(f"{variable}_FILE", f"{name}: {why}") from None
    if not text:
        raise BadSetting(f"{variable}_FILE", f"{name}: is empty")
    return text


def _secure_links(values: dict[str, object], variables: Mapping[str, str]) -> None:
    """Let each link trust the authority that was named; refuse one that anybody could listen on."""
    authority = str(values.get("tls_ca", ""))
    if authority and not Path(authority).is_file():
        raise BadSetting("MALHA_TLS_CA", f"{authority}: there is no such file")
    required = values.get("tls_required")
    if required is None:
        required = values.get("environment") == "live"
    for name in LINKS:
        if name not in values:
            continue
        url = str(values[name])
        if required and not all(is_checked(each) or stays_here(each) for each in each_host(url)):
            raise BadSetting(
                variables[name],
                "leads beyond this machine without TLS that checks the certificate: use amqps://, https:// or"
                " postgresql://…?sslmode=verify-full, or set MALHA_TLS_REQUIRED=false",
            )
        if authority:
            values[name] = trusting(url, authority)
