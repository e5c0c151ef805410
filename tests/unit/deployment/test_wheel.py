"""What a release is made of."""

import fnmatch
import tomllib
from pathlib import Path

from deploy.local.layout import CHECKOUT

NEVER_READ = {".md", ".yml", ".ini"}
"""Of no use to a process: what explains a folder, what other programs read, which a release has beside it."""


def test_whatever_a_program_reads_goes_into_the_wheel() -> None:
    """A template or a catalogue that only the checkout has would be missed on the first server."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
    patterns = project["tool"]["setuptools"]["package-data"]["*"]
    left_out = [
        file.relative_to(CHECKOUT)
        for folder in ("services", "shared", "deploy/migrations", "deploy/rabbitmq/definitions.json")
        for file in ([CHECKOUT / folder] if Path(folder).suffix else sorted((CHECKOUT / folder).rglob("*")))
        if file.is_file() and file.suffix not in {".py", ".pyc", *NEVER_READ}
        if not any(fnmatch.fnmatch(file.name, pattern) for pattern in patterns)
    ]
    assert left_out == []
