"""The dashboard: made of code, as it is checked in, of queries that Prometheus understands."""

import json
from pathlib import Path

import yaml

from deploy.grafana.__main__ import FILE, made
from tests.integration.monitoring.metrics import named_in, ours
from tests.integration.monitoring.rules import ROOT, alerts
from tests.integration.monitoring.test_alerts import promtool


def queries() -> list[str]:
    """Every query of the dashboard, in a form that Prometheus takes by itself."""
    panels = json.loads(FILE.read_text())["panels"]
    return [
        target["expr"].replace("$__rate_interval", "1m")
        for panel in panels
        for target in panel.get("targets", ())
    ]


def test_the_dashboard_is_what_its_code_makes() -> None:
    """Whoever edits one must make the other: `python -m deploy.grafana`."""
    assert FILE.read_text() == made()


def test_prometheus_understands_every_query(tmp_path: Path) -> None:
    """A panel with a broken query is an empty panel, at the hour when it is looked at."""
    rules = [{"record": f"dashboard:query:{place}", "expr": query} for place, query in enumerate(queries())]
    file = tmp_path / "dashboard.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    assert f"{len(rules)} rules found" in promtool("check", "rules", file)


def test_no_query_asks_for_a_metric_that_nobody_shows() -> None:
    """A metric that was renamed must not leave an alert that can never fire, or an empty panel."""
    asked = {name for query in [*queries(), *(alert.expr for alert in alerts())] for name in named_in(query)}
    assert {name for name in asked if name.startswith("malha_")} <= ours()


def test_panels_lie_beside_each_other() -> None:
    """No panel covers another one, and each says in a sentence what it shows."""
    taken: set[tuple[int, int]] = set()
    for panel in json.loads(FILE.read_text())["panels"]:
        place = panel["gridPos"]
        cells = {
            (place["x"] + across, place["y"] + down)
            for across in range(place["w"])
            for down in range(place["h"])
        }
        assert place["x"] + place["w"] <= 24, panel["title"]
        assert not cells & taken, panel["title"]
        taken |= cells
        assert panel["type"] == "row" or panel["description"]


def test_grafana_finds_the_dashboard_and_its_source() -> None:
    """What is provisioned names the kind of source that the dashboard asks for."""
    provisioning = ROOT / "deploy" / "grafana" / "provisioning"
    [source] = yaml.safe_load((provisioning / "datasources" / "prometheus.yml").read_text())["datasources"]
    [variable] = json.loads(FILE.read_text())["templating"]["list"]
    assert (variable["type"], variable["query"]) == ("datasource", source["type"])
    [provider] = yaml.safe_load((provisioning / "dashboards" / "malha.yml").read_text())["providers"]
    assert Path(provider["options"]["path"]).name == FILE.parent.name
