"""Messages that come back: which of them may have ended a process, and which only lost their line."""

from collections.abc import Iterable

from aiormq.abc import DeliveredMessage

from services.registry.taking.reading import message_id

DELIVERIES = ("x-acquired-count", "x-delivery-count")
"""Headers by which a quorum queue says how often it has handed the message out; from RabbitMQ 4.3 on the
second one leaves out some of the times."""


class Returning:
    """Remembers what this process held when it lost a line. It is still here: nothing of that ended it."""

    def __init__(self) -> None:
        self._held: dict[str, int] = {}

    def keep(self, held: Iterable[DeliveredMessage]) -> None:
        """The line is lost, or given up, and *held* goes back to its queue, perhaps to come here again."""
        self._held = {
            message_id(message): _deliveries(message) for message in held if not self.is_suspect(message)
        }

    def is_suspect(self, message: DeliveredMessage) -> bool:
        """Whether *message* was with somebody else before, and may have been the end of that process."""
        if not message.redelivered:
            return False
        held = self._held.get(message_id(message))
        return held is None or _deliveries(message) != held + 1


def _deliveries(message: DeliveredMessage) -> int:
    headers = message.header.properties.headers or {}
    counts = (headers.get(name) for name in DELIVERIES)
    return next((count for count in counts if isinstance(count, int)), 0)
