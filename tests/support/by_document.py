"""Schemathesis, as a program of its own: what it asks follows from the document that is served."""

import asyncio
import os
import sys
from pathlib import Path

from tests.support.contract import checkout

_SAID_CHARACTERS = 6_000


async def asked_by_document(url: str, folder: Path, *options: str) -> str:
    """What schemathesis complains of after asking *url*; nothing if all is well. Its notes lie in *folder*.

    *options* say who asks, what and how much. Cancelled, it ends the program.
    """
    program = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("schemathesis")),
        "run",
        str(checkout() / "shared" / "data" / "openapi.json"),
        f"--url={url}",
        *options,
        "--continue-on-failure",
        "--no-shrink",
        "--suppress-health-check=all",
        "--generation-database=none",
        "--warnings=off",
        "--no-color",
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(checkout()),
            "SCHEMATHESIS_HOOKS": "tests.support.schemathesis_hooks",
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        said, _ = await program.communicate()
    finally:
        if program.returncode is None:
            program.kill()
            await program.wait()
    return "" if program.returncode == 0 else said.decode(errors="replace")[-_SAID_CHARACTERS:]
