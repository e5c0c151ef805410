"""Pages that nobody owns: the door, the interface, what is shown where something is wrong."""

from __future__ import annotations

from typing import Literal

import pytest

from tests.browser.house import browsing, housed
from tests.browser.quality import LAPTOP, PHONE, no_violations, visiting
from tests.support.servers import Vhost


@pytest.mark.parametrize(("width", "theme"), [(PHONE, "light"), (LAPTOP, "dark")])
async def test_common_pages_are_without_barriers(
    vhost: Vhost, database: str, width: int, theme: Literal["light", "dark"]
) -> None:
    """On a phone by day, on a desk by night: axe finds nothing, and nothing runs out of the window."""
    async with (
        housed(vhost, database) as house,
        browsing() as browser,
        visiting(browser, house, width=width, theme=theme) as page,
    ):
        for path in ("/", "/api", "/nada-aqui"):
            await page.goto(path)
            await no_violations(page)
