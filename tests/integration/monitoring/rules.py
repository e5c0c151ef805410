"""The alerts as they are checked in, and the tests of each, as Prometheus' own tool reads them."""

from pathlib import Path
from typing import Any

import msgspec
import yaml

ROOT = Path(__file__).parents[3]
RULES = sorted((ROOT / "deploy" / "prometheus" / "rules").glob("*.yml"))
TESTS = sorted((Path(__file__).parent / "alerts").glob("*.yml"))


class Alert(msgspec.Struct):
    """One alerting rule."""

    alert: str
    expr: str
    labels: dict[str, str]
    annotations: dict[str, str]


class Case(msgspec.Struct):
    """What a unit test says about an alert at a moment."""

    alertname: str
    exp_alerts: list[dict[str, Any]]


def alerts() -> list[Alert]:
    """Every alert, in the order of the files."""
    return [
        msgspec.convert(rule, Alert)
        for file in RULES
        for group in yaml.safe_load(file.read_text())["groups"]
        for rule in group["rules"]
    ]


def cases() -> list[Case]:
    """Every statement of the unit tests about an alert."""
    return [
        msgspec.convert(case, Case)
        for file in TESTS
        for test in yaml.safe_load(file.read_text())["tests"]
        for case in test["alert_rule_test"]
    ]
