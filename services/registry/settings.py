"""What an operator may change about the registry."""

from typing import Annotated, ClassVar

from msgspec import Meta

from shared.settings import ServiceSettings


class Settings(ServiceSettings, frozen=True, kw_only=True):
    """The registry's settings."""

    service: ClassVar[str] = "registry"

    database_url: Annotated[
        str,
        Meta(pattern="^postgres(ql)?://", description="The registry's PostgreSQL, the memory of the network"),
    ]
    read_connections: Annotated[
        int, Meta(ge=1, le=100, description="Connections to PostgreSQL for reading, at most")
    ] = 8
    batch_size: Annotated[
        int, Meta(ge=1, le=500, description="Notices registered in one transaction, at most")
    ] = 250
    smtp_url: Annotated[
        str,
        Meta(
            pattern=r"^(smtp|smtp\+starttls|smtps)://([^/?#@\s]+@)?"
            r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,4}|:[1-5][0-9]{4})?$",
            description="Where mail is handed in, with user and password (percent-encoded) where it asks for "
            "them; without it no mail goes out",
        ),
    ] = ""
    mail_from: Annotated[
        str,
        Meta(
            pattern=r"^[^@\s<>,;:\"()]+@[A-Za-z0-9.-]+$",
            description="Who mail comes from; without it nao-responda@ the public address's host",
        ),
    ] = ""
    oidc_issuer: Annotated[
        str,
        Meta(
            pattern=r"^https?://[^?#\s]+$",
            description="An OpenID Connect provider by which people may come in; without it none is offered",
        ),
    ] = ""
    oidc_client_id: Annotated[str, Meta(description="What that provider calls this installation")] = ""
    oidc_client_secret: Annotated[str, Meta(description="By which that provider knows it")] = ""
    oidc_name: Annotated[str, Meta(max_length=60, description="What people call that provider: gov.br")] = (
        "gov.br"
    )
