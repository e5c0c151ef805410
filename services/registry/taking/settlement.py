"""What is said about a message before it is acknowledged: an answer, another try later, or the end of it."""

import asyncio
import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec
import structlog
from aiormq.abc import DeliveredMessage

from services.registry.writing.outcome import Conflicted, Outcome
from services.registry.writing.reviewing import Remark
from shared import logs, metrics
from shared.broker import ConfirmedPublisher, Message
from shared.notices.canonical import base64url
from shared.problems import OutcomeUnknown
from shared.tracing import carried_trace

log = structlog.get_logger()

DELAY_EXCHANGE: Final = "registry.delay"
DEAD_EXCHANGE: Final = "registry.dead"
TRIES: Final = 5
"""So often is one notice tried, half a minute apart, when it fails for a reason of its own."""
ANSWERS_TO: Final = "amq.rabbitmq.reply-to."
"""Addresses of direct reply-to. Who names a queue instead would have us write where it may not itself."""
ANSWERS_UNDER_WAY: Final = 64
"""Batches whose answers are not confirmed yet; beyond, answers are dropped: who asked gets a 202 anyway."""

_CARRIED: Final = ("member", "source", "id", "protocol", "traceparent")
_LONGEST_CARRIED: Final = 512
"""In characters: a stranger's header of the greatest length would leave no room for the reason."""
_FORMS: Final = {
    "protocol": re.compile(r"MG-[0-9A-Z]{13}"),
    "member": re.compile(r"31|[0-9]{7}|org-[a-z0-9-]{1,80}"),
    "attempt": re.compile(r"[0-9]{1,4}"),
}
_encode = msgspec.json.Encoder().encode


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of a notice, for the request that waits for it."""

    outcome: str
    protocol: str
    position: int | None = None
    digest: str | None = None
    registered_at: Any = None
    received_at: Any = None
    remarks: tuple[Remark, ...] | None = None
    overtaken: bool = False

    @classmethod
    def of(cls, outcome: Outcome) -> "Answer":
        """The answer that tells of *outcome*."""
        if isinstance(outcome, Conflicted):
            return cls("conflict", outcome.protocol)
        return cls(
            outcome="repeated" if outcome.repeated else "registered",
            protocol=outcome.protocol,
            position=outcome.position,
            digest=base64url(outcome.digest),
            registered_at=outcome.registered_at,
            received_at=outcome.received_at,
            remarks=outcome.remarks,
            overtaken=outcome.overtaken,
        )


class Settlement:
    """Publishes on a connection of its own: an alarm that blocks it must not block acknowledgements."""

    def __init__(self, amqp_url: str) -> None:
        self._publisher = ConfirmedPublisher(amqp_url, "malha-registry answer")
        self._answering: set[asyncio.Task[None]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Keep the connection until *stop*, and until what was published is confirmed."""
        await self._publisher.run(stop)

    def answer(self, outcomes: Sequence[tuple[DeliveredMessage, Outcome]]) -> None:
        """Answer those who wait, and do not wait for it: they may be gone already."""
        answers = [
            Message(
                exchange="",
                routing_key=reply_to,
                body=_encode(Answer.of(outcome)),
                content_type="application/json",
                correlation_id=message.header.properties.correlation_id,
                mandatory=False,
            )
            for message, outcome in outcomes
            if (reply_to := message.header.properties.reply_to or "").startswith(ANSWERS_TO)
        ]
        if answers and len(self._answering) < ANSWERS_UNDER_WAY:
            answering = asyncio.create_task(self._send(answers))
            self._answering.add(answering)
            answering.add_done_callback(self._answering.discard)

    def is_last_try(self, message: DeliveredMessage) -> bool:
        """Whether the message has been tried as often as a notice may be."""
        return attempt_of(message) >= TRIES

    async def delay(self, queue: str, message: DeliveredMessage, error: Exception) -> None:
        """Have the message tried again half a minute later.

        Raises OutcomeUnknown: then nobody knows whether the copy is there, and the original must stay.
        """
        headers = _headers(queue, message) | {"attempt": attempt_of(message) + 1}
        await self._publisher.publish(_copy(message, DELAY_EXCHANGE, queue, headers))
        metrics.RETRIED.inc()
        log.warning("notice_delayed", why=logs.explained(error), **_named(headers))

    async def bury(self, queue: str, message: DeliveredMessage, reason: str, error: Exception) -> None:
        """Let the message rest in registry.dead, for operators. Raises OutcomeUnknown, as `delay` does."""
        headers = _headers(queue, message) | {"reason": reason, "error": logs.explained(error)}
        await self._publisher.publish(_copy(message, DEAD_EXCHANGE, queue, headers))
        log.error("notice_dead", reason=reason, why=logs.explained(error), **_named(headers))

    async def _send(self, answers: Sequence[Message]) -> None:
        try:
            await self._publisher.publish_all(answers)
        except OutcomeUnknown:
            log.info("answers_lost", count=len(answers))


def attempt_of(message: DeliveredMessage) -> int:
    """Which try this is, the first being 1."""
    told = (message.header.properties.headers or {}).get("attempt")
    return told if isinstance(told, int) and told > 0 else 1


def _headers(queue: str, message: DeliveredMessage) -> dict[str, Any]:
    """Fresh headers, never RabbitMQ's own: with x-death in them it would see a cycle and drop the message."""
    told = message.header.properties.headers or {}
    carried = {
        name: value
        for name in (*_CARRIED, "routing_key")
        if isinstance(value := told.get(name), str) and 0 < len(value) <= _LONGEST_CARRIED
    }
    return {
        **carried,
        **({"replayed": True} if told.get("replayed") is True else {}),
        "attempt": attempt_of(message),
        "queue": queue,
        "routing_key": carried.get("routing_key") or message.routing_key or "",
    }


def _copy(message: DeliveredMessage, exchange: str, queue: str, headers: dict[str, Any]) -> Message:
    properties = message.header.properties
    return Message(
        exchange=exchange,
        routing_key=queue,
        body=message.body,
        headers=headers,
        type=properties.message_type,
        content_type=properties.content_type or "application/cloudevents+json",
        correlation_id=properties.correlation_id,
        reply_to=properties.reply_to,
    )


def _named(headers: dict[str, Any]) -> dict[str, Any]:
    """What the log calls the message by: of headers that somebody wrote by hand, only what has the form."""
    named = {
        name: headers[name] for name, form in _FORMS.items() if form.fullmatch(str(headers.get(name, "")))
    }
    trace_id = carried_trace(headers.get("traceparent"))
    return named if trace_id is None else named | {"trace_id": trace_id}
