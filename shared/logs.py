"""One line of JSON for each fact, on standard error; a reader at a terminal gets columns instead."""

import logging
import sys
from typing import Any

import msgspec
import structlog

SECRETS = frozenset({"authorization", "cookie", "secret", "password", "session_key"})
# These report, as errors, what our own reconnecting says better; aiohttp's, what strangers send.
QUIETED = ("aiormq.connection", "aio_pika.connection", "aio_pika.queue", "aiohttp.server")

_encoder = msgspec.json.Encoder(enc_hook=str)


def configure(service: str, level: str = "info") -> None:
    """Send structlog and the standard library's logging to standard error, from *level* up."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_secrets,
    ]
    structlog.configure(
        processors=[*shared, *_renderers()],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers()],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in QUIETED:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _renderers() -> list[structlog.typing.Processor]:
    if sys.stderr.isatty():
        return [structlog.dev.ConsoleRenderer()]
    return [structlog.processors.format_exc_info, _as_json]


def _as_json(_logger: object, _name: str, event: structlog.typing.EventDict) -> str:
    return _encoder.encode(event).decode()


def _without_secrets(_logger: object, _name: str, event: structlog.typing.EventDict) -> dict[str, Any]:
    return {key: "***" if key in SECRETS else value for key, value in event.items()}
