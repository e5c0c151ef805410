"""nginx before three service processes, by the files of `deploy/gateway`."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path
from string import Template

from deploy.local.layout import CHECKOUT, LOOPBACK, CannotRunError, Layout, State, account_of, own_by
from deploy.local.supervisor import Program

FILES = CHECKOUT / "deploy" / "gateway"


def lay_out(folder: Path, site: str = "plain", **values: str) -> Path:
    """Write the configuration into *folder*: the templates filled in with *values*; returns its main file.

    *site* is `plain` (``GATEWAY_LISTEN``) or `tls`, whose template says what it needs; both need
    ``GATEWAY_INGEST``, ``GATEWAY_REGISTRY`` and ``GATEWAY_NOTIFIER``.
    """
    for source in FILES.glob("*.conf"):
        shutil.copyfile(source, folder / source.name)
    for name, template in (("upstreams.conf", "upstreams"), ("site.conf", site)):
        text = Template((FILES / f"{template}.conf.template").read_text()).safe_substitute(values)
        (folder / name).write_text(text)
    for written in folder.glob("*.conf"):
        written.chmod(0o644)
    return folder / "nginx.conf"


def command(folder: Path, configuration: Path) -> tuple[str, ...]:
    """The program, which writes below *folder*."""
    nginx = shutil.which("nginx", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")
    if nginx is None:
        raise CannotRunError("nginx is not here: install it, or run without SPLIT=1")
    return nginx, "-p", str(folder), "-c", str(configuration)


def program(layout: Layout, state: State) -> Program:
    """The gateway, listening at the stack's one origin."""
    account = account_of("www-data")
    folder = layout.data / "gateway"
    folder.mkdir(mode=0o700, exist_ok=True)
    own_by(folder, account)
    host = os.environ.get("MALHA_LISTEN_HOST", LOOPBACK)
    configuration = lay_out(
        folder,
        GATEWAY_LISTEN=f"{host}:{state.ports.url}",
        GATEWAY_INGEST=f"server {LOOPBACK}:{state.ports.ingest};",
        GATEWAY_REGISTRY=f"server {LOOPBACK}:{state.ports.registry};",
        GATEWAY_NOTIFIER=f"server {LOOPBACK}:{state.ports.notifier};",
    )
    return Program(
        name="gateway",
        command=command(folder, configuration),
        environment={"PATH": os.defpath},
        directory=folder,
        log=layout.log("gateway"),
        account=account,
        stop_signal=signal.SIGTERM,  # fast: readers of the stream come back by themselves
    )
