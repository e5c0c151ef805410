"""Settings are one frozen struct for each service, decoded once from the environment.

Field ``listen_port`` is read from ``MALHA_LISTEN_PORT``. A struct that names its ``service`` looks at
``MALHA_<SERVICE>_LISTEN_PORT`` first, so that one environment can serve several processes. An empty variable
is an absent one. What a setting is for is said where it is declared, in its ``Meta``.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, TypeVar

import msgspec
from msgspec import Meta

Environment = Literal["live", "test"]
Struct = TypeVar("Struct", bound=msgspec.Struct)


class BadSetting(Exception):  # noqa: N818 (a bad setting is what it is)
    """A setting is missing or cannot be read: MALHA_… says which and why."""

    def __init__(self, variable: str, why: str) -> None:
        super().__init__(f"{variable}: {why}")
        self.variable = variable
        self.why = why


class ServiceSettings(msgspec.Struct, frozen=True, kw_only=True):
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
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="The least level that is written")
    ] = "info"


def load(kind: type[Struct], environ: Mapping[str, str]) -> Struct:
    """Decode *kind* from *environ*; the first setting that is missing or wrong raises BadSetting."""
    service: str = getattr(kind, "service", "")
    values: dict[str, object] = {}
    for field in msgspec.structs.fields(kind):
        general = f"MALHA_{field.name.upper()}"
        own = f"MALHA_{service.upper()}_{field.name.upper()}"
        variable = own if service and environ.get(own) else general
        text = environ.get(variable, "")
        if not text:
            if field.required:
                raise BadSetting(general, "is not set")
            continue
        try:
            values[field.name] = msgspec.convert(text, field.type, strict=False)
        except msgspec.ValidationError as error:
            raise BadSetting(variable, str(error)) from None
    return kind(**values)
