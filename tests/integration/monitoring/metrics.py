"""Names of metrics in queries, and those that our own processes show."""

import re

from prometheus_client import CollectorRegistry
from prometheus_client.metrics import MetricWrapperBase

from shared import metrics

_NAME = re.compile(r"\b(?:malha|rabbitmq|process)_[a-z0-9_]+(?=[\s{\[)]|$)")


def named_in(query: str) -> set[str]:
    """Every metric that *query* asks for."""
    return set(_NAME.findall(re.sub(r'"(?:[^"\\]|\\.)*"', '""', query)))


def ours() -> set[str]:
    """Every series that the list of `shared.metrics` can show, by name, its suffixes included."""
    registry = CollectorRegistry()
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase):
            registry.register(metric)
    suffixes = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}
    return {f"{family.name}{suffix}" for family in registry.collect() for suffix in suffixes[family.type]}
