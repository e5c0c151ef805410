"""What the kernel knows of processes: who was started by whom, and which ports each listens on."""

import random
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from deploy.local.layout import PORTS

_LISTENING: Final = "0A"


def processes_below(pid: int) -> Iterator[int]:
    """Whatever *pid* has started, and what that has, down to the last; not *pid* itself."""
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, task.read_text().split()):
                yield child
                yield from processes_below(child)


def ports_of(pid: int) -> set[int]:
    """The TCP ports that *pid* listens on."""
    sockets = set()
    with suppress(OSError):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                sockets.add(str(link.readlink()))
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == _LISTENING and f"socket:[{fields[9]}]" in sockets:
                found.add(int(fields[1].rpartition(":")[2], 16))
    return found


def held_port(port: int = 0) -> socket.socket:
    """Keeps *port*, or one that is free, from being given to anybody else, without listening on it.

    Whoever connects is refused. Who names the port and may share addresses, as every server does, listens on
    it all the same.
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", port))
    return held


def free_port() -> int:
    """A port that nobody listens on, nor will by chance: it lies below those that the kernel hands out."""
    for port in random.SystemRandom().sample(PORTS, len(PORTS)):
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")
