"""How a supervisor asks a service beside it: `python -m shared.health live|ready [--wait SECONDS]`.

The service is found by its own settings: MALHA_LISTEN_PORT, MALHA_TLS_CERTIFICATE. Exit status 0 is yes, 1
no, and then standard error says why. Nothing is loaded but the standard library, since it is asked every few
seconds.
"""

import argparse
import http.client
import json
import os
import ssl
import sys
import time
from collections.abc import Mapping
from contextlib import closing

ANSWER_SECONDS = 3.0
PAUSE_SECONDS = 0.2


def ask(question: str, environ: Mapping[str, str]) -> str | None:
    """What is wrong with the service that *environ* describes, or None; *question* is `live` or `ready`."""
    host = environ.get("MALHA_LISTEN_HOST") or "127.0.0.1"
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - what it listens on
    port = int(environ.get("MALHA_LISTEN_PORT") or "8080")
    try:
        with closing(_line(host, port, environ)) as line:
            line.request("GET", f"/healthz/{question}")
            answer = line.getresponse()
            body = answer.read()
    except (OSError, http.client.HTTPException) as error:
        return f"{host}:{port} does not answer: {error}"
    if answer.status == http.client.OK:
        return None
    parts = json.loads(body).get("parts", {})
    return "; ".join(f"{name}: {part['detail']}" for name, part in parts.items() if not part["ok"])


def _line(host: str, port: int, environ: Mapping[str, str]) -> http.client.HTTPConnection:
    certificate = environ.get("MALHA_TLS_CERTIFICATE")
    if not certificate:
        return http.client.HTTPConnection(host, port, timeout=ANSWER_SECONDS)
    # By its address, which no certificate names; the authority is checked all the same.
    context = ssl.create_default_context(cafile=environ.get("MALHA_TLS_CA") or None)
    context.check_hostname = False
    return http.client.HTTPSConnection(host, port, timeout=ANSWER_SECONDS, context=context)


def main() -> int:
    """Ask until the answer is yes, or the time is over; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m shared.health", description=__doc__)
    parser.add_argument("question", choices=["live", "ready"])
    parser.add_argument("--wait", type=float, default=0.0, metavar="SECONDS", help="ask again for so long")
    options = parser.parse_args()
    deadline = time.monotonic() + options.wait
    while (trouble := ask(options.question, os.environ)) is not None:
        if time.monotonic() >= deadline:
            sys.stderr.write(f"{trouble}\n")
            return 1
        time.sleep(PAUSE_SECONDS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
