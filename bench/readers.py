"""Thousands of readers of one event stream in one small process: connect, count bytes, tell the time.

    python -m bench.readers URL READERS MARKER EXPECTED

Prints one JSON line when all are connected, and one when each has seen EXPECTED frames that contain
MARKER: the seconds from the first such frame on any connection to the last on all. Reads with epoll
into one buffer, so that the reader costs as little as possible beside the server that is measured.
"""

import json
import selectors
import socket
import sys
import time
from urllib.parse import urlsplit


def connect(url: str, headers: str) -> socket.socket:
    """Open one stream; return once the request is sent."""
    parts = urlsplit(url)
    connection = socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 80), timeout=30)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    request = f"GET {target} HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept: text/event-stream\r\n{headers}\r\n"
    connection.sendall(request.encode())
    return connection


def main(url: str, readers: int, marker: bytes, expected: int, headers: str = "") -> None:
    """Count until every reader has seen *expected* frames."""
    selector = selectors.DefaultSelector()
    for _ in range(readers):
        connection = connect(url, headers)
        answer = connection.recv(4096)
        if b" 200 " not in answer.split(b"\r\n", 1)[0]:
            raise SystemExit(f"refused: {answer[:200]!r}")
        connection.setblocking(False)
        selector.register(connection, selectors.EVENT_READ, [0, b""])
    print(json.dumps({"connected": readers}), flush=True)
    remaining, first = readers, 0.0
    keep = len(marker) - 1
    while remaining:
        for key, _ in selector.select():
            state = key.data
            chunk: bytes = key.fileobj.recv(1 << 18)  # type: ignore[union-attr]
            if not chunk:
                raise SystemExit("a reader was disconnected")
            seen = (state[1] + chunk).count(marker)
            state[1] = chunk[-keep:] if keep else b""
            if seen and not first:
                first = time.perf_counter()
            before = state[0]
            state[0] += seen
            if before < expected <= state[0]:
                remaining -= 1
    print(json.dumps({"seconds": time.perf_counter() - first, "deliveries": readers * expected}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3].encode(), int(sys.argv[4]), *sys.argv[5:])
