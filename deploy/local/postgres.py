"""A private PostgreSQL: loopback TCP only, its own folder, an ordinary user."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
from pathlib import Path

import asyncpg

from deploy.local.layout import LOOPBACK, CannotRunError, Layout, State, account_of, own_by, write_private
from deploy.local.supervisor import Program

# A test's databases live for seconds: not worth a disk flush.
_HASTY = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")


def url(state: State, database: str) -> str:
    """The administrator's address of *database*."""
    return f"postgresql://malha:{state.secrets.administrator}@{LOOPBACK}:{state.ports.postgres}/{database}"


def program(layout: Layout, state: State, *, durable: bool) -> Program:
    """The postmaster, its cluster made if there is none. Without *durable* a power cut may lose commits."""
    binaries = _binaries()
    account = account_of("postgres")
    folder = layout.data / "postgres"
    environment = {"PATH": f"{binaries}:{os.defpath}", "LC_ALL": "C.UTF-8", "HOME": str(folder)}
    if not (folder / "PG_VERSION").exists():
        _make_cluster(folder, binaries, environment, state.secrets.administrator)
    settings = {
        "port": str(state.ports.postgres),
        "listen_addresses": LOOPBACK,
        "unix_socket_directories": "",
        "max_connections": "300",
        "shared_buffers": "256MB",
        "jit": "off",
        "log_line_prefix": "%m [%p] ",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return Program(
        name="postgres",
        command=(str(binaries / "postgres"), "-D", str(folder), *options, *(() if durable else _HASTY)),
        environment=environment,
        directory=folder,
        log=layout.log("postgres"),
        account=account,
        stop_signal=signal.SIGINT,  # fast: does not wait for clients to leave
    )


def standby(layout: Layout, state: State, primary: State) -> Program:
    """A standby of the server of *primary*, copied from it now; it follows until it is promoted."""
    binaries = _binaries()
    account = account_of("postgres")
    folder = layout.data / "postgres"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    own_by(folder, account)
    copied = subprocess.run(
        [
            *(str(binaries / "pg_basebackup"), "--pgdata", str(folder), "--checkpoint=fast"),
            *("--host", LOOPBACK, "--port", str(primary.ports.postgres), "--username", "malha"),
            "--write-recovery-conf",
        ],
        cwd=folder,
        env={
            "PATH": f"{binaries}:{os.defpath}",
            "LC_ALL": "C.UTF-8",
            "HOME": str(folder),
            "PGPASSWORD": primary.secrets.administrator,
        },
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=[] if account else None,
        capture_output=True,
        check=False,
    )
    if copied.returncode != 0:
        raise CannotRunError(f"pg_basebackup failed: {copied.stderr.decode(errors='replace').strip()}")
    return program(layout, state, durable=True)


def _make_cluster(folder: Path, binaries: Path, environment: dict[str, str], password: str) -> None:
    account = account_of("postgres")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    own_by(folder, account)
    secret = folder.with_name("postgres.password")
    write_private(secret, password.encode())
    own_by(secret, account)
    made = subprocess.run(
        [
            *(str(binaries / "initdb"), "-D", str(folder), "-U", "malha", f"--pwfile={secret}"),
            *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"),
        ],
        cwd=folder,
        env=environment,
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=[] if account else None,
        capture_output=True,
        check=False,
    )
    secret.unlink()
    if made.returncode != 0:
        raise CannotRunError(f"initdb failed: {made.stderr.decode(errors='replace').strip()}")


async def answers(state: State) -> bool:
    """Whether the server takes connections."""
    try:
        connection = await asyncpg.connect(url(state, "postgres"), timeout=2)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False
    await connection.close()
    return True


async def create_database(state: State, name: str) -> None:
    """Make the database *name* unless it is there."""
    connection = await asyncpg.connect(url(state, "postgres"), timeout=10)
    try:
        if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
            await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await asyncio.wait_for(connection.close(), 10)


def _binaries() -> Path:
    installed = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda found: float(found.parent.parent.name)
    )
    if installed:
        return installed[-1].parent
    on_path = shutil.which("initdb")
    if on_path is None:
        raise CannotRunError(
            "PostgreSQL (15 or newer) is not here: install it, or name a server in MALHA_DATABASE_URL"
            " and a RabbitMQ in MALHA_AMQP_URL"
        )
    return Path(on_path).resolve().parent
