"""What a dashboard is made of: rows of panels, each with its queries."""

from __future__ import annotations

from typing import NamedTuple

RATE = "[$__rate_interval]"


class Query(NamedTuple):
    """One query and how its series are called."""

    expression: str
    legend: str = ""


class Panel(NamedTuple):
    """One panel; *unit* is Grafana's word for it. A *light* is one number, red from its value on."""

    title: str
    description: str
    queries: tuple[Query, ...]
    unit: str = "short"
    light: float | None = None
    width: int = 8


class Row(NamedTuple):
    """Panels under one heading."""

    title: str
    panels: tuple[Panel, ...]


def flows(title: str, description: str, *queries: Query, unit: str = "cps") -> Panel:
    """What is counted, by how much of it there is each second."""
    return Panel(title, description, queries, unit=unit)


def rate(metric: str, legend: str, by: str = "") -> Query:
    """How fast the counter *metric* grows, all processes together, for each value of the labels *by*."""
    return Query(f"sum{f' by ({by}) ' if by else ''}(rate({metric}{RATE}))", legend)


def quantile(share: float, metric: str, by: str, matching: str = "") -> str:
    """The value below which *share* of what the histogram *metric* counted lies."""
    labels = ", ".join(filter(None, (by, "le")))
    return f"histogram_quantile({share}, sum by ({labels}) (rate({metric}_bucket{matching}{RATE})))"


def queue(names: str) -> str:
    """How many messages the queues called *names* (a regular expression) hold."""
    return f'max by (queue) (rabbitmq_detailed_queue_messages{{queue=~"{names}"}})'
