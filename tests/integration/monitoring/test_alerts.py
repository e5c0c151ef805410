"""The alerts, judged by Prometheus' own tool, by their unit tests, and by what an operator reads."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.integration.monitoring.rules import ROOT, RULES, TESTS, alerts, cases

PROMTOOL = shutil.which("promtool") or "promtool"
CONFIGURATION = ROOT / "deploy" / "prometheus" / "prometheus.yml"


def promtool(*arguments: str | Path) -> str:
    """What promtool says; it must be content."""
    done = subprocess.run([PROMTOOL, *arguments], capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_configuration_is_good() -> None:
    """A rule that does not parse would be found at the next restart, at the worst hour."""
    said = promtool("check", "config", CONFIGURATION)
    assert f"{len(RULES)} rule files found" in said


@pytest.mark.parametrize("file", TESTS, ids=lambda file: str(file.stem))
def test_every_alert_fires_when_it_should(file: Path) -> None:
    """Series as they would be, hours of them, and who is told what and when."""
    promtool("test", "rules", file)


def test_every_alert_is_seen_firing_and_silent() -> None:
    """An alert that never fired in a test may never fire; one that always does is soon ignored."""
    told: set[str] = set()
    silent: set[str] = set()
    for case in cases():
        (told if case.exp_alerts else silent).add(case.alertname)
    assert {alert.alert for alert in alerts()} == told
    only_told = told - silent
    # These have a series beside the one that fires, in the same test, which must not.
    assert only_told <= {"MalhaPoolExhausted", "MalhaServiceRestarts"}


def test_every_alert_says_what_it_is_and_where_to_read_on() -> None:
    """At three in the morning: one sentence, whether to get up, and the place in the runbook."""
    seen = set()
    for alert in alerts():
        assert alert.labels["severity"] in {"page", "ticket"}, alert.alert
        assert set(alert.annotations) == {"summary", "description", "runbook_url"}, alert.alert
        assert len(alert.annotations["summary"]) <= 90, alert.alert
        assert alert.annotations["runbook_url"] == f"docs/operations.md#{anchor(alert.alert)}"
        seen.add(alert.alert)
    assert len(seen) == len(alerts()), "two alerts of one name"


def anchor(alert: str) -> str:
    """`MalhaQueueMissing` is explained at `#alert-queue-missing`."""
    words = re.findall("[A-Z][a-z]+", alert.removeprefix("Malha"))
    return "-".join(["alert", *words]).lower()


def test_the_runbook_explains_every_alert() -> None:
    """Each alert's link leads to a heading that is there."""
    runbook = (ROOT / "docs" / "operations.md").read_text()
    headings = re.findall(r"^#+ (alert-[a-z-]+)$", runbook, re.MULTILINE)
    assert {anchor(alert.alert) for alert in alerts()} == set(headings)
