"""Where a notice is, for whoever holds its number; the chain behind it; and the feed page by page."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.registry.http import feed
from services.registry.network import acknowledgements
from shared.notices.envelope import Notice
from shared.notices.protocol import protocol_of
from tests.support.registry import (
    BELO_HORIZONTE,
    UBERLANDIA,
    Registry,
    Teller,
    connected,
    sister_city,
)

UNKNOWN = protocol_of(BELO_HORIZONTE, "/test", "never sent")


async def test_a_receipt_shows_each_stage_to_whoever_holds_the_number(
    registry: Registry, teller: Teller, database: str
) -> None:
    """Like a parcel's number; it may be read out on the telephone."""
    told = await teller.tell("agreement.signed", sister_city(), subject="P-1")
    receipt = await registry.json(f"/v1/receipts/{told.protocol}")
    assert receipt["protocol"] == told.protocol
    assert (receipt["status"], receipt["conflicts"]) == ("registered", [])
    assert set(receipt) == {"protocol", "status", "digest", "conflicts", "stages"}
    assert receipt["stages"]["received_at"] <= receipt["stages"]["registered_at"]
    assert receipt["stages"]["published_at"] is None

    published_at = datetime.now(UTC) + timedelta(seconds=1)
    async with connected(database) as connection:
        await connection.execute("INSERT INTO publication VALUES (5, 1, $1)", published_at)
    spelt = told.protocol.lower().replace("0", "o")
    receipt = await registry.json(f"/v1/receipts/{spelt}")
    assert datetime.fromisoformat(receipt["stages"]["published_at"]) == published_at


async def test_the_last_stage_is_that_somebody_of_the_state_took_note(
    registry: Registry, teller: Teller, database: str
) -> None:
    """From the first time that a version was noted in which the notice stands; an earlier one is not it."""
    first = await teller.tell("agreement.signed", sister_city(), subject="P-1")
    second = await teller.tell("agreement.confirmed", {}, subject="P-1")
    nothing = await teller.tell("municipality.nothing_to_declare", {"as_of": "2026-11-01"})
    async with connected(database) as connection:
        agreement = await connection.fetchval("SELECT id FROM agreement")
        await acknowledgements.add(connection, agreement, first.position, "of-office", "office")
        noted_at = await connection.fetchval("SELECT acknowledged_at FROM acknowledgement")

    async def stages(protocol: str) -> dict[str, Any]:
        found: dict[str, Any] = (await registry.json(f"/v1/receipts/{protocol}"))["stages"]
        return found

    assert datetime.fromisoformat((await stages(first.protocol))["acknowledged_at"]) == noted_at
    assert (await stages(second.protocol))["acknowledged_at"] is None
    assert "acknowledged_at" not in await stages(nothing.protocol)
    async with connected(database) as connection:
        await acknowledgements.add(connection, agreement, second.position, "of-office", "office")
    assert (await stages(second.protocol))["acknowledged_at"] is not None
    assert datetime.fromisoformat((await stages(first.protocol))["acknowledged_at"]) == noted_at
    page = await (await registry.get(f"/protocolos/{second.protocol}")).text()
    assert page.count('class="done"') == 3  # received, registered, noted: nothing was published here
    assert "Ciente do Estado" in page
    assert "Ciente" not in await (await registry.get(f"/protocolos/{nothing.protocol}")).text()


async def test_remarks_are_for_the_sender_its_member_the_office_and_the_coordination(
    registry: Registry, teller: Teller
) -> None:
    """A vendor that sent for a city reads what was remarked; another city with the number does not."""
    own = await teller.tell("agreement.signed", sister_city(), subject="P-1")
    sent = await teller.tell("agreement.signed", sister_city(), subject="P-2", by=("member", UBERLANDIA))
    for told, readers in (
        (own, {"own", "office", "coordination"}),
        (sent, {"own", "other", "office", "coordination"}),
    ):
        for asker in ("anonymous", "own", "other", "office", "coordination"):
            receipt = await registry.json(f"/v1/receipts/{told.protocol}", asker)
            assert ("remarks" in receipt) == (asker in readers), asker


async def test_a_conflict_is_listed_on_the_receipt_of_the_first(registry: Registry, teller: Teller) -> None:
    """The same identity with other content changes nothing, and is not forgotten."""
    told = await teller.tell("agreement.signed", sister_city(), subject="P-1", id="1")
    other = Notice(
        member=BELO_HORIZONTE,
        source="/test",
        id="1",
        type="br.malha.agreement.signed.v1",
        subject="P-1",
        data=sister_city(title="Outro"),
    )
    await teller.attempt(other)
    receipt = await registry.json(f"/v1/receipts/{told.protocol}")
    assert receipt["status"] == "registered"
    assert [list(conflict) for conflict in receipt["conflicts"]] == [["received_at"]]


async def test_a_number_that_is_not_there_is_not_yet_known(registry: Registry, database: str) -> None:
    """It may be on its way; a misread one shows by its check symbol; a dead one is said to be dead."""
    answer = await registry.get(f"/v1/receipts/{UNKNOWN}")
    assert answer.status == 404
    assert answer.headers["Retry-After"] == "1"
    assert (await answer.json(content_type=None))["code"] == "not_yet_known"
    for malformed in ("MG-1", "x", UNKNOWN[:-1] + ("0" if UNKNOWN[-1] != "0" else "1"), "%00"):
        assert (await registry.get(f"/v1/receipts/{malformed}")).status == 400, malformed
    async with connected(database) as connection:
        await connection.execute(
            "INSERT INTO dead VALUES ($1, 'm', $2, 'unreadable', now())", UNKNOWN, datetime.now(UTC)
        )
    receipt = await registry.json(f"/v1/receipts/{UNKNOWN}")
    assert (receipt["status"], receipt["digest"]) == ("dead", None)
    assert "discarded_at" not in receipt
    async with connected(database) as connection:
        await connection.execute("UPDATE dead SET discarded_at = '2026-11-22T04:00:00Z'")
    given_up = await registry.json(f"/v1/receipts/{UNKNOWN}")
    assert given_up == {**receipt, "discarded_at": "2026-11-22T04:00:00Z"}
    page = await registry.get(f"/protocolos/{UNKNOWN}", Accept="text/html")
    assert "foi descartado" in await page.text()


