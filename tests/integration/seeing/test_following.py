"""What an operator sees of a notice on its way, and of the way while no notice takes it."""

import os
from typing import Any, Final

import msgspec

from shared.tracing import carried_trace
from tests.support.events import event
from tests.support.feed import listening
from tests.support.registry import connected
from tests.support.street import Street
from tests.support.world import eventually

STAGES: Final = (
    ("ingest", "notice_accepted"),
    ("registry", "notice_registered"),
    ("registry", "item_published"),
    ("notifier", "item_told"),
)


async def post(way: Street, body: Any, content_type: str = "application/json", **headers: str) -> Any:
    """What ingest answers with a 202 to the city's *body*."""
    told = {**way.headers("member"), "Content-Type": content_type, **headers}
    url = way.url("ingest") + "/v1/notices"
    async with way.http.post(url, data=msgspec.json.encode(body), headers=told) as answer:
        assert answer.status == 202, await answer.text()
        return await answer.json()


async def traces_of(way: Street, protocol: str) -> set[str]:
    """The trace ids under which all stages tell of that notice, once all of them do."""
    found: dict[tuple[str, str], str] = {}

    async def all_have_told() -> bool:
        for stage in STAGES:
            for fact in way.facts(*stage):
                if fact["protocol"] == protocol:
                    found[stage] = fact["trace_id"]
        return len(found) == len(STAGES)

    await eventually(all_have_told, f"all stages tell of {protocol}")
    return set(found.values())


async def test_one_trace_leads_through_the_logs_of_three_processes(way: Street) -> None:
    """From the POST to the readers, by the sender's own id, and to the item that the readers got."""
    trace = os.urandom(16).hex()
    notice = event(id=trace, subject=f"PROC {trace}")
    async with listening(way.url("notifier"), **way.headers("member")) as listener:
        await listener.next()
        receipt = await post(way, notice, traceparent=f"00-{trace}-00f067aa0ba902b7-00")
        item = await listener.next()
        while item.data.get("protocol") != receipt["protocol"]:
            item = await listener.next()
    assert carried_trace(item.data["traceparent"]) == trace
    assert await traces_of(way, receipt["protocol"]) == {trace}


async def test_a_batch_without_a_trace_gets_one_for_all_its_notices(way: Street) -> None:
    """Whoever sends none can be followed too; what came together is found together."""
    run = os.urandom(8).hex()
    batch = [event(id=f"{run}-{n}", subject=f"PROC {run}/{n}") for n in (1, 2)]
    answer = await post(way, batch, "application/cloudevents-batch+json")
    first, second = [await traces_of(way, receipt["protocol"]) for receipt in answer["receipts"]]
    assert first == second
    assert len(first) == 1


async def test_a_canary_is_timed_at_each_stage_and_counts_nowhere(way: Street) -> None:
    """Silence is proven to be silence, end to end, and nobody's figures change by it."""
    stages = {"accepted": "ingest", "registered": "registry", "published": "registry", "told": "notifier"}

    async def counts() -> list[float]:
        return [
            await way.sample(name, "malha_canary_seconds_count", stage=stage)
            for stage, name in stages.items()
        ]

    before, dead = await counts(), way.facts("registry", "notice_dead")

    async def two_more_came_to_the_end() -> bool:
        # The registry counts a canary when its confirm is here: a reader may have been told before.
        return all(now >= then + 2 for now, then in zip(await counts(), before, strict=True))

    await eventually(two_more_came_to_the_end, "two canaries more were timed at each stage")
    async with connected(way.database_url) as sql:
        assert await sql.fetchval("SELECT count(*) FROM entry WHERE type LIKE '%canary%'") == 0
        assert await sql.fetchval("SELECT h.position = (SELECT count(*) FROM feed_item) FROM head h")
    assert way.facts("registry", "notice_dead") == dead
