"""What was known when: every position can be asked, and says what the notices known by then amount to."""

import random
from collections import defaultdict
from datetime import date
from typing import Any

import msgspec
import pytest

from services.registry.writing.registrar import Registrar
from shared.notices.envelope import Notice
from shared.notices.protocol import agreement_id
from tests.support import known
from tests.support import reference_fold as reference
from tests.support.drawing import drawn
from tests.support.registered import Sql, delivered, require_sound
from tests.support.tellings import lives
from tests.support.told import MEMBER, SUBJECT, signed, told


def numbered(life: list[Notice], run: int, chance: random.Random) -> list[Notice]:
    """*life* with ids, and now and then one of its notices retracted."""
    notices = [msgspec.structs.replace(notice, id=f"{run}-{n}") for n, notice in enumerate(life)]
    wrong = chance.choice(notices)
    if wrong.agreement_subject is not None and chance.random() < 0.4:
        retraction = told("retracted", run, reason="engano", notice=wrong.protocol)
        notices.append(
            msgspec.structs.replace(retraction, member=wrong.member, subject=wrong.agreement_subject)
        )
    return notices


@pytest.mark.parametrize("lived", range(4))
async def test_each_position_says_what_its_notices_amount_to(
    registrar: Registrar, sql: Sql, lived: int
) -> None:
    """As of any day, as known then: counted anew by a fold that shares no code with the registry's."""
    at: dict[int, dict[str, list[Notice]]] = {}
    so_far: dict[str, list[Notice]] = defaultdict(list)
    chance = random.Random(lived)  # noqa: S311 - an order, no secret
    waiting = [n for run, life in enumerate(drawn(lives, 60)[lived::4]) for n in numbered(life, run, chance)]
    chance.shuffle(waiting)
    while waiting:
        batch, waiting = waiting[: (size := chance.randint(1, 7))], waiting[size:]
        await registrar.register([delivered(notice) for notice in batch])
        for notice in batch:
            if (subject := notice.agreement_subject) is not None:
                so_far[agreement_id(notice.member, subject)].append(notice)
        position = await sql.fetchval("SELECT position FROM head")
        at[position] = {agreement: list(notices) for agreement, notices in so_far.items()}
    await require_sound(sql)
    days = [date(1900, 1, 1), date(2200, 1, 1), *chance.sample(_days(so_far), 12)]
    for position in sorted(at)[::3]:
        for day in days:
            expected = {agreement: known.recounted(told, day) for agreement, told in at[position].items()}
            assert await known.stored(sql, position, day) == expected, (position, day)


def _days(agreements: dict[str, list[Notice]]) -> list[date]:
    return sorted({day for told in agreements.values() for day in reference.days_worth_asking(told)})


async def rows(sql: Sql, table: str) -> list[dict[str, Any]]:
    """All rows of *table*."""
    return [dict(row) for row in await sql.fetch(f"SELECT * FROM {table} ORDER BY since, from_day")]  # noqa: S608


async def test_what_does_not_change_is_not_written_anew(registrar: Registrar, sql: Sql) -> None:
    """A note about an agreement, a new title: its rows stay, and nothing becomes past."""
    await registrar.register([delivered(signed("2020", effective_on="2020-02-01"))])
    before = await rows(sql, "segment"), await rows(sql, "facet")
    await registrar.register(
        [
            delivered(told("confirmed", time="2024-01-01T00:00:00Z")),
            delivered(told("amended", effective_on="2024-02-01", changes={"title": "Outro"})),
        ]
    )
    assert (await rows(sql, "segment"), await rows(sql, "facet")) == before
    assert not await rows(sql, "segment_past")
    assert not await rows(sql, "facet_past")


async def test_a_row_that_is_cut_is_past_from_then_on(registrar: Registrar, sql: Sql) -> None:
    """A theme until further notice, then until a day: both were true when they were known."""
    await registrar.register([delivered(signed("2020", themes=["AGUA"]))])
    await registrar.register(
        [delivered(told("amended", effective_on="2024-01-01", changes={"themes": ["CULT"]}))]
    )
    themes = "SELECT value, from_day, to_day, since FROM {} WHERE name = 'theme' ORDER BY value"
    (past,) = [
        tuple(row) for row in await sql.fetch(themes.format("facet_past").replace("since", "since, until"))
    ]
    assert past == ("AGUA", date.min, date.max, 1, 2)
    assert [tuple(row) for row in await sql.fetch(themes.format("facet"))] == [
        ("AGUA", date.min, date(2024, 1, 1), 2),
        ("CULT", date(2024, 1, 1), date.max, 2),
    ]


async def test_completeness_is_of_the_data_at_last(registrar: Registrar, sql: Sql) -> None:
    """Scored, never enforced: what is missing is named, and telling it raises the score."""
    await registrar.register([delivered(signed("2020"))])
    score = "SELECT completeness, missing FROM agreement WHERE member = $1 AND subject = $2"
    before, missing = await sql.fetchrow(score, MEMBER, SUBJECT) or (0, [])
    assert {"object", "themes"} <= {*missing}
    assert "signed_on" not in missing
    await registrar.register(
        [delivered(told("amended", effective_on="2150-01-01", changes={"themes": ["AGUA"]}))]
    )
    after, missing = await sql.fetchrow(score, MEMBER, SUBJECT) or (0, [])
    assert "themes" not in missing
    assert 0 < before < after < 100
