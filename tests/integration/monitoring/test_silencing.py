"""Which alert silences which: the rules that deploying.md gives for an Alertmanager, played through.

Alertmanager's own tool is in no package that the tests install; what its manual says of inhibition is short.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import pytest
import yaml

from tests.integration.monitoring.rules import ROOT, alerts, cases

LOSSES = {"MalhaRefusesNotices", "MalhaQueueMissing", "MalhaFeedHoleSkipped", "MalhaDeadQueueFlooded"}
CAUSES = {
    "MalhaDatabaseAway", "MalhaRabbitmqDown", "MalhaRabbitmqDiskAlarm", "MalhaRabbitmqMemoryAlarm",
    "MalhaRabbitmqDescriptorAlarm", "MalhaServiceRestarts", "MalhaCertificateLast",
}  # fmt: skip
_MATCHER = re.compile(r'([a-z_]+)(=~|=)"([^"]+)"')
Labels = Mapping[str, str]


class Rule(msgspec.Struct, forbid_unknown_fields=True):
    """As Alertmanager 0.22 and later reads it."""

    source_matchers: list[str]
    target_matchers: list[str]
    equal: list[str] = []


class Matcher(NamedTuple):
    """One of a rule's matchers; all of them must hold."""

    label: str
    pattern: re.Pattern[str]

    def takes(self, labels: Labels) -> bool:
        """Whether it holds; a label that is not there is empty."""
        return self.pattern.fullmatch(labels.get(self.label, "")) is not None


def rules() -> list[Rule]:
    """The snippet, as somebody copies it."""
    [snippet] = re.findall(r"```yaml\n(inhibit_rules:.*?)```", deploying(), re.DOTALL)
    return msgspec.convert(yaml.safe_load(snippet)["inhibit_rules"], list[Rule])


def deploying() -> str:
    """The document."""
    return (ROOT / "docs" / "deploying.md").read_text()


def matchers(told: list[str]) -> list[Matcher]:
    """What these say; a slip of the pen is none."""
    found = [_MATCHER.fullmatch(each) for each in told]
    assert all(found), told
    return [
        Matcher(each[1], re.compile(each[3] if each[2] == "=~" else re.escape(each[3])))
        for each in found
        if each is not None
    ]


def told(firing: Sequence[Labels]) -> list[str]:
    """The names of those that nothing silences; no alert stands on both sides of a rule."""

    def silences(rule: Rule, source: Labels, target: Labels) -> bool:
        return (
            all(each.takes(source) for each in matchers(rule.source_matchers))
            and all(each.takes(target) for each in matchers(rule.target_matchers))
            and all(source.get(name, "") == target.get(name, "") for name in rule.equal)
        )

    return [
        target["alertname"]
        for target in firing
        if not any(silences(rule, source, target) for rule in rules() for source in firing)
    ]


def shown() -> dict[str, set[str]]:
    """The labels that each alert bears when it fires, as its unit tests say."""
    found: dict[str, set[str]] = {}
    for case in cases():
        for alert in case.exp_alerts:
            labels: dict[str, Any] = alert["exp_labels"]
            found.setdefault(case.alertname, {"alertname"}).update(labels)
    return found


def named(told: list[str]) -> set[str]:
    """Which alerts these matchers name, each of which there must be."""
    [by_name] = [matcher for matcher in matchers(told) if matcher.label == "alertname"]
    known = {alert.alert for alert in alerts()}
    spelled = set(by_name.pattern.pattern.split("|"))
    assert spelled <= known
    return spelled


def test_rules_name_alerts_that_are_there_by_labels_that_they_bear() -> None:
    """An empty label equals an empty one: a label that neither bears would silence everywhere."""
    bears = shown()
    for rule in rules():
        sources, targets = named(rule.source_matchers), named(rule.target_matchers)
        assert not sources & targets
        for alert in sources | targets:
            assert set(rule.equal) <= bears[alert], alert
        for told, of in ((rule.source_matchers, sources), (rule.target_matchers, targets)):
            assert all({each.label for each in matchers(told)} <= bears[alert] for alert in of)


def test_losses_and_causes_are_silenced_by_nothing() -> None:
    """Nor does what waits for the morning silence what is worth getting up for."""
    severity = {alert.alert: alert.labels["severity"] for alert in alerts()}
    for rule in rules():
        assert not named(rule.target_matchers) & (LOSSES | CAUSES)
        assert {severity[alert] for alert in named(rule.source_matchers)} == {"page"}
    for alert in LOSSES:
        anchor = "-".join(re.findall("[A-Z][a-z]+", alert.removeprefix("Malha"))).lower()
        assert f"*{anchor}*" in deploying()


def test_whoever_is_silenced_is_silenced_by_somebody_who_speaks() -> None:
    """Two that silence each other would leave nobody."""
    everything = [{"alertname": name, **dict.fromkeys(labels - {"alertname"}, "x")}
                  for name, labels in shown().items()]  # fmt: skip
    speak = set(told(everything))
    for rule in rules():
        sources = named(rule.source_matchers)
        assert sources & speak or any(
            sources & named(other.target_matchers) and named(other.source_matchers) & speak
            for other in rules()
        )


def part(name: str, instance: str) -> Labels:
    """A part of that process which is not ready."""
    return {"alertname": "MalhaPartNotReady", "part": name, "instance": instance, "severity": "page"}


@pytest.mark.parametrize(
    ("firing", "speaks"),
    [
        (
            [
                {"alertname": "MalhaDatabaseAway", "instance": "r:1"},
                part("registry.consumer", "r:1"),
                part("registry.consumer", "r:2"),
                part("notifier.intake", "n:1"),
                {"alertname": "MalhaQueueStuck"},
                {"alertname": "MalhaQueueMissing", "queue": "feed"},
            ],
            ["MalhaDatabaseAway", "MalhaPartNotReady", "MalhaPartNotReady", "MalhaQueueMissing"],
        ),
        (
            [
                {"alertname": "MalhaRabbitmqDiskAlarm", "instance": "a"},
                {"alertname": "MalhaRabbitmqDiskFilling", "instance": "a"},
                {"alertname": "MalhaRabbitmqDiskFilling", "instance": "b"},
                {"alertname": "MalhaPublisherStuck", "instance": "i:1", "publisher": "p"},
                {"alertname": "MalhaRefusesNotices"},
            ],
            ["MalhaRabbitmqDiskAlarm", "MalhaRabbitmqDiskFilling", "MalhaRefusesNotices"],
        ),
        (
            [
                {"alertname": "MalhaRabbitmqDown", "instance": "b"},
                {"alertname": "MalhaBrokerConnectionsFlap", "connection": "malha-registry consume"},
            ],
            ["MalhaRabbitmqDown"],
        ),
        (
            [
                {"alertname": "MalhaDeadQueueFlooded", "vhost": "malha", "queue": "registry.dead"},
                {"alertname": "MalhaDeadQueueGrowing", "vhost": "malha", "queue": "registry.dead"},
                {"alertname": "MalhaDeadQueueGrowing", "vhost": "other", "queue": "registry.dead"},
            ],
            ["MalhaDeadQueueFlooded", "MalhaDeadQueueGrowing"],
        ),
        ([{"alertname": "MalhaBrokerConnectionsFlap", "connection": "c"}], ["MalhaBrokerConnectionsFlap"]),
    ],
    ids=["PostgreSQL", "a disk", "a node", "dead letters", "alone"],
)
def test_one_outage_is_told_once(firing: list[Labels], speaks: list[str]) -> None:
    """What follows is silent; what is of another process, and what is lost, is told all the same."""
    assert told(firing) == speaks
