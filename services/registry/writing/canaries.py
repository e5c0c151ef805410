"""The last canary that came the way of notices. Connection first; nothing here commits."""

from services.registry.queries import Connection
from shared.notices.canary import Canary

_KEEP = """
WITH passed AS (
    INSERT INTO canary (id, sent_at, environment) VALUES ($1, $2, $3)
    ON CONFLICT (alone) DO UPDATE
    SET id = excluded.id, sent_at = excluded.sent_at, environment = excluded.environment, passed_at = now()
)
SELECT pg_notify('malha_feed', '')
"""


async def keep(connection: Connection, canary: Canary) -> None:
    """Keep *canary* as the last that came this way, and wake whoever publishes the feed."""
    await connection.execute(_KEEP, canary.id, canary.sent_at, canary.environment)
