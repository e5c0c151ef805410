"""The `malha` command, as far as it needs nobody else."""

import io
import json
from pathlib import Path

import msgspec
import pytest

from services.command.calling import language
from services.command.failure import Failure
from services.command.ledger import _confirm
from services.command.send import BATCH_BYTES, BATCH_EVENTS, _batches, _events
from services.command.stack import Stack


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without a stack, to stand in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def local_stack(folder: Path) -> None:
    """Put a running stack's description into *folder*."""
    (folder / ".local").mkdir()
    described = {
        "url": "http://127.0.0.1:1",
        "ingest_url": "http://127.0.0.1:2",
        "database_url": "postgresql://local",
        "api_keys": {"3106200": "key-of-bh"},
        "office_key": "key-of-office",
    }
    (folder / ".local" / "stack.json").write_text(json.dumps(described))


def test_without_settings_the_local_stack_is_used(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From any folder below it; its parts answer at their own origins."""
    local_stack(nowhere)
    (nowhere / "below").mkdir()
    monkeypatch.chdir(nowhere / "below")
    stack = Stack.current({})
    assert (stack.environment, stack.public_url) == ("test", "http://127.0.0.1:1")
    assert (stack.ingest_url, stack.notifier_url) == ("http://127.0.0.1:2", "http://127.0.0.1:1")
    assert stack.sending_key({"3106200"}) == "key-of-bh"
    assert stack.api_key == "key-of-office"
    with pytest.raises(Failure, match="3170206"):
        stack.sending_key({"3170206"})
    with pytest.raises(Failure, match="falta member"):
        stack.sending_key({"3106200", ""})


def test_settings_are_never_mixed_with_the_local_stack(nowhere: Path) -> None:
    """Half an address from here and half from there would write test notices into the live network."""
    local_stack(nowhere)
    stack = Stack.current({"MALHA_PUBLIC_URL": "https://malha.example"})
    assert stack.ingest_url == "https://malha.example"
    assert stack.api_key is None
    with pytest.raises(Failure, match="MALHA_DATABASE_URL"):
        _ = stack.database_url


def test_events_are_sent_as_they_were_written() -> None:
    """A retry repeats the content; and what ingest is to refuse must reach it."""
    written = b'{"id": "1",  "data": {"a": 1.0, "a": 2}}'
    assert _events(b"\xef\xbb\xbf " + written + b"\n") == [written]
    assert _events(b"[" + written + b" , " + written + b"]") == [written, written]
    for nonsense in (b"", b"[]", b"1", b"[1", b"{", b"\xff"):
        with pytest.raises(Failure):
            _events(nonsense)


def test_a_long_list_goes_in_batches_that_ingest_takes() -> None:
    """At most a thousand events and four MiB each, in order, none missing."""
    small = [b'{"id":"%d"}' % number for number in range(2 * BATCH_EVENTS + 1)]
    large = [b'{"id":"%s"}' % (b"x" * 250_000) for _ in range(40)]
    batches = list(_batches([*small, *large]))
    decoded = [msgspec.json.decode(body, type=list[msgspec.Raw]) for _, body in batches]
    assert [first for first, _ in batches] == [sum(map(len, decoded[:at])) for at in range(len(decoded))]
    assert [bytes(event) for batch in decoded for event in batch] == [*small, *large]
    assert all(len(body) <= BATCH_BYTES for _, body in batches)
    assert all(len(batch) <= BATCH_EVENTS for batch in decoded)


@pytest.mark.parametrize(
    ("locale", "spoken"),
    [("", "pt-BR"), ("C.UTF-8", "pt-BR"), ("pt_BR.UTF-8", "pt-BR"), ("en_GB.UTF-8", "en")],
)
def test_a_terminal_without_a_language_is_answered_in_portuguese(
    locale: str, spoken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """English is for those who ask for it."""
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.delenv("LC_MESSAGES", raising=False)
    monkeypatch.setenv("LANG", locale)
    assert language() == spoken


@pytest.mark.parametrize(
    ("answer", "is_yes"),
    [("s", True), ("Sim", True), ("y", True), ("yes", True), ("", False), ("n", False), ("x", False)],
)
def test_a_question_in_two_languages_takes_a_yes_in_both(
    answer: str, monkeypatch: pytest.MonkeyPatch, *, is_yes: bool
) -> None:
    """What cannot be taken back is done for a clear yes alone."""
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{answer}\n"))
    if is_yes:
        _confirm("Apagar · erase?")
    else:
        with pytest.raises(Failure, match="Nada foi apagado"):
            _confirm("Apagar · erase?")
