"""What the address of a board asks for: its filters, and where its page begins."""

from collections.abc import Collection, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import web
from multidict import MultiDict

from services.registry.http.answers import now
from services.registry.http.paging import Paging
from services.registry.http.parameters import Parameters
from shared import data
from shared.notices.dates import day_of

ROWS: Final = 50
_OF_EVERY_BOARD: Final = frozenset({"cursor"})


class Asked:
    """A board's filters; a form that was sent with a field left blank did not ask for it."""

    def __init__(self, request: web.Request, names: Collection[str] = ("mesoregion",)) -> None:
        given = MultiDict(
            (name, value) for name, value in request.query.items() if value.strip() and name != "lang"
        )
        self.parameters = Parameters(given, {*names, *_OF_EVERY_BOARD})
        self.paging = Paging(ROWS, given.get("cursor"), now())
        self.today = day_of(self.paging.now)
        self.chosen: dict[str, str] = {
            name: value for name, value in given.items() if name not in _OF_EVERY_BOARD
        }
        self._path = request.path

    @property
    def mesoregion(self) -> str | None:
        """The region asked for."""
        return self.parameters.one_of("mesoregion", data.mesoregions())

    def address(self, **changes: str | None) -> str:
        """The board with its filters and *changes* of them; None: without that one."""
        query = {name: value for name, value in {**self.chosen, **changes}.items() if value}
        return f"{self._path}?{urlencode(query)}" if query else self._path

    def context(self, following: str | None) -> Mapping[str, Any]:
        """What the parts common to all boards show; *following*: the cursor of the next page."""
        return {
            "chosen": self.chosen,
            "regions": data.mesoregions(),
            "today": self.today,
            "address": self.address,
            "first": self.paging.cursor is None,
            "following": None if following is None else self.address(cursor=following),
        }


def export(path: str, **filters: str | None) -> str:
    """The address of a list of the interface as a spreadsheet."""
    return (
        f"{path}?{urlencode({**{name: value for name, value in filters.items() if value}, 'format': 'xlsx'})}"
    )
