"""Write the dashboard that Grafana reads: ``python -m deploy.grafana``. A development dependency makes it."""

from __future__ import annotations

import json
import string
from pathlib import Path

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import (
    BigValueGraphMode,
    LegendDisplayMode,
    LegendPlacement,
    SortOrder,
    TooltipDisplayMode,
)
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DataSourceRef,
    Threshold,
    ThresholdsMode,
)

from deploy.grafana import of_notices, of_servers
from deploy.grafana.panels import Panel

FILE = Path(__file__).parent / "dashboards" / "malha.json"
SOURCE = DataSourceRef(type_val="prometheus", uid="${source}")
HEIGHT, LIGHT_HEIGHT = 8, 4


def made() -> str:
    """The dashboard, as it is checked in."""
    board = (
        dashboard.Dashboard("Malha")
        .uid("malha")
        .description("From the question to the cause: read it from the top. Runbook: docs/operations.md")
        .tags(["malha"])
        .readonly()
        .refresh("10s")
        .time("now-1h", "now")
        .timezone("browser")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .with_variable(dashboard.DatasourceVariable("source").label("Prometheus").type("prometheus"))
    )
    number = 0
    for row in (*of_notices.ROWS, *of_servers.ROWS):
        board.with_row(dashboard.Row(row.title))
        for panel in row.panels:
            number += 1
            board.with_panel(_panel(panel, number))
    return json.dumps(board.build(), cls=JSONEncoder, indent=1, sort_keys=True) + "\n"


def _panel(panel: Panel, number: int) -> timeseries.Panel | stat.Panel:
    built = _lines(panel) if panel.light is None else _light(panel, panel.light)
    built.id(number).title(panel.title).description(panel.description).datasource(SOURCE).unit(panel.unit)
    built.span(panel.width)
    for place, query in enumerate(panel.queries):
        target = prometheus.Dataquery().expr(query.expression).datasource(SOURCE)
        target.ref_id(string.ascii_uppercase[place])
        built.with_target(target.legend_format(query.legend) if query.legend else target.instant())
    return built


def _lines(_panel: Panel) -> timeseries.Panel:
    return (
        timeseries.Panel()
        .height(HEIGHT)
        .min(0)
        .fill_opacity(8)
        .legend(
            common.VizLegendOptions()
            .display_mode(LegendDisplayMode.LIST)
            .placement(LegendPlacement.BOTTOM)
            .show_legend(True)
        )
        .tooltip(common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING))
    )


def _light(_panel: Panel, red_from: float) -> stat.Panel:
    steps = [Threshold(value=None, color="green"), Threshold(value=red_from, color="red")]
    return (
        stat.Panel()
        .height(LIGHT_HEIGHT)
        .graph_mode(BigValueGraphMode.NONE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .thresholds(dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps))
    )


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(made())
