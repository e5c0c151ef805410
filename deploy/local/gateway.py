"""nginx before three service processes, from the template of `deploy/gateway`."""

from __future__ import annotations

import os
import shutil
import signal

from deploy.local.layout import CHECKOUT, LOOPBACK, CannotRunError, Layout, State, account_of, own_by
from deploy.local.supervisor import Program

TEMPLATE = CHECKOUT / "deploy" / "gateway" / "nginx.conf"


def configuration(**addresses: str) -> str:
    """The template with each @{name} filled in: listen, ingest, registry, notifier, temporary (a folder)."""
    text = TEMPLATE.read_text()
    for name, address in addresses.items():
        text = text.replace(f"@{{{name}}}", address)
    return text


def program(layout: Layout, state: State) -> Program:
    """The gateway, listening at the stack's one origin."""
    nginx = shutil.which("nginx", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")
    if nginx is None:
        raise CannotRunError("nginx is not here: install it, or run without SPLIT=1")
    account = account_of("www-data")
    folder = layout.data / "gateway"
    folder.mkdir(mode=0o700, exist_ok=True)
    own_by(folder, account)
    host = os.environ.get("MALHA_LISTEN_HOST", LOOPBACK)
    file = folder / "nginx.conf"
    file.write_text(
        configuration(
            listen=f"{host}:{state.ports.url}",
            ingest=f"{LOOPBACK}:{state.ports.ingest}",
            registry=f"{LOOPBACK}:{state.ports.registry}",
            notifier=f"{LOOPBACK}:{state.ports.notifier}",
            temporary=str(folder),
        )
    )
    file.chmod(0o644)
    return Program(
        name="gateway",
        command=(nginx, "-p", str(folder), "-c", str(file)),
        environment={"PATH": os.defpath},
        directory=folder,
        log=layout.log("gateway"),
        account=account,
        stop_signal=signal.SIGTERM,  # fast: readers of the stream come back by themselves
    )
