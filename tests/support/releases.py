"""The release before this one, as it was: its own code, from the history."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from deploy.local.layout import CHECKOUT

BEFORE: Final = "585ef9ad2d6d7670388dc1973ac82fc52bae7c27"
"""The last commit of the release before: the doors for people were done, its migrations end with 0012."""


def earlier_release(folder: Path) -> Path:
    """The sources of the release before, unpacked into *folder*; programs run from there run its code."""
    archive = subprocess.run(
        ["git", "-C", str(CHECKOUT), "archive", "--format=tar", BEFORE, "services", "shared", "deploy"],
        capture_output=True,
        check=False,
    )
    if archive.returncode != 0:
        pytest.skip(f"this checkout does not have the history back to {BEFORE[:7]}")
    folder.mkdir(parents=True)
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive.stdout, check=True)
    return folder


async def run_from(folder: Path, program: str, *arguments: str) -> None:
    """Run the Python *program* with the code in *folder*; AssertionError with its words if it fails."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, *arguments, cwd=folder, stderr=asyncio.subprocess.PIPE
    )
    _, errors = await process.communicate()
    assert process.returncode == 0, errors.decode(errors="replace")[-2000:]