async def test_the_chain_verifies_and_any_change_breaks_it(
    registry: Registry, teller: Teller, database: str
) -> None:
    """Recomputed from what is stored, always 200, with the first sequence at which it does not hold."""
    path = f"/v1/ledger/{BELO_HORIZONTE}"
    assert await registry.json(path) == {"member": BELO_HORIZONTE, "length": 0, "head": None}
    assert (await registry.json(f"{path}/verify"))["intact"] is True
    for number in range(1, 251):
        await teller.tell("municipality.nothing_to_declare", {"as_of": "2026-01-01"}, id=f"n{number}")
    chain = await registry.json(path)
    assert chain["length"] == 250
    verified = await registry.json(f"{path}/verify")
    assert verified == {**chain, "erased": 0, "intact": True, "broken_at": None}

    async with connected(database) as connection:
        position = await connection.fetchval(
            "SELECT position FROM entry WHERE member = $1 AND sequence = 120", BELO_HORIZONTE
        )
        stored = await connection.fetchval("SELECT fields FROM disclosure WHERE position = $1", position)
        for change, broken_at in (
            ("""UPDATE disclosure SET fields = replace(fields::text, '2026-01-01', '2026-01-02')::json
                WHERE position = $1""", 120),
            ("UPDATE disclosure SET fields = '{}' WHERE position = $1", 120),
        ):  # fmt: skip
            await connection.execute(change, position)
            broken = await registry.json(f"{path}/verify")
            assert (broken["intact"], broken["broken_at"]) == (False, broken_at)
            await connection.execute(
                "UPDATE disclosure SET fields = $2 WHERE position = $1", position, stored
            )
        assert (await registry.json(f"{path}/verify"))["intact"] is True
        await connection.execute("UPDATE chain SET length = 251 WHERE member = $1", BELO_HORIZONTE)
        assert (await registry.json(f"{path}/verify"))["broken_at"] == 251
    assert (await registry.get("/v1/ledger/org-nobody")).status == 404
    assert (await registry.get("/v1/ledger/org-nobody/verify")).status == 404


async def positions(registry: Registry, query: str, asker: str = "office") -> tuple[list[int], int, int]:
    """(positions of the items, position, head) of a page of the feed."""
    page: dict[str, Any] = await registry.json(f"/v1/feed?{query}", asker)
    return [item["position"] for item in page["items"]], page["position"], page["head"]


async def test_the_feed_is_paged_without_gap_or_repetition(registry: Registry, teller: Teller) -> None:
    """Backfill included, unless it is not wanted; `position` says how far the page is complete."""
    await teller.tell("agreement.signed", sister_city(), subject="P-1", backfill=True)
    for number in range(2, 6):
        await teller.tell("agreement.signed", sister_city(), subject=f"P-{number}")
    assert await positions(registry, "") == ([1, 2, 3, 4, 5], 5, 5)
    assert await positions(registry, "limit=2") == ([1, 2], 2, 5)
    assert await positions(registry, "after=2&limit=2") == ([3, 4], 4, 5)
    assert await positions(registry, "after=5") == ([], 5, 5)
    assert await positions(registry, "after=6") == ([], 5, 5)
    assert await positions(registry, "backfill=false") == ([2, 3, 4, 5], 5, 5)
    assert await positions(registry, "subject=P-3&subject=P-4") == ([3, 4], 5, 5)
    assert await positions(registry, "country=CN") == ([], 5, 5)
    for query, parameter in (("afer=1", "afer"), ("after=-1", "after"), ("after=1&after=2", "after")):
        assert (await registry.json(f"/v1/feed?{query}", status=400))["parameter"] == parameter


async def test_one_request_scans_a_bounded_part_of_the_feed(
    registry: Registry, teller: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A filter that matches nothing must not read the whole feed at once; one goes on from `position`."""
    monkeypatch.setattr(feed, "_CHUNK_ROWS", 2)
    monkeypatch.setattr(feed, "_SCANNED_ROWS", 4)
    for number in range(1, 8):
        await teller.tell("agreement.signed", sister_city(), subject=f"P-{number}")
    assert await positions(registry, "subject=P-7") == ([], 4, 7)
    assert await positions(registry, "subject=P-7&after=4") == ([7], 7, 7)


async def test_items_are_judged_by_what_their_agreement_is_now(registry: Registry, teller: Teller) -> None:
    """An agreement that is hidden today takes its old items with it; one that opens does not open them."""
    await teller.tell("agreement.signed", sister_city(), subject="hidden")
    await teller.tell("agreement.signed", sister_city(visibility="restricted"), subject="opened")
    change = {"effective_on": "2026-01-01"}
    await teller.tell(
        "agreement.amended", {**change, "changes": {"visibility": "restricted"}}, subject="hidden"
    )
    await teller.tell("agreement.amended", {**change, "changes": {"visibility": "public"}}, subject="opened")
    assert (await positions(registry, "", "anonymous"))[0] == [4]
    assert (await positions(registry, "", "other"))[0] == [4]
    assert (await positions(registry, "", "own"))[0] == [1, 2, 3, 4]
    page = await registry.json("/v1/feed", "own")
    assert [item["visibility"] for item in page["items"]] == ["restricted"] * 3 + ["public"]
