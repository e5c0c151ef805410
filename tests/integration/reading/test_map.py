"""The map: one drawing for all, and numbers that are those of the one click, for each asker."""

import re
from datetime import date

from tests.support.registry import (
    BELO_HORIZONTE,
    UBERLANDIA,
    Registry,
    Teller,
    connected,
    sister_city,
)

PATH = "/mapa/numeros"


async def test_numbers_of_the_map_are_those_of_the_one_click(registry: Registry, teller: Teller) -> None:
    """For whoever asks: what is restricted shows through no shade, and nothing known is not zero."""
    await teller.tell("agreement.signed", {**sister_city(), "effective_on": "2020-01-01"})
    await teller.tell("agreement.signed", {**sister_city(), "visibility": "network"}, subject="N-1")
    await teller.tell("agreement.signed", {**sister_city(), "visibility": "restricted"}, subject="R-1")
    restricted = {**sister_city(), "visibility": "restricted"}
    await teller.tell(
        "agreement.signed", restricted, member=UBERLANDIA, by=("coordination", "31"), subject="R-2"
    )
    for asker in ("anonymous", "own", "other", "office", "coordination"):
        told = await registry.json(PATH, asker)
        assert told["fields"] == ["signed", "in_force", "negotiating", "expiring_90_days", "last_heard_on"]
        for city in (BELO_HORIZONTE, UBERLANDIA, "3131703"):
            member = await registry.json(f"/v1/members/{city}", asker)
            shown = told["members"].get(city)
            if member["in_force"] is None:
                assert shown is None, (asker, city)
                continue
            heard = member["last_heard_at"]
            assert shown[:4] == [
                member["signed"]["ever"],
                member["in_force"],
                member["negotiating"],
                member["expiring_90_days"],
            ], (asker, city)
            assert (shown[4] is None) == (heard is None)


async def test_numbers_are_asked_for_anew_and_sent_only_when_they_changed(
    registry: Registry, teller: Teller
) -> None:
    """The console asks after every burst of facts: what is the same costs a line."""
    answer = await registry.get(PATH, "office")
    etag = answer.headers["ETag"]
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert (await registry.get(PATH, "office", **{"If-None-Match": etag})).status == 304
    await teller.tell("agreement.signed", sister_city())
    changed = await registry.get(PATH, "office", **{"If-None-Match": etag})
    assert changed.status == 200
    assert (await changed.json())["members"][BELO_HORIZONTE][0] == 1


async def test_what_ends_is_counted_on_its_day(registry: Registry, database: str) -> None:
    """A row of the tally that begins later is not there yet."""
    async with connected(database) as connection:
        await connection.executemany(
            "INSERT INTO tally VALUES ($1, $2, '', 'public', $3, $4)",
            [
                (BELO_HORIZONTE, "known", date.min, 1),
                (BELO_HORIZONTE, "in_force", date.min, 1),
                (BELO_HORIZONTE, "in_force", date(2999, 1, 1), -1),
            ],
        )
    assert (await registry.json(PATH))["members"] == {BELO_HORIZONTE: [0, 1, 0, 0, None]}


async def test_drawing_has_every_municipality_and_is_kept_by_browsers(registry: Registry) -> None:
    """Loaded apart, once: it changes when the law moves a border."""
    answer = await registry.get("/mapa.svg")
    assert answer.content_type == "image/svg+xml"
    assert "max-age" in answer.headers["Cache-Control"]
    drawing = await answer.text()
    assert len(set(re.findall(r'<path id="m(31\d{5})"', drawing))) == 853
    again = await registry.get("/mapa.svg", **{"If-None-Match": answer.headers["ETag"]})
    assert again.status == 304
