"""Where a stack keeps its things."""

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local import layout as layout_module
from deploy.local.layout import CHECKOUT, Layout, Ports


@pytest.fixture
def layout(tmp_path: Path) -> Iterator[Layout]:
    """A home of its own, forgotten afterwards: its data may lie outside."""
    found = Layout(tmp_path / "home")
    found.prepare()
    yield found
    found.forget()


def test_ports_and_secrets_stay_the_same(layout: Layout) -> None:
    """Addresses that were noted yesterday hold today; nobody else may read the secrets."""
    first = layout.state()
    assert layout.state() == first
    assert stat.S_IMODE((layout.own / "state.json").stat().st_mode) == 0o600
    numbers = [getattr(first.ports, name) for name in Ports.__struct_fields__]
    assert len(set(numbers)) == len(numbers)


def test_a_port_that_somebody_took_is_replaced(layout: Layout) -> None:
    """While we were down, the port was free to take; the others stay."""
    first = layout.state()
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", first.ports.registry))
        stranger.listen()
        second = layout.state()
    assert second.ports.registry != first.ports.registry
    assert second.ports.url == first.ports.url
    assert second.secrets == first.secrets


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user")
def test_data_lie_elsewhere_when_their_user_cannot_get_here(tmp_path: Path) -> None:
    """A checkout in root's own folder: PostgreSQL's user could not even reach its data."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    layout = Layout(closed / ".local")
    layout.prepare()
    assert layout.data.is_relative_to("/var/tmp")  # noqa: S108 - that is the promise
    assert (layout.own / "data").is_symlink()
    elsewhere = layout.data
    layout.forget()
    assert not elsewhere.exists()


@pytest.mark.parametrize("bytes_needed", [1, 2**60])
def test_what_nobody_needs_afterwards_lies_in_memory_where_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bytes_needed: int
) -> None:
    """A small machine runs the same tests, from its disk; nothing stays behind on either."""
    monkeypatch.setattr(layout_module, "PASSING_BYTES", bytes_needed)
    layout = Layout(tmp_path / "home")
    layout.prepare(passing=True)
    layout.prepare(passing=True)
    place = layout.data
    assert place.is_relative_to(layout_module.MEMORY) == (bytes_needed == 1)
    assert place.is_dir()
    layout.forget()
    assert not place.exists()


HOLD = (
    "import sys, time, pathlib\n"
    "from deploy.local.layout import Layout\n"
    "with Layout(pathlib.Path(sys.argv[1])).lock() as held:\n"
    "    print(held, flush=True)\n"
    "    time.sleep(1000)\n"
)


def test_one_home_has_one_stack_and_a_killed_holder_lets_go(layout: Layout) -> None:
    """The right to run a stack ends with its process, however it ends."""
    command = [sys.executable, "-c", HOLD, str(layout.home)]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"True\n"
        assert layout.holder() == process.pid
        with layout.lock() as ours:
            assert not ours
        process.kill()
    assert layout.holder() is None
    with layout.lock() as ours:
        assert ours
