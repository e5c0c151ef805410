"""One agreement in full: what it belongs to, what is asked about it, what it lacks, what changed in it."""

import json
from typing import Any

import pytest

from shared.notices.envelope import Role
from shared.notices.protocol import agreement_id
from tests.support.registry import BELO_HORIZONTE, Registry, Teller, connected, sister_city

ASKERS = ("anonymous", "own", "other", "office", "coordination")
COORDINATION: tuple[Role, str] = ("coordination", "31")


def address(subject: str, member: str = BELO_HORIZONTE) -> str:
    """Where the agreement stands."""
    return f"/v1/agreements/{agreement_id(member, subject)}"


async def test_parents_and_children_know_each_other(registry: Registry, teller: Teller) -> None:
    """An amendment names its parent; the parent lists what names it, as far as the asker may see."""
    await teller.tell("agreement.signed", sister_city(), subject="P-1")
    for subject, visibility in (("A-1", "public"), ("A-2", "network"), ("A-3", "restricted")):
        told = sister_city(instrument="ADT", parent="P-1", visibility=visibility)
        await teller.tell("agreement.signed", told, subject=subject)
    child = await registry.json(address("A-1"))
    assert child["parent"] == {"id": agreement_id(BELO_HORIZONTE, "P-1"), "subject": "P-1"}
    for asker, children in (
        ("anonymous", ["A-1"]),
        ("other", ["A-1", "A-2"]),
        ("own", ["A-1", "A-2", "A-3"]),
        ("office", ["A-1", "A-2", "A-3"]),
    ):
        parent = await registry.json(address("P-1"), asker)
        assert [one["subject"] for one in parent["children"]] == children, asker
        found = await registry.json(f"/v1/agreements?parent={parent['id'].lower()}", asker)
        assert {item["subject"] for item in found["items"]} == {*children}, asker


async def test_the_same_notices_read_the_same_byte_for_byte(registry: Registry, teller: Teller) -> None:
    """Whether an agreement was folded as its notices came, or anew for a late one, does not show."""
    partner = {"name": "Porto", "kind": "city", "country": "PT"}
    amended = {"effective_on": "2024-06-01", "changes": {"renewal": "auto"}}
    signed = sister_city(signed_on="2020-01-01", partners=[partner])
    for subject, first, later in (
        ("B-1", ("signed", signed), ("amended", amended)),
        ("B-2", ("amended", amended), ("signed", signed)),
    ):
        await teller.tell(f"agreement.{first[0]}", first[1], subject=subject)
        await teller.tell(f"agreement.{later[0]}", later[1], subject=subject)
    texts = [
        json.dumps((await registry.json(address(subject)))["data"], ensure_ascii=False)
        for subject in ("B-1", "B-2")
    ]
    assert texts[0] == texts[1]


async def test_a_successor_is_named_with_who_says_so(registry: Registry, teller: Teller) -> None:
    """Superseded by a newer agreement, or merged into the one that it duplicates."""
    await teller.tell("agreement.signed", sister_city(), subject="P-1")
    told = await teller.tell("agreement.merged", {"into": "P-2"}, subject="P-1", by=COORDINATION)
    assert (await registry.json(address("P-1")))["successor"] == {
        "kind": "merged",
        "id": agreement_id(BELO_HORIZONTE, "P-2"),
        "subject": "P-2",
        "protocol": told.protocol,
    }


async def test_questions_are_between_the_member_and_who_asks(registry: Registry, teller: Teller) -> None:
    """Null, and no line of the history, for everybody else."""
    await teller.tell("agreement.signed", sister_city(), subject="P-1")
    asked = await teller.tell(
        "agreement.question_asked",
        {"text": "Em que situação está?", "answer_by": "2099-01-01"},
        subject="P-1",
        by=("office", "31"),
    )
    answered = await teller.tell("agreement.question_answered", {"text": "Em execução."}, subject="P-1")
    for asker in ASKERS:
        concerned = asker in {"own", "office", "coordination"}
        agreement = await registry.json(address("P-1"), asker)
        history = await registry.json(f"{address('P-1')}/history", asker)
        protocols = [version["notice"] for version in history["items"]]
        assert ({asked.protocol, answered.protocol} <= {*protocols}) == concerned
        if not concerned:
            assert agreement["questions"] is None
            continue
        [question] = agreement["questions"]
        assert question["text"] == "Em que situação está?"
        assert question["answer"] == "Em execução."
        assert (question["protocol"], question["answer_protocol"]) == (asked.protocol, answered.protocol)


