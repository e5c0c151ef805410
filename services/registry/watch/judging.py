"""After a change of the rules: judges every agreement anew, so that reviews open and close."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

import structlog

from services.registry import rulebook
from services.registry.folding import fold, rules
from services.registry.folding.rules import Rules
from services.registry.leader import Leader, rest
from services.registry.writing import redrawing, store
from shared import metrics
from shared.broker import sleep
from shared.database import Connection, Database

log = structlog.get_logger()

LOCK: Final = 853_000_006
CHANNEL: Final = "malha_rules"
READ_SECONDS: Final = 5.0
SLICE_AGREEMENTS: Final = 100
"""Looked at in one go, beside those who write."""
REDRAWN_AT_ONCE: Final = 20
"""Drawn anew in one transaction, while everybody else who writes waits."""
PAUSE_SECONDS: Final = 0.01


class Judge(Leader):
    """Judges while it leads; stands by otherwise."""

    name = "registry.rules"

    def __init__(self, leads: Database) -> None:
        """*leads* holds the lock, and does all of it."""
        super().__init__(leads, LOCK, CHANNEL)

    async def lead(self, connection: Connection, stop: asyncio.Event) -> None:
        """Judge after every change, until *stop*."""
        while not stop.is_set():
            self._news.clear()
            version, applied = await connection.fetchrow(_VERSIONS, timeout=READ_SECONDS) or (0, 0)
            metrics.RULES_VERSION.set(version)
            metrics.RULES_APPLIED.set(applied)
            if version == applied:
                await rest(self._news)
            else:
                await self._judge(connection, stop)

    async def _judge(self, connection: Connection, stop: asyncio.Event) -> None:
        """Judge every agreement by the rules as they are now; go on where another process was stopped."""
        now = await rulebook.load(connection)
        # Whoever registers by the version of before has committed when the head is ours.
        async with connection.transaction():
            await connection.execute("SELECT FROM head FOR UPDATE")
        known_from: int = await connection.fetchval(_GO_ON, now.version, timeout=READ_SECONDS)
        changed = await connection.fetchrow(_CHANGED, timeout=READ_SECONDS)
        log.info("rules_changed", version=now.version, by=changed and changed["changed_by"])
        looked_at = redrawn = 0
        while rows := await connection.fetch(_AGREEMENTS, known_from, SLICE_AGREEMENTS, timeout=READ_SECONDS):
            if stop.is_set():
                return
            other = await _judged_otherwise(connection, rows, now)
            for first in range(0, len(other), REDRAWN_AT_ONCE):
                await _redraw(connection, other[first : first + REDRAWN_AT_ONCE], now)
            known_from = rows[-1]["known_from"]
            if await connection.fetchval(_JUDGED_TO, now.version, known_from, timeout=READ_SECONDS) is None:
                return  # the rules changed again
            looked_at, redrawn = looked_at + len(rows), redrawn + len(other)
            await sleep(PAUSE_SECONDS, stop)
        await connection.execute(_APPLIED, now.version, timeout=READ_SECONDS)
        log.info("rules_applied", version=now.version, agreements=looked_at, judged_otherwise=redrawn)


async def _judged_otherwise(connection: Connection, rows: Sequence[Any], now: Rules) -> list[str]:
    """Those of the agreements in *rows* whose open reviews are not what the rules say *now*."""
    reviewed: dict[str, set[tuple[str, str]]] = {}
    for agreement, code, protocol in await connection.fetch(
        _REVIEWED, [row["id"] for row in rows], sorted(rules.CODES), timeout=READ_SECONDS
    ):
        reviewed.setdefault(agreement, set()).add((code, protocol))
    found = []
    for at, row in enumerate(rows):
        try:
            judged = now.contradictions(fold.agreement(fold.decode(row["fold"])))
        except Exception:  # one that cannot be judged must not keep the others from it, or end the registry
            log.exception("agreement_passed_over", agreement=row["id"])
            continue
        if {(each.code, each.protocol) for each in judged} != reviewed.get(row["id"], set()):
            found.append(row["id"])
        if at % 10 == 0:
            await asyncio.sleep(0)
    return found


async def _redraw(connection: Connection, agreements: Sequence[str], now: Rules) -> None:
    await store.begin_under_head(connection)
    try:
        await redrawing.redraw(connection, agreements, now)
        await connection.execute("COMMIT")
    except BaseException:
        with suppress(Exception):
            await connection.execute("ROLLBACK")
        raise


_VERSIONS: Final = "SELECT version, applied FROM rules"
_CHANGED: Final = "SELECT changed_by FROM rules"
_GO_ON: Final = """
UPDATE rules SET judging = $1, judged_to = CASE WHEN judging = $1 THEN judged_to ELSE 0 END
RETURNING judged_to
"""
_AGREEMENTS: Final = """
SELECT id, known_from, fold FROM agreement WHERE known_from > $1 ORDER BY known_from LIMIT $2
"""
_REVIEWED: Final = """
SELECT agreement, code, protocol FROM review
WHERE agreement = ANY($1::text[]) AND code = ANY($2::text[])
  AND (closed_at IS NULL OR closed_by = 'coordination')
"""
_JUDGED_TO: Final = "UPDATE rules SET judged_to = $2 WHERE version = $1 AND judging = $1 RETURNING true"
_APPLIED: Final = "UPDATE rules SET applied = $1 WHERE version = $1"
