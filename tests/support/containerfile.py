"""The steps of a Containerfile, carried out below a folder, where no container engine is to be had.

Knows what `deploy/container/Containerfile` uses and no more; every absolute path of the image lies below the
folder. Nothing is kept from the machine: what the steps install and run is judged, not the walls around it.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

_OURS: Final = r"(?<![\w./-])/(src|opt|dist)(?=[/ \n:]|$)"
Step = tuple[str, str]


def steps_of(file: Path) -> list[Step]:
    """(instruction, the rest) in order, lines joined, comments left out."""
    lines = [line for line in file.read_text().splitlines() if not line.lstrip().startswith("#")]
    whole = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in whole.splitlines()) if word]


class Image:
    """What the steps of *file* make of *context*, below *root*."""

    def __init__(self, file: Path, context: Path, root: Path) -> None:
        self.steps = steps_of(file)
        self._context = context
        self._root = root
        self.environment: dict[str, str] = {}
        (root / "bin").mkdir(parents=True)
        (root / "bin" / "python").symlink_to(Path(sys.base_prefix) / "bin" / "python3")

    def inside(self, text: str) -> str:
        """*text* with the image's own paths below the root."""
        return re.sub(_OURS, rf"{self._root}/\1", text)

    def build(self) -> None:
        """Carry out every step but those that need Debian's packages; CalledProcessError if one fails."""
        place = self._root
        for word, rest in self.steps:
            if word == "WORKDIR":
                place = self._root / rest.lstrip("/")
                place.mkdir(parents=True, exist_ok=True)
            elif word == "COPY" and not rest.startswith("--from"):
                *sources, target = shlex.split(rest)
                for source in sources:
                    self._copy(self._context / source, place / target)
            elif word == "RUN" and "apt-get" not in rest:
                path = f"{self._root / 'bin'}:{os.defpath}"
                subprocess.run(
                    ["sh", "-ec", self.inside(rest)], cwd=place, check=True, env={**os.environ, "PATH": path}
                )
            elif word == "ENV":
                self.environment |= dict(pair.split("=", 1) for pair in shlex.split(self.inside(rest)))

    def command(self, word: str) -> list[str]:
        """What the step *word* says is run, in exec form."""
        rest = next(rest for step, rest in self.steps if step == word)
        command: list[str] = json.loads(rest[rest.index("[") :])
        return command

    def _copy(self, source: Path, target: Path) -> None:
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "secrets"))
        else:
            shutil.copy(source, target)
