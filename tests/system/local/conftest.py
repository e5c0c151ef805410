from pathlib import Path

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep this folder's tests in their order: each change between one process and three costs a restart."""
    places = [place for place, item in enumerate(items) if item.path.is_relative_to(Path(__file__).parent)]
    in_order = sorted((items[place] for place in places), key=lambda item: (item.path, item.reportinfo()[1]))
    for place, item in zip(places, in_order, strict=True):
        items[place] = item
