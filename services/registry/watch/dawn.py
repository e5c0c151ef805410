"""What is to be told when a day begins: of agreements, of silent municipalities, of the ledger itself.

Judged by what was known at the day's first instant, and told only if it is still true: so it does not matter
when the clock comes to it, nor how often.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import date, timedelta
from typing import Final, get_args

import asyncpg
import msgspec
import structlog

from services.registry.folding import fold
from services.registry.folding.gates import NEGOTIATING
from services.registry.folding.rules import Rules
from services.registry.watch import almanac, seals
from services.registry.watch.almanac import EXPIRING_DAYS, Announcement, first_instant
from services.registry.writing import ledger
from shared.data import STATE
from shared.database import Connection
from shared.notices.codelists import Gate
from shared.notices.dates import day_of
from shared.notices.envelope import SYSTEM_SOURCE, Notice

log = structlog.get_logger()

CHUNK_AGREEMENTS: Final = 100
_read_disclosure = msgspec.json.Decoder(ledger.Disclosure).decode

# Not later than the head as it is now, and nothing registered before the instant may still be on its way: so
# it is asked after whoever holds the head has committed.
_KNOWN_AT: Final = """
SELECT position FROM entry WHERE registered_at < $1 ORDER BY registered_at DESC, position DESC LIMIT 1
"""


async def position_at(connection: Connection, day: date) -> int:
    """The last position given before *day* began; 0: none."""
    async with connection.transaction():
        await connection.execute("SELECT FROM head FOR UPDATE")
    return await connection.fetchval(_KNOWN_AT, first_instant(day)) or 0


async def tellings(
    connection: Connection, day: date, position: int, rules: Rules
) -> AsyncIterator[list[Notice]]:
    """The notices of *day*, a few at a time; *position* is that of `position_at`."""
    yield [await _seal(connection, day, position)]
    concerned = await _concerned(connection, day, rules)
    for first in range(0, len(concerned), CHUNK_AGREEMENTS):
        yield await _of_agreements(
            connection, concerned[first : first + CHUNK_AGREEMENTS], day, position, rules
        )
    yield await _silences(connection, day)


async def _seal(connection: Connection, day: date, position: int) -> Notice:
    heads = await seals.heads_at(connection, position)
    sealed = day - timedelta(days=1)
    return Notice(
        member=STATE,
        source=SYSTEM_SOURCE,
        id=f"sealed/{sealed}",
        type=seals.SEALED_TYPE,
        time=first_instant(day),
        data={
            "day": sealed.isoformat(),
            "position": position,
            "chains": len(heads),
            "digest": seals.digest_of(position, heads),
        },
    )


# All of which something may be to tell, by the rows that stand for them; which it is, their folds say.
_CONCERNED: Final = """
SELECT agreement FROM segment WHERE from_day = $1 AND state IN ('in_force', 'expired')
UNION
SELECT agreement FROM segment
WHERE ends_on = ANY($2::date[]) AND state IN ('signed', 'in_force', 'suspended')
UNION
SELECT agreement FROM segment
WHERE signed_from = ANY($3::date[]) OR from_day = ANY($4::date[]) AND state = ANY($5::text[])
UNION
SELECT agreement FROM facet
WHERE name = 'gate' AND value = ANY($6::text[]) AND to_day > $1
  AND (from_day = ANY($7::date[]) OR from_day = '-infinity')
"""


async def _concerned(connection: Connection, day: date, rules: Rules) -> list[str]:
    rows = await connection.fetch(
        _CONCERNED,
        day,
        [day + timedelta(days) for days in EXPIRING_DAYS],
        almanac.beginnings(day, rules.terms_days("signing")),
        almanac.beginnings(day, rules.terms_days("proposal")),
        sorted(NEGOTIATING),
        list(get_args(Gate)),
        almanac.beginnings(day, rules.terms_days("age")),
    )
    return sorted(row[0] for row in rows)


_AGREEMENTS: Final = """
SELECT id, member, subject, version, fold FROM agreement WHERE id = ANY($1::text[]) ORDER BY known_from
"""
_KNOWN_THEN: Final = """
SELECT e.entry, d.fields FROM entry e JOIN disclosure d ON d.position = e.position
WHERE e.agreement = $1 AND e.position <= $2 AND e.type LIKE 'br.malha.agreement.%'
"""


async def _of_agreements(
    connection: Connection, ids: Sequence[str], day: date, position: int, rules: Rules
) -> list[Notice]:
    notices = []
    for row in await connection.fetch(_AGREEMENTS, ids):
        since = row["version"] > position
        then = await connection.fetch(_KNOWN_THEN, row["id"], position) if since else None
        try:
            told = _told_of(row, then, day, rules)
        except Exception:  # one that cannot be judged must not silence the others, or end the registry
            log.exception("agreement_passed_over", agreement=row["id"], day=day.isoformat())
            continue
        notices += [_notice(row, day, announcement) for announcement in told]
    return notices


def _told_of(
    agreement: asyncpg.Record, then: Sequence[asyncpg.Record] | None, day: date, rules: Rules
) -> list[Announcement]:
    """What is to be told of *agreement*; *then*: its notices of before the day, if others came since."""
    now = list(almanac.announcements(fold.agreement(fold.decode(agreement["fold"])), day, rules))
    if not now or then is None:
        return now
    known = [ledger.read_notice(row["entry"], _read_disclosure(row["fields"])) for row in then]
    before = fold.agreement(fold.fold(agreement["member"], agreement["subject"], known))
    return almanac.common(almanac.announcements(before, day, rules), now)


def _notice(agreement: asyncpg.Record, day: date, told: Announcement) -> Notice:
    return Notice(
        member=agreement["member"],
        source=SYSTEM_SOURCE,
        id=f"{told.fact}/{agreement['id']}/{told.about}",
        type=f"br.malha.clock.{told.fact}.v1",
        subject=agreement["subject"],
        time=first_instant(day),
        data=told.data,
    )


_SILENT: Final = """
SELECT c.member, c.last_heard_at FROM chain c JOIN member m ON m.id = c.member
WHERE m.kind = 'municipality' AND c.last_heard_at >= $1 AND c.last_heard_at < $2
ORDER BY c.member
"""


async def _silences(connection: Connection, day: date) -> list[Notice]:
    return [
        Notice(
            member=member,
            source=SYSTEM_SOURCE,
            id=f"silent/{member}/{day}",
            type="br.malha.clock.silent.v1",
            time=first_instant(day),
            data={"last_heard_on": day_of(heard_at).isoformat()},
        )
        for member, heard_at in await connection.fetch(_SILENT, *almanac.fell_silent(day))
    ]
