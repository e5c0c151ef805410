"""The gates' rules as the reading side holds them: read anew when their version moves."""

from typing import Final

from aiohttp import web

from services.registry import queries, rulebook
from services.registry.folding.rules import Rules


class Rulings:
    """The rules that were read last."""

    def __init__(self) -> None:
        self._rules: Rules | None = None

    async def now(self, connection: queries.Connection) -> Rules:
        """The rules as they are now."""
        if self._rules is None or self._rules.version != await queries.rules_version(connection):
            self._rules = await rulebook.load(connection)
        return self._rules


RULINGS: Final = web.AppKey("rulings", Rulings)
