"""What a page says, for tests that read it as people do: without its markup."""

import re
from html import unescape

from tests.support.registry import Registry

_MARKUP = re.compile(r"<(script|style).*?</\1>|<[^>]+>", re.DOTALL)
_BLANK = re.compile(r"\s+")


async def read(
    registry: Registry, path: str, asker: str = "coordination", *, status: int = 200, language: str = "pt-BR"
) -> str:
    """The markup of a page, which must answer with this *status*."""
    answer = await registry.get(path, asker, Accept="text/html", Accept_Language=language)
    markup = await answer.text()
    assert answer.status == status, markup
    return markup


def said(markup: str) -> str:
    """The words of a page's content, as they are read."""
    content = markup.partition("<main")[2].partition(">")[2].partition("</main>")[0]
    return _BLANK.sub(" ", unescape(_MARKUP.sub(" ", content))).strip()


def order_of(text: str, *parts: str) -> list[str]:
    """*parts* as they come one after the other in *text*; those that are not there are left out."""
    return sorted((part for part in parts if part in text), key=text.index)
