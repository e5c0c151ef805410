"""The metrics are those of one list, and cannot grow without bound."""

import ast
from pathlib import Path
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from shared import metrics
from tests.integration.seeing.test_following import post
from tests.support.events import event
from tests.support.street import NAMES, Street

ROOT: Final = Path(metrics.__file__).parent.parent
LISTED: Final = {
    constant: found._name
    for constant, found in vars(metrics).items()
    if isinstance(found, Counter | Gauge | Histogram)
}
"""Each metric of the list, by its constant."""
OF_PYTHON: Final = ("python_", "process_")


async def test_every_service_shows_the_list_and_nothing_else(way: Street) -> None:
    """A name on a dashboard exists, and what exists is documented where the list stands."""
    for name in NAMES:
        shown = {family.name for family in await way.metrics(name) if not family.name.startswith(OF_PYTHON)}
        assert shown == set(LISTED.values()), name


async def test_every_label_keeps_to_its_values(way: Street) -> None:
    """Whatever a stranger asks for or sends, no label takes a value from it."""
    await post(way, event(id="labels", subject="labels"))
    for path in (
        "/nobody/../knows/%00",
        "/v1/agreements/" + "x" * 500,
        "/v1/receipts/MG-x",
        "/" + "y" * 2000,
    ):
        for name in NAMES:
            async with way.http.get(way.url(name) + path, headers={"traceparent": "z" * 300}) as answer:
                assert answer.status < 500
    strange = [
        (sample.name, label, value)
        for name in NAMES
        for family in await way.metrics(name)
        if family.name in LISTED.values()
        for sample in family.samples
        for label, value in sample.labels.items()
        if label not in {"le", "quantile"} and not metrics.LABELS[label].fullmatch(value)
    ]
    assert strange == []


async def test_each_metric_of_the_list_is_set_somewhere() -> None:
    """What nobody sets shows zero for ever, and looks like good news."""
    used = {
        node.attr
        for folder in ("services", "shared")
        for file in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "metrics"
    }
    of_its_own = {"CANARY_SECONDS", "CANARY_TIMESTAMP"}  # set by a function beside them
    assert set(LISTED) - used == of_its_own


async def test_each_label_of_the_list_has_its_values_named() -> None:
    """Whoever adds a label says what it may hold."""
    labels = {
        label
        for found in vars(metrics).values()
        if isinstance(found, Counter | Gauge | Histogram)
        for label in found._labelnames
    }
    assert labels == set(metrics.LABELS)
