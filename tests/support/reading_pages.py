"""Pages as people get them from a registry, and what they read on them."""

import re
from html import unescape

from tests.support.registry import Registry


async def page_of(registry: Registry, path: str, asker: str = "anonymous", *, status: int = 200) -> str:
    """The HTML of a page, which must have this status."""
    answer = await registry.get(path, asker, Accept="text/html", Accept_Language="pt-BR")
    body = await answer.text()
    assert answer.status == status, body
    assert answer.content_type == "text/html"
    return body


async def text_of(registry: Registry, path: str, asker: str = "anonymous", *, status: int = 200) -> str:
    """What a page says: its text alone, with single spaces."""
    return words_in(await page_of(registry, path, asker, status=status))


def words_in(html: str) -> str:
    """The text of *html*, with single spaces."""
    main = html[html.index("<main") :] if "<main" in html else html
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())
