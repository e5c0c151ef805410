"""What the follower derives, in tests: derived at once, without the part that runs beside the requests."""

from services.registry.finding import indexing
from tests.support.registry import connected


async def indexed(database_url: str) -> None:
    """Derive everything that is registered by now."""
    async with connected(database_url) as connection:
        while await indexing.advance(connection):
            pass
