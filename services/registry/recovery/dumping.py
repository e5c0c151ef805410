"""PostgreSQL's own tools, run beside us: `pg_dump` and `pg_restore`. No password is on their command line."""

import asyncio
import os
import shutil
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit, urlunsplit

JOBS: Final = 2
CONNECT_SECONDS: Final = 10
LOCK_SECONDS: Final = 60
"""So long a dump waits for a table that a migration holds; then it fails, and says so."""
_SAID: Final = 2_000


class ToolFailed(Exception):  # noqa: N818 - what it did
    """One of PostgreSQL's tools is not here, or failed: what it said."""


async def dump(database_url: str, snapshot: str, into: Path) -> None:
    """Write the database, as *snapshot* shows it, to the file *into*, in PostgreSQL's custom format."""
    await _run(
        "pg_dump",
        database_url,
        f"--snapshot={snapshot}",
        f"--lock-wait-timeout={LOCK_SECONDS}s",
        "--format=custom",
        f"--file={into}",
    )


async def restore(database_url: str, dump: Path) -> None:
    """Fill the empty database with what *dump* holds; whoever connects owns it."""
    await _run(
        "pg_restore", database_url, f"--jobs={JOBS}", "--exit-on-error", "--no-owner", "--no-privileges", dump
    )


async def _run(tool: str, database_url: str, *arguments: str | Path) -> None:
    address, secrets = without_password(database_url)
    process = await asyncio.create_subprocess_exec(
        tool_path(tool),
        f"--dbname={address}",
        "--no-password",
        *map(str, arguments),
        env={**os.environ, "PGCONNECT_TIMEOUT": str(CONNECT_SECONDS), **secrets},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await process.communicate()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    if process.returncode:
        raise ToolFailed(f"{tool}: {said.decode(errors='replace').strip()[-_SAID:]}")


def without_password(database_url: str) -> tuple[str, dict[str, str]]:
    """The address without its password, and what says the password to PostgreSQL's tools."""
    parts = urlsplit(database_url)
    user, at, hosts = parts.netloc.rpartition("@")
    name, colon, password = user.partition(":")
    address = urlunsplit(parts._replace(netloc=f"{name}{at}{hosts}"))
    return address, {"PGPASSWORD": unquote(password)} if colon else {}


def tool_path(tool: str) -> str:
    """Where *tool* is: the newest that is installed, since an older one refuses a newer server."""
    installed = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{tool}"), key=lambda path: float(path.parent.parent.name)
    )
    found = str(installed[-1]) if installed else shutil.which(tool)
    if found is None:
        raise ToolFailed(f"{tool} is not here: install PostgreSQL's client programs (postgresql-client)")
    return found
