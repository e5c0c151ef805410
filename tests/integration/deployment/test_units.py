"""The systemd units, as systemd itself judges them: what they say, and what they let a process do."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.local.layout import CHECKOUT

UNITS = CHECKOUT / "deploy" / "systemd"
SERVICES = sorted(file.name for file in UNITS.glob("*.service"))
MOST_EXPOSED = {"malha-gateway.service": 2.0}
"""Of 10, as systemd-analyze reckons; the gateway may listen at port 443, the others have no right at all."""
ELSE = 1.6


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root as it is after an installation: the units, the programs that they run, what they wait for."""
    root = tmp_path_factory.mktemp("root")
    units = root / "etc" / "systemd" / "system"
    units.mkdir(parents=True)
    for file in UNITS.glob("malha*.*"):
        if file.suffix in {".service", ".target", ".timer"}:
            shutil.copy(file, units / file.name)
    for template in units.glob("*@.service"):
        template.rename(units / template.name.replace("@.", "@8101."))
    programs = re.findall(
        r"^Exec\w+=(/\S+)", "\n".join(file.read_text() for file in units.iterdir()), re.MULTILINE
    )
    for program in {*programs, "/bin/true", "/bin/kill", "/usr/bin/kill"}:
        file = root / program.removeprefix("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("#!/bin/sh\n")
        file.chmod(0o755)
    for neighbour in (
        "sysinit",
        "basic",
        "shutdown",
        "network-online",
        "multi-user",
        "timers",
        "time-set",
        "time-sync",
    ):
        (units / f"{neighbour}.target").write_text(f"[Unit]\nDescription={neighbour}\n")
    for neighbour in ("rabbitmq-server", "postgresql"):
        (units / f"{neighbour}.service").write_text("[Service]\nExecStart=/bin/true\n")
    (units / "-.mount").write_text("[Mount]\nWhat=/dev/null\nWhere=/\n")
    (units / "system.slice").write_text("[Slice]\n")
    return root


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """What `systemd-analyze` says."""
    return subprocess.run(
        ["systemd-analyze", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin"},
    )


def test_systemd_understands_every_line(installed: Path) -> None:
    """An unknown word would be passed over with a line in a log that nobody reads."""
    names = sorted(file.name for file in (installed / "etc/systemd/system").glob("malha*"))
    found = analyze("verify", f"--root={installed}", "--man=no", "--recursive-errors=yes", *names)
    said = [line for line in found.stderr.splitlines() if "malha" in line]
    assert (found.returncode, said) == (0, [])


@pytest.mark.parametrize("name", SERVICES)
def test_a_unit_lets_its_process_do_little(name: str) -> None:
    """What breaks into a service must find nothing that it could use."""
    most = MOST_EXPOSED.get(name, ELSE)
    found = analyze("security", "--offline=yes", f"--threshold={most * 10:.0f}", str(UNITS / name))
    assert found.returncode == 0, found.stdout.splitlines()[-1]


@pytest.mark.parametrize("name", SERVICES)
def test_no_secret_stands_in_a_unit(name: str) -> None:
    """Units and their environment are readable for everybody on the machine; credentials are not."""
    text = (UNITS / name).read_text()
    secrets = re.findall(r"(\w+)_FILE=%d/(\w+)", text)
    handed = set(re.findall(r"^LoadCredential=(\w+):/etc/malha/secrets/\w+$", text, re.MULTILINE))
    assert {file for _, file in secrets} == handed
    assert not re.search(r"(AMQP_URL|DATABASE_URL|SESSION_KEY)=", text)
