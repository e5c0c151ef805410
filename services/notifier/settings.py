"""What operators may change of the notifier."""

from typing import Annotated, ClassVar

from msgspec import Meta

from services.notifier.feed import RING_ITEMS
from shared.settings import ServiceSettings


class Settings(ServiceSettings, frozen=True, kw_only=True):
    """The notifier's settings."""

    service: ClassVar[str] = "notifier"

    ring_items: Annotated[
        int,
        Meta(
            ge=RING_ITEMS,
            description="How many of the last feed items a reader can resume from; kept in memory",
        ),
    ] = RING_ITEMS
