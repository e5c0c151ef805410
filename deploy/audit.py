"""`make audit`: whether a library that Malha stands on is known to be vulnerable.

Exit status 0: none is. 1: some are, each named. 2: it could not be judged, which is no good news: nobody has
advisories here. Each judge is first shown a version that is known to be bad: one that finds nothing there
(a mirror without advisories answers so) has said nothing about ours.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

CHECKOUT: Final = Path(__file__).parents[1]
BIN: Final = Path(sys.executable).parent
LOCKS: Final = ("requirements.txt", "requirements-dev.txt", "requirements-bench.txt")
NODE: Final = "tests/support/node"
SECONDS: Final = 600
_KNOWN_TO_BE_BAD: Final = f"pyyaml==5.3 --hash=sha256:{'0' * 64}\n"
"""CVE-2020-1747."""
_NODE_KNOWN_TO_BE_BAD: Final = {
    "package.json": {"name": "control", "version": "1.0.0", "dependencies": {"lodash": "4.17.4"}},
    "package-lock.json": {
        "name": "control",
        "version": "1.0.0",
        "lockfileVersion": 3,
        "packages": {
            "": {"name": "control", "version": "1.0.0", "dependencies": {"lodash": "4.17.4"}},
            "node_modules/lodash": {"version": "4.17.4"},
        },
    },
}
"""CVE-2018-3721."""


class CannotJudge(Exception):  # noqa: N818 (it says what happened)
    """A judge did not come to a judgement; the text says why, in its words."""


def python_faults(lock: Path, bin_: Path = BIN) -> list[str]:
    """What is known against the packages of *lock*, by their hashes. Raises CannotJudge."""
    options = ("--strict", "--require-hashes", "--disable-pip", "--progress-spinner=off", "--format=json")
    told = _told(bin_ / "pip-audit", *options, "--requirement", str(lock))
    return [
        f"{each['name']} {each['version']}: {' '.join([found['id'], *found['aliases']])}, "
        f"mended in {', '.join(found['fix_versions']) or 'no version yet'}"
        for each in told["dependencies"]
        for found in each["vulns"]
    ]


def node_faults(folder: Path, bin_: Path = BIN) -> list[str]:
    """The same for the packages of the lock in *folder*. Raises CannotJudge."""
    told = _told(bin_ / "npm", "audit", "--json", "--package-lock-only", "--prefix", str(folder))
    return [
        f"{name}: {found['severity']}, versions {found['range']}"
        for name, found in sorted(told["vulnerabilities"].items())
    ]


def main(bin_: Path = BIN) -> int:
    """Judge all locks; say what was found."""
    with tempfile.TemporaryDirectory() as folder:
        bad = Path(folder)
        (bad / "requirements.txt").write_text(_KNOWN_TO_BE_BAD)
        for name, content in _NODE_KNOWN_TO_BE_BAD.items():
            (bad / name).write_text(json.dumps(content))
        statuses = [
            *(
                _judged(lock, python_faults, CHECKOUT / lock, bad / "requirements.txt", bin_)
                for lock in LOCKS
            ),
            _judged(NODE, node_faults, CHECKOUT / NODE, bad, bin_),
        ]
    if 2 in statuses:  # noqa: PLR2004 (said above)
        _say("NOT JUDGED: run it where the registries give advisories, before a release and each week.")
    return 1 if 1 in statuses else max(statuses)


def _judged(name: str, judge: Callable[[Path, Path], list[str]], lock: Path, bad: Path, bin_: Path) -> int:
    try:
        if not judge(bad, bin_):
            raise CannotJudge("what is known to be bad was not found to be: there are no advisories here")  # noqa: TRY301 (told alike)
        found = judge(lock, bin_)
    except CannotJudge as error:
        _say(f"{name}: could not be judged: {error}")
        return 2
    _say(f"{name}: {'nothing is known against it' if not found else f'{len(found)} known'}")
    for fault in found:
        _say(f"  {fault}")
    return 1 if found else 0


def _told(program: Path, *arguments: str) -> Any:
    """The JSON that *program* writes; both judges end with 1 when they find something, and when they fail."""
    try:
        done = _run([str(program), *arguments])
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotJudge(str(error)) from None
    try:
        told = json.loads(done.stdout)
    except json.JSONDecodeError:
        raise CannotJudge(" ".join(done.stderr.strip().splitlines()[-1:]) or "it said nothing") from None
    if "dependencies" not in told and "vulnerabilities" not in told:
        raise CannotJudge(str(told.get("message") or told.get("error") or told)[:300])
    return told


def _run(command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
    )


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
