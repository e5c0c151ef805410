"""What an operator may change about ingest."""

from typing import Annotated, ClassVar

from msgspec import Meta

from shared.settings import ServiceSettings


class Settings(ServiceSettings, frozen=True, kw_only=True):
    """Ingest's settings: `MALHA_<NAME>`, or `MALHA_INGEST_<NAME>` where the services differ."""

    service: ClassVar[str] = "ingest"

    amqp_management_url: (
        Annotated[
            str,
            Meta(
                pattern="^https?://",
                description="RabbitMQ's management API, asked whether the queues are bound, with user and"
                " password of the broker's address; without it the bindings are not checked",
            ),
        ]
        | None
    ) = None
    requests_per_second: Annotated[
        int, Meta(ge=1, description="Requests that one key may send to this process in a second")
    ] = 100
    events_per_second: Annotated[
        int, Meta(ge=1, description="Events that one key may send to this process in a second")
    ] = 1000
    live_per_second: Annotated[
        int,
        Meta(
            ge=1,
            description="Live notices that one sender may tell in a second while very many wait for the "
            "registry; what comes beyond is accepted, and waits with history",
        ),
    ] = 100
    followed_per_second: Annotated[
        int,
        Meta(
            ge=0,
            description="Live notices, and as many of history, that the logs of all services tell of at each "
            "stage; what comes beyond is counted only",
        ),
    ] = 50
    canary_seconds: Annotated[
        float,
        Meta(ge=0, description="After so many seconds without a live notice a canary is sent; 0: never"),
    ] = 60.0