async def test_an_answer_to_nothing_is_seen_by_whom_it_concerns(registry: Registry, teller: Teller) -> None:
    """That it came, and under which number, is as little for everybody as what was asked."""
    await teller.tell("agreement.signed", sister_city(), subject="P-1")
    await teller.tell("agreement.question_answered", {"text": "Em execução."}, subject="P-1")
    for asker in ASKERS:
        shown = (await registry.json(address("P-1"), asker))["contradictions"]
        codes = [] if asker in {"anonymous", "other"} else ["answers_nothing"]
        assert [one["code"] for one in shown] == codes, asker


async def test_what_is_missing_is_named_and_found(registry: Registry, teller: Teller) -> None:
    """Completeness is of all that is told, whatever the day asked for."""
    await teller.tell("agreement.signed", sister_city(), subject="P-1")
    await teller.tell(
        "agreement.signed", sister_city(objectives=[{"text": "Uma visita por ano"}]), subject="P-2"
    )
    poor, rich = await registry.json(address("P-1")), await registry.json(address("P-2"))
    assert "objectives" in poor["completeness"]["missing"]
    assert "objectives" not in rich["completeness"]["missing"]
    assert poor["completeness"]["score"] < rich["completeness"]["score"]
    found = await registry.json("/v1/agreements?missing=objectives")
    assert [item["subject"] for item in found["items"]] == ["P-1"]
    problem = await registry.json("/v1/agreements?missing=colour", status=400)
    assert {"objectives", "gates.federal"} <= {*problem["allowed"]}


async def test_the_history_tells_what_each_notice_changed(registry: Registry, teller: Teller) -> None:
    """Field by field, before and after, as seen on the day asked for; a clock's word changes nothing."""
    first = await teller.tell("agreement.signed", sister_city(), subject="P-1")
    amended = await teller.tell(
        "agreement.amended",
        {"effective_on": "2026-01-01", "changes": {"title": "Novo nome", "themes": ["AGUA"]}},
        subject="P-1",
    )
    ended = await teller.tell("agreement.terminated", {"effective_on": "2026-06-01"}, subject="P-1")
    early = await teller.tell("agreement.confirmed", {}, subject="P-1")
    page = await registry.json(f"{address('P-1')}/history")
    versions = page["items"]
    assert [version["notice"] for version in versions] == [
        told.protocol for told in (first, amended, ended, early)
    ]
    assert [version["version"] for version in versions] == [1, 2, 3, 4]
    assert {change["field"]: change["after"] for change in versions[0]["changes"]} == {
        **sister_city(),
        "state": "in_force",
        "visibility": "public",
    }
    assert {change["before"] for change in versions[0]["changes"]} == {None}
    assert versions[1]["changes"] == [
        {"field": "themes", "before": None, "after": ["AGUA"]},
        {"field": "title", "before": "Irmanamento com o Porto", "after": "Novo nome"},
    ]
    assert versions[2]["changes"] == [{"field": "state", "before": "in_force", "after": "terminated"}]
    assert versions[3]["changes"] == []
    before = (await registry.json(f"{address('P-1')}/history?as_of=2025-12-31"))["items"]
    assert [len(version["changes"]) > 0 for version in before] == [True, False, False, False]
    one_by_one = []
    cursor = ""
    while True:
        page = await registry.json(f"{address('P-1')}/history?limit=1{cursor}")
        one_by_one += page["items"]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert one_by_one == versions


async def test_a_retraction_takes_its_notice_back_in_the_history_too(
    registry: Registry, teller: Teller
) -> None:
    """The wrong notice stays in the list, and the retraction says what it undid."""
    await teller.tell("agreement.signed", sister_city(), subject="P-1")
    wrong = await teller.tell("agreement.terminated", {"effective_on": "2026-06-01"}, subject="P-1")
    await teller.tell("agreement.retracted", {"notice": wrong.protocol, "reason": "engano"}, subject="P-1")
    versions = (await registry.json(f"{address('P-1')}/history"))["items"]
    assert versions[2]["changes"] == [{"field": "state", "before": "terminated", "after": "in_force"}]


