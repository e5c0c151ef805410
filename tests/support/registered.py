"""The registry's memory in tests: deliveries to register, and what must hold of what was written."""

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg
import msgspec

from services.registry.folding import fold
from services.registry.writing import ledger
from services.registry.writing.registrar import Registrar
from services.registry.writing.rows import Days, Rows
from shared.notices.dates import day_of
from shared.notices.envelope import Delivery, Notice, Role, Sender

if TYPE_CHECKING:
    Sql: TypeAlias = asyncpg.Connection[asyncpg.Record]
else:
    Sql = asyncpg.Connection
_disclosure = msgspec.json.Decoder(ledger.Disclosure).decode


def delivered(
    notice: Notice, *, role: Role = "member", by: str | None = None, at: datetime | None = None
) -> Delivery:
    """*notice* as ingest passes it on: spoken by its own member, just now, unless told otherwise."""
    return Delivery(
        notice=notice,
        sender=Sender(role=role, member=by or notice.member, key="abcdefghijkl", door="api"),
        received_at=at or datetime.now(UTC),
        environment="test",
    )


async def register(registrar: Registrar, *notices: Notice, **how: Any) -> list[Any]:
    """Register *notices* in one batch."""
    return await registrar.register([delivered(notice, **how) for notice in notices])


async def remembered(sql: Sql) -> dict[str, Any]:
    """All that must not depend on the order of arrival: agreements, their days, their counts."""
    return {
        "agreements": await _rows(
            sql, "SELECT id, member, subject, visibility, fold, erased FROM agreement ORDER BY id"
        ),
        "segments": await _rows(
            sql,
            """SELECT agreement, from_day, to_day, state, counted, signed_from, signed_on, ends_on, amounts
               FROM segment ORDER BY agreement, from_day""",
        ),
        "facets": await _rows(
            sql, "SELECT agreement, name, value, from_day, to_day FROM facet ORDER BY 1, 2, 3, 4"
        ),
        "counts": await _rows(
            sql,
            """SELECT member, measure, key, visibility, day, n FROM tally WHERE n <> 0
               ORDER BY member, measure, key, visibility, day""",
        ),
        "nil_returns": await _rows(sql, "SELECT member, last_nil_return FROM chain ORDER BY member"),
    }


async def _rows(sql: Sql, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await sql.fetch(query)]


async def require_sound(sql: Sql) -> None:
    """Hold everything that is derived against the ledger: chains, positions, agreements, counts."""
    await _require_chains(sql)
    head = await sql.fetchval("SELECT position FROM head")
    for table in ("entry", "inbox", "disclosure", "feed_item"):
        found = [row[0] for row in await sql.fetch(f"SELECT position FROM {table} ORDER BY 1")]  # noqa: S608
        assert found == list(range(1, head + 1)), table
    for row in await sql.fetch("SELECT position, item FROM feed_item"):
        assert json.loads(row["item"])["position"] == row["position"]
    await _require_agreements(sql)


async def _require_chains(sql: Sql) -> None:
    for chain in await sql.fetch("SELECT member, length, head FROM chain"):
        verifier = ledger.Verifier(chain["member"])
        for row in await sql.fetch(
            """SELECT entry, digest, fields FROM entry JOIN disclosure USING (position)
               WHERE member = $1 ORDER BY sequence""",
            chain["member"],
        ):
            verifier.take(row["entry"], row["digest"], _disclosure(row["fields"]))
        found = verifier.result()
        assert found.intact, found
        assert found.head == (chain["length"], chain["head"])


async def _require_agreements(sql: Sql) -> None:
    today = day_of(datetime.now(UTC))
    counted: dict[tuple[str, str, str, str], int] = {}
    for row in await sql.fetch("SELECT id, member, subject, fold FROM agreement"):
        notices = [
            ledger.read_notice(entry["entry"], _disclosure(entry["fields"]))
            for entry in await sql.fetch(
                "SELECT entry, fields FROM entry JOIN disclosure USING (position) WHERE agreement = $1",
                row["id"],
            )
        ]
        whole = fold.agreement(fold.fold(row["member"], row["subject"], notices))
        assert whole == fold.agreement(fold.decode(row["fold"]))
        rows = Rows.of(whole)
        assert {(_plain(days), first, end) for days, first, end in rows.segments} == {
            (_plain(Days(*(found[name] for name in Days._fields))), found["from_day"], found["to_day"])
            for found in await sql.fetch("SELECT * FROM segment WHERE agreement = $1", row["id"])
        }
        assert set(rows.facets) == {
            ((found["name"], found["value"]), found["from_day"], found["to_day"])
            for found in await sql.fetch("SELECT * FROM facet WHERE agreement = $1", row["id"])
        }
        for mark in rows.counts:
            if mark.from_day <= today < mark.to_day:
                at = (mark.member, mark.measure, mark.key, mark.visibility)
                counted[at] = counted.get(at, 0) + 1
    assert counted == await counts_on(sql, today)


def _plain(days: Days) -> Days:
    """*days* with their amounts as any reader of JSON sees them."""
    told = days.amounts
    return days if told is None else days._replace(amounts=json.dumps(json.loads(told), sort_keys=True))


async def counts_on(sql: Sql, day: date) -> dict[tuple[str, str, str, str], int]:
    """Every figure of a day that is not zero, as the maintained counts have it."""
    rows = await sql.fetch(
        """SELECT member, measure, key, visibility, sum(n)::bigint AS n FROM tally WHERE day <= $1
           GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0""",
        day,
    )
    return {(row["member"], row["measure"], row["key"], row["visibility"]): row["n"] for row in rows}
