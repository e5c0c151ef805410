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
