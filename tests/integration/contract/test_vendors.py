"""docs/vendors.md, followed to the letter by somebody who has a key and nothing else."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import Request, urlopen

from tests.support.markdown import blocks
from tests.support.whole import UBERLANDIA_KEY, Whole

DOCUMENT = "vendors.md"
MEMBER = "3170206"
MOST_LINES = 40
SECONDS = 120
PATIENCE_SECONDS = 120.0


def surroundings(whole: Whole) -> dict[str, str]:
    """What the document tells one to set, and nothing of ours."""
    return {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "MALHA_URL": whole.url,
        "MALHA_KEY": str(whole.keys[UBERLANDIA_KEY]),
        "MALHA_MEMBER": MEMBER,
    }


def load(whole: Whole, sheet: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """`python3 load.py < acordos.csv`, by a Python that knows nothing of ours."""
    (program,) = blocks(DOCUMENT, "python")
    (folder / "load.py").write_text(program, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-I", "load.py"],
        cwd=folder,
        env=surroundings(whole),
        input=sheet,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def signed_ever(whole: Whole) -> int:
    """What the one click says of the vendor's member: others may have told of it before."""
    request = Request(  # noqa: S310 - the stack of this test
        f"{whole.url}/v1/members/{MEMBER}",
        headers={"Authorization": f"Bearer {whole.keys[UBERLANDIA_KEY]}"},
    )
    with urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 - the same
        return int(json.load(answer)["signed"]["ever"] or 0)


def test_history_is_loaded_in_forty_lines_and_once(whole: Whole, tmp_path: Path) -> None:
    """A year arrives, is waited for and counted; again, it changes nothing; changed, it says so."""
    (program,) = blocks(DOCUMENT, "python")
    (sheet,) = blocks(DOCUMENT, "csv")
    assert len([line for line in program.splitlines() if line.strip()]) <= MOST_LINES
    counted = f"signed ever: {signed_ever(whole) + 3}\n"
    first = load(whole, sheet, tmp_path)
    assert first.returncode == 0, first.stderr
    assert first.stdout.count("registered") == 3
    assert first.stdout.endswith(counted)
    assert load(whole, sheet, tmp_path).stdout == first.stdout
    until = time.monotonic() + PATIENCE_SECONDS
    changed = load(whole, other := sheet.replace("Vila Exemplo", "Outra Vila Exemplo"), tmp_path)
    while "CONFLICT" not in changed.stdout and time.monotonic() < until:
        # It was registered before: nothing says when the other content was looked at.
        changed = load(whole, other, tmp_path)
    assert changed.stdout.count("CONFLICT") == 1
    assert changed.stdout.endswith(counted)


def test_what_is_wrong_is_told_with_its_place(whole: Whole, tmp_path: Path) -> None:
    """Nothing of the batch is sent, and the vendor sees which row it was."""
    (sheet,) = blocks(DOCUMENT, "csv")
    refused = load(whole, sheet.replace("ACAD", "XYZ"), tmp_path)
    assert refused.returncode == 1
    problem = json.loads(refused.stderr.partition(": ")[2])
    assert [(error["index"], error["pointer"]) for error in problem["errors"]] == [(2, "/data/instrument")]


def test_curl_does_the_same(whole: Whole, tmp_path: Path) -> None:
    """Each command answers what the text says."""
    script = "set -eu\n" + "\n".join(blocks(DOCUMENT, "sh"))
    shell = shutil.which("sh")
    assert shell is not None
    done = subprocess.run(
        [shell, "-c", script],
        cwd=tmp_path,
        env=surroundings(whole),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (receipt,) = json.loads((tmp_path / "receipts.json").read_text())["receipts"]
    assert f'"protocol":"{receipt["protocol"]}","status":"registered"' in done.stdout
    assert '"id":"3170206"' in done.stdout
