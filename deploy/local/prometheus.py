"""A private Prometheus: services and RabbitMQ, with the configuration and alerts of `deploy/prometheus`."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import aiohttp
import msgspec

from deploy.local import services
from deploy.local.layout import CHECKOUT, LOOPBACK, Account, CannotRunError, Layout, State, account_of, own_by
from deploy.local.supervisor import Program

SOURCE = CHECKOUT / "deploy" / "prometheus"
KEPT = ("--storage.tsdb.retention.time=15d", "--storage.tsdb.retention.size=1GB")


def program(layout: Layout, state: State, *, split: bool) -> Program:
    """Prometheus on loopback, its targets written down; of a given broker it knows nothing."""
    binary = shutil.which("prometheus", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")
    if binary is None:
        raise CannotRunError("Prometheus is not here: install it, or run without MONITORING=1")
    account = account_of("prometheus")
    folder = layout.data / "prometheus"
    shutil.rmtree(folder / "rules", ignore_errors=True)
    for name in ("", "rules", "targets", "alertmanagers", "kept"):
        (folder / name).mkdir(mode=0o700, exist_ok=True)
        own_by(folder / name, account)
    for source in (SOURCE / "prometheus.yml", *sorted((SOURCE / "rules").glob("*.yml"))):
        _write(folder / source.relative_to(SOURCE), source.read_bytes(), account)
    for job, targets in _targets(state, split=split).items():
        # JSON is YAML too.
        _write(folder / "targets" / f"{job}.yml", msgspec.json.encode(targets), account)
    return Program(
        name="prometheus",
        command=(
            *(binary, f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'kept'}"),
            *(f"--web.listen-address={LOOPBACK}:{state.ports.prometheus}", "--log.format=json", *KEPT),
        ),
        environment={"PATH": os.defpath, "HOME": str(folder)},
        directory=folder,
        log=layout.log("prometheus"),
        account=account,
    )


async def answers(state: State) -> bool:
    """Whether it has read what it kept, and serves."""
    timeout = aiohttp.ClientTimeout(total=2)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as http,
            http.get(f"{services.origin(state.ports.prometheus)}/-/ready") as answer,
        ):
            return answer.ok
    except (aiohttp.ClientError, TimeoutError):
        return False


def _targets(state: State, *, split: bool) -> dict[str, list[dict[str, object]]]:
    """What to scrape, by the file that names it; five seconds apart, since somebody is looking."""

    def at(port: int, **labels: str) -> dict[str, object]:
        return {"targets": [f"{LOOPBACK}:{port}"], "labels": {"__scrape_interval__": "5s", **labels}}

    processes = {name: getattr(state.ports, name) for name in services.NAMES} if split else {}
    return {
        "malha": [at(port, service=name) for name, port in (processes or {"all": state.ports.url}).items()],
        "rabbitmq": [] if services.given_servers() else [at(state.ports.amqp_metrics)],
        "prometheus": [at(state.ports.prometheus)],
    }


def _write(path: Path, content: bytes, account: Account | None) -> None:
    path.write_bytes(content)
    path.chmod(0o600)
    own_by(path, account)
