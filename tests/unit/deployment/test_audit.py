"""`make audit`: no good news without a judge who knows bad news."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from deploy import audit

FOUND = {"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["2"]}
NOTHING: dict[str, Any] = {"dependencies": [], "vulnerabilities": {}}
BAD = {
    "dependencies": [{"name": "x", "version": "1", "vulns": [FOUND]}],
    "vulnerabilities": {"y": {"severity": "high", "range": "<2"}},
}


def judges(folder: Path, *, of_bad: str, of_ours: str) -> Path:
    """A pip-audit and an npm that say this of what is known to be bad, and that of our locks."""
    script = (
        f"#!{sys.executable}\nimport sys\n"
        f"ours = any('requirements.txt' not in each or {str(audit.CHECKOUT)!r} in each\n"
        f"           for each in sys.argv if each.endswith('.txt') or each.endswith('/node'))\n"
        f"print({of_ours!r} if ours else {of_bad!r})\n"
    )
    for name in ("pip-audit", "npm"):
        (folder / name).write_text(script)
        (folder / name).chmod(0o755)
    return folder


@pytest.mark.parametrize(
    ("of_bad", "of_ours", "status", "said"),
    [
        (json.dumps(BAD), json.dumps(NOTHING), 0, "nothing is known against it"),
        (json.dumps(BAD), json.dumps(BAD), 1, "x 1: PYSEC-1 CVE-1, mended in 2"),
        (json.dumps(NOTHING), json.dumps(NOTHING), 2, "there are no advisories here"),
        (json.dumps(BAD), "", 2, "NOT JUDGED"),
        (json.dumps({"message": "405 Method Not Allowed"}), "", 2, "405 Method Not Allowed"),
    ],
)
def test_only_a_judge_who_finds_what_is_bad_is_believed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *, of_bad: str, of_ours: str, status: int, said: str
) -> None:
    """Clean, vulnerable, and not known are three answers; a mirror without advisories gives the third."""
    assert audit.main(judges(tmp_path, of_bad=of_bad, of_ours=of_ours)) == status
    assert said in capsys.readouterr().out


def test_a_judge_that_is_not_there_judges_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Said in words, with another exit status than that of a finding."""
    assert audit.main(tmp_path) == 2
    assert capsys.readouterr().out.count("could not be judged") == 4


def test_every_lock_is_audited() -> None:
    """One that is added is looked at as well."""
    assert {lock.name for lock in audit.CHECKOUT.glob("requirements*.txt")} == set(audit.LOCKS)
    assert (audit.CHECKOUT / audit.NODE / "package-lock.json").is_file()