async def test_a_long_history_is_one_walk(registry: Registry, teller: Teller) -> None:
    """Hundreds of notices, also as a file of all pages, and some that came too late."""
    await teller.tell("agreement.signed", sister_city(), subject="P-1")
    for number in range(1, 260):
        day = f"2025-{1 + number % 12:02}-{1 + number % 28:02}"
        changes = {"effective_on": day, "changes": {"title": f"Nome {number}"}}
        await teller.tell("agreement.amended", changes, subject="P-1")
    answer = await registry.get(f"{address('P-1')}/history", Accept="text/csv")
    lines = (await answer.text()).splitlines()
    assert len(lines) == 261
    assert [line.split(",")[0] for line in lines[1:]] == [str(number) for number in range(1, 261)]


async def test_a_long_time_line_is_told_from_its_beginning(registry: Registry, teller: Teller) -> None:
    """However little of it is stored with the agreement: on every day it is what its notices say."""
    await teller.tell("agreement.signed", sister_city(), subject="P-1")
    days = [f"{year}-{month:02}-15" for year in range(2026, 2046) for month in range(1, 13)]
    for day in days:
        changes = {"effective_on": day, "changes": {"title": f"Nome de {day}"}}
        await teller.tell("agreement.amended", changes, subject="P-1")
    for day, title in (
        ("2025-12-31", "Irmanamento com o Porto"),
        *((day, f"Nome de {day}") for day in days[::40]),
    ):
        agreement = await registry.json(f"{address('P-1')}?as_of={day}")
        assert agreement["data"]["title"] == title
        assert agreement["record"]["version"] == 241
        listed = await registry.json(f"/v1/agreements?as_of={day}")
        assert listed["items"][0]["data"]["title"] == title


async def test_history_of_nothing_is_not_found(registry: Registry, teller: Teller) -> None:
    """Nor of what the asker may not see, nor from before it was known."""
    await teller.tell("agreement.signed", sister_city(visibility="restricted"), subject="P-1")
    assert (await registry.get(f"{address('P-1')}/history")).status == 404
    assert (await registry.get(f"{address('P-1')}/history", "own")).status == 200
    assert (await registry.get(f"{address('P-1')}/history?known_at=2020-01-01", "own")).status == 404
    assert (await registry.get(f"{address('P-2')}/history", "own")).status == 404
    assert (await registry.get("/v1/agreements/x/history", "own")).status == 404


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("as_of=2025", "as_of"),
        ("as_of=2025-02-30", "as_of"),
        ("as_of=9999-01-01", "as_of"),
        ("known_at=yesterday", "known_at"),
        ("known_at=2999-01-01", "known_at"),
        ("known_at=2999-01-01T00:00:00Z", "known_at"),
        ("known_at=2025-01-01T00:00:00", "known_at"),
        ("as_of=2025-01-01&as_of=2025-01-02", "as_of"),
        ("when=now", "when"),
    ],
)
async def test_a_moment_that_means_nothing_is_named(registry: Registry, query: str, parameter: str) -> None:
    """Wherever a day and an instant may be asked for."""
    for path in (
        address("P-1"),
        f"{address('P-1')}/history",
        "/v1/agreements",
        "/v1/members",
        f"/v1/members/{BELO_HORIZONTE}",
    ):
        problem = await registry.json(f"{path}?{query}", status=400)
        assert (problem["code"], problem["parameter"]) == ("invalid_parameter", parameter), path


async def test_an_erased_value_is_null_at_every_instant(
    registry: Registry, teller: Teller, database: str
) -> None:
    """What the law forgets was never known: neither then, nor in the history."""
    await teller.tell("agreement.signed", sister_city(department="Gabinete"), subject="P-1")
    await teller.tell("agreement.confirmed", {}, subject="P-1")
    async with connected(database) as sql:
        instant = await sql.fetchval("SELECT registered_at FROM entry WHERE position = 1")
        await sql.execute("UPDATE disclosure SET fields = fields - 'department'")
        await sql.execute("""UPDATE agreement SET erased = '["department"]'""")
    query = f"known_at={instant.isoformat().replace('+', '%2B')}"
    agreement: dict[str, Any] = await registry.json(f"{address('P-1')}?{query}", "own")
    assert (agreement["data"]["department"], agreement["erased"]) == (None, ["department"])
    assert agreement["record"]["version"] == 1
    history = await registry.json(f"{address('P-1')}/history", "own")
    assert "department" not in [change["field"] for change in history["items"][0]["changes"]]
