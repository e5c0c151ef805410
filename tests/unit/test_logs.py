"""Log events are facts as data, and hold no secret and nothing about a person."""

import json
import logging
import sys

import asyncpg
import pytest
import structlog

from shared.logs import _as_json, _with_trace, _without_secrets, explained

MAILBOX, CPF = "fulana.de.tal@prefeitura.mg.gov.br", "529.982.247-25"
KEY = "mlh_live_k7q2mzx4c5td_s3cr3t-s3cr3t_x"
NAME, STREET = "Fulana de Tal", "Rua das Flores"
HARMLESS = "rabbit@node1, 2026-11-22T03:00:00.123.456-01"


def test_event_is_one_line_of_json_whatever_it_holds() -> None:
    """A line that a shipper cannot parse is a line lost; an unknown kind of value is written as text."""
    line = _as_json(None, "info", {"event": "notices_registered", "count": 3, "why": ValueError("a\nb")})
    assert "\n" not in line
    assert json.loads(line) == {"event": "notices_registered", "count": 3, "why": "a\nb"}


def test_secrets_are_masked_by_their_name() -> None:
    """Whoever logs a request's headers by mistake gives nobody's key away."""
    told = _without_secrets(None, "info", {"event": "x", "authorization": "Bearer mlh_live_…", "key": "abc"})
    assert told == {"event": "x", "authorization": "***", "key": "abc"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"sent to {MAILBOX}, refused", "sent to …, refused"),
        (f"CPF {CPF}", "CPF …"),
        (f"Bearer {KEY}", "Bearer …"),
        ("amqp://ingest:p%40ss@10.0.0.1:5672/malha", "amqp://…@10.0.0.1:5672/malha"),
        (HARMLESS, HARMLESS),
    ],
)
def test_what_is_about_a_person_or_secret_by_its_form_is_hidden(text: str, shown: str) -> None:
    """Wherever in the line it stands, and whoever put it there; the line stays JSON."""
    line = json.loads(_as_json(None, "info", {"event": "x", "why": text, "deep": {"list": [text]}}))
    assert line == {"event": "x", "why": shown, "deep": {"list": [shown]}}


def _fail() -> None:
    try:
        json.loads("{}")[NAME]
    except KeyError as error:
        raise ValueError(f"cannot read {STREET!r} as a day") from error


def test_an_exception_is_told_without_the_values_that_it_quotes() -> None:
    """Its kind and the lines of code lead to the fault; what somebody sent does not stand in the log."""
    try:
        _fail()
    except ValueError:
        event = _with_trace(None, "error", {"event": "request_failed", "exc_info": sys.exc_info()})
    told = event["exception"]
    assert NAME not in told
    assert STREET not in told
    assert "ValueError: cannot read '…' as a day" in told
    assert "KeyError: '…'" in told
    assert "test_logs.py" in told


def test_all_that_failed_together_is_told() -> None:
    """A group of tasks fails as one exception that says nothing by itself."""
    group = ExceptionGroup("two tasks", [OSError("first"), TimeoutError("second")])
    told = _with_trace(None, "error", {"event": "part_failed", "exc_info": group})["exception"]
    assert "OSError: first" in told
    assert "TimeoutError: second" in told


def test_an_error_of_postgresql_is_its_code() -> None:
    """Its text quotes the row that was not written."""
    error = asyncpg.UniqueViolationError("duplicate key")
    error.detail = f"Key (email)=({MAILBOX}) already exists."
    assert explained(error) == "UniqueViolationError: 23505"


def test_lines_of_libraries_are_looked_through_too(capsys: pytest.CaptureFixture[str]) -> None:
    """What a library logs on its own goes the same way."""
    from shared import logs  # noqa: PLC0415 (configures the process's logging: undone below)

    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        logs.configure("test")
        logging.getLogger("some.library").warning("to %s", MAILBOX)
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()  # or every later line of this process would go where pytest looked
        structlog.contextvars.clear_contextvars()
    assert json.loads(capsys.readouterr().err)["event"] == "to …"
