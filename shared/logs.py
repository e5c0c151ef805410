"""One line of JSON for each fact, on standard error; a reader at a terminal gets columns instead.

A line holds ids, counts, durations and kinds; no personal data and no secret. Nobody means to log them: they
come in what exceptions say, and in addresses. So an exception is told by its kind, its way through the code,
and what it says without the values that it quotes; and the finished line is looked through once more.
"""

import logging
import re
import sys
import traceback
from collections.abc import Iterator
from typing import Any, Final

import msgspec
import structlog

SECRETS = frozenset({"authorization", "cookie", "secret", "password", "session_key"})
# These report, as errors, what our own reconnecting says better; aiohttp's, what strangers send.
QUIETED = ("aiormq.connection", "aio_pika.connection", "aio_pika.queue", "aiohttp.server")

_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"")
_SAID_CHARACTERS: Final = 200
_MOST_CHAINED: Final = 10
_HIDDEN: Final = re.compile(
    r"mlh_(?:live|test)_[A-Za-z0-9_-]+"  # a key
    r"|(?<=://)[^/\s\"@]+:[^/\s\"@]+(?=@)"  # user and password in an address
    r"|[\w.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}"  # a mailbox
    r"|\b\d{3}\.\d{3}\.\d{3}-\d{2}\b"  # a CPF
)

_encoder = msgspec.json.Encoder(enc_hook=str)


def explained(error: BaseException) -> str:
    """The kind of *error*, and what it says without the values that it quotes: they may be about a person."""
    state = getattr(error, "sqlstate", None)  # PostgreSQL's errors quote whole rows
    said = "" if state else _QUOTED.sub("'…'", str(error))[:_SAID_CHARACTERS]
    return ": ".join(part for part in (type(error).__name__, state or said) if part)


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
        return [_with_trace, structlog.dev.ConsoleRenderer()]
    return [_with_trace, _as_json]


def _as_json(_logger: object, _name: str, event: structlog.typing.EventDict) -> str:
    return _HIDDEN.sub("…", _encoder.encode(event).decode())


def _with_trace(_logger: object, _name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    told = event.pop("exc_info", None)
    if told is True:
        told = sys.exc_info()
    error = told[1] if isinstance(told, tuple) else told
    if isinstance(error, BaseException):
        event["exception"] = "\n".join(_traced(error))
    return event


def _traced(error: BaseException) -> Iterator[str]:
    """Each exception of the chain, the one that was caught first, with the lines of code that it passed."""
    seen: list[BaseException] = []
    waiting = [error]
    while waiting and len(seen) < _MOST_CHAINED:
        each = waiting.pop(0)
        if each in seen:
            continue
        seen.append(each)
        yield explained(each)
        yield "".join(traceback.format_tb(each.__traceback__)).rstrip()
        if isinstance(each, BaseExceptionGroup):
            waiting += each.exceptions
        following = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
        waiting += [following] if following is not None else []


def _without_secrets(_logger: object, _name: str, event: structlog.typing.EventDict) -> dict[str, Any]:
    return {key: "***" if key in SECRETS else value for key, value in event.items()}
