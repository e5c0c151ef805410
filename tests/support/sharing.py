"""What tests of one folder share: the event loop that their world lives in, and a home for its servers."""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import pytest


def share_loop(
    items: Iterable[pytest.Item], conftest: str, scope: Literal["module", "session"] = "session"
) -> None:
    """Have the tests of the folder of *conftest* run in one loop: what lives in it outlives a test."""
    for item in items:
        if item.path.is_relative_to(Path(conftest).parent):
            item.add_marker(pytest.mark.asyncio(loop_scope=scope), append=False)


def home_of(factory: pytest.TempPathFactory, name: str) -> Path:
    """A folder for servers, which the users that they run as can reach."""
    home = factory.mktemp(name)
    home.parent.parent.chmod(0o755)
    return home
