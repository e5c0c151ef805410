"""Asking for pages as a browser does, and reading them as people do."""

from html.parser import HTMLParser
from http import HTTPStatus

from tests.support.registry import Registry


class Read(HTMLParser):
    """The words of a page, the addresses that it leads to, what its fields hold, and all its attributes."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.fields: dict[str, str] = {}
        self.attributes: set[str] = set()
        self.markup = markup
        self._words: list[str] = []
        self._unread = 0
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where a link or a form leads, and what a field holds."""
        found = {name: held or "" for name, held in attrs}
        self.attributes |= found.keys()
        self.links += [found[name] for name in ("href", "action") if name in found]
        if tag == "input" and "name" in found:
            self.fields[found["name"]] = found.get("value", "")
        self._unread += tag in {"script", "style", "select", "title"}

    def handle_endtag(self, tag: str) -> None:
        """What follows a script is read again."""
        self._unread -= tag in {"script", "style", "select", "title"}

    def handle_data(self, data: str) -> None:
        """Note what is read."""
        if not self._unread:
            self._words.append(data)

    @property
    def words(self) -> str:
        """All of it, in single spaces."""
        return " ".join(" ".join(self._words).split())

    def leads_to(self, beginning: str) -> bool:
        """Whether a link or a form leads to an address that begins so."""
        return any(link.startswith(beginning) for link in self.links)


async def read(
    registry: Registry,
    path: str,
    asker: str = "anonymous",
    *,
    status: HTTPStatus = HTTPStatus.OK,
    language: str = "pt-BR",
) -> Read:
    """The page at *path*, which must have this status."""
    answer = await registry.get(path, asker, Accept="text/html", Accept_Language=language)
    markup = await answer.text()
    assert answer.status == status, markup
    assert answer.headers["Cache-Control"] == "no-store"
    return Read(markup)
