"""The review list: what does not fit together, until a later notice or the coordination closes it."""

from typing import Any

from services.registry.folding.rules import NO_RULES
from services.registry.writing import redrawing, store
from services.registry.writing.registrar import Registrar
from tests.support.registered import Sql, delivered
from tests.support.told import signed, told

ENDED = told("terminated", effective_on="2024-05-01")


async def reviews(sql: Sql) -> list[dict[str, Any]]:
    """All reviews, in the order in which they were opened."""
    return [dict(row) for row in await sql.fetch("SELECT * FROM review ORDER BY id")]


async def test_a_contradiction_is_opened_with_its_notice(registrar: Registrar, sql: Sql) -> None:
    """In the same transaction, about the notice, with what to do in both languages."""
    await registrar.register([delivered(ENDED)])
    (review,) = await reviews(sql)
    assert (review["kind"], review["code"], review["protocol"]) == (
        "contradiction",
        "never_told",
        ENDED.protocol,
    )
    assert (review["opened_by"], review["closed_at"], review["other"]) == (1, None, "")
    assert review["opened_at"] == await sql.fetchval("SELECT registered_at FROM entry")


async def test_a_later_notice_closes_it_and_another_opens_it_again(registrar: Registrar, sql: Sql) -> None:
    """Whatever comes later: the list says what is wrong now, and by which notice it became so."""
    await registrar.register([delivered(ENDED)])
    signature = signed("2020")
    await registrar.register([delivered(signature)])
    (closed,) = await reviews(sql)
    assert (closed["closed_by"], closed["closing"]) == ("notice", 2)
    await registrar.register([delivered(told("retracted", reason="engano", notice=signature.protocol))])
    (again,) = await reviews(sql)
    assert (again["id"], again["closed_at"], again["closed_by"], again["closing"]) == (
        closed["id"],
        *[None] * 3,
    )


async def test_what_the_coordination_closed_stays_closed(registrar: Registrar, sql: Sql) -> None:
    """It has judged, with a reason: the same contradiction coming back is not news."""
    await registrar.register([delivered(ENDED)])
    await sql.execute("UPDATE review SET closed_at = now(), closed_by = 'coordination', reason = 'visto'")
    signature = signed("2020")
    await registrar.register([delivered(signature)])
    await registrar.register([delivered(told("retracted", reason="engano", notice=signature.protocol))])
    (review,) = await reviews(sql)
    assert (review["closed_by"], review["reason"]) == ("coordination", "visto")


async def test_what_comes_and_goes_within_a_batch_is_no_review(registrar: Registrar, sql: Sql) -> None:
    """The end of an agreement, then its signature: nobody had to look."""
    await registrar.register([delivered(ENDED), delivered(signed("2020"))])
    assert await reviews(sql) == []


async def test_in_a_batch_each_review_names_the_notice_that_brought_it(
    registrar: Registrar, sql: Sql
) -> None:
    """The last of the batch is not to blame for what an earlier one said."""
    await registrar.register(
        [
            delivered(ENDED),
            delivered(told("confirmed", time="2024-06-01T00:00:00Z")),
            delivered(told("amended", effective_on="2019", changes={"title": "A"})),
        ]
    )
    assert {review["opened_by"] for review in await reviews(sql)} >= {1}


async def test_a_contradiction_with_a_rule_is_a_review_of_a_gate(registrar: Registrar, sql: Sql) -> None:
    """A loan signed without the federal approval: opened by its rule, closed when the rules ask no more."""
    await registrar.register([delivered(signed("2020-03-09", instrument="EMP"))])
    gates = [review for review in await reviews(sql) if review["kind"] == "gate"]
    assert "signed_before_federal_gate" in {review["code"] for review in gates}
    agreement = await sql.fetchval("SELECT id FROM agreement")
    await store.begin_under_head(sql)
    await redrawing.redraw(sql, [agreement], NO_RULES)
    await sql.execute("COMMIT")
    assert {review["closed_by"] for review in await reviews(sql) if review["kind"] == "gate"} == {"rules"}
