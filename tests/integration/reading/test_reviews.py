"""The review list: who sees what, how it is found, and what closes it by itself."""

from typing import Any

import pytest

from shared.notices.protocol import agreement_id
from tests.support.registry import BELO_HORIZONTE, UBERLANDIA, Registry, Teller, connected, sister_city


async def listed(registry: Registry, query: str = "", asker: str = "coordination") -> list[dict[str, Any]]:
    """The entries of a page."""
    items: list[dict[str, Any]] = (await registry.json(f"/v1/reviews?{query}", asker))["items"]
    return items


async def test_what_does_not_fit_is_listed_until_it_does(registry: Registry, teller: Teller) -> None:
    """With a sentence that says what to do, and closed by the notice that puts it right."""
    ended = await teller.tell("agreement.terminated", {"effective_on": "2026-06-01"}, subject="P-1")
    [entry] = await listed(registry)
    assert list(entry) == [
        "id", "kind", "code", "member", "agreement", "subject", "other", "protocol", "detail",
        "opened_at", "closed_at", "closed_by", "closing", "reason",
    ]  # fmt: skip
    assert (entry["kind"], entry["member"], entry["subject"]) == ("contradiction", BELO_HORIZONTE, "P-1")
    assert (entry["protocol"], entry["closed_at"]) == (ended.protocol, None)
    assert len(entry["detail"]) > 30
    told = await teller.tell("agreement.signed", sister_city(), subject="P-1")
    assert await listed(registry) == []
    [closed] = await listed(registry, "status=closed")
    assert (closed["id"], closed["closed_by"], closed["closing"]) == (entry["id"], "notice", told.protocol)
    assert await listed(registry, "status=all") == [closed]


async def test_the_list_is_for_those_whom_it_concerns(registry: Registry, teller: Teller) -> None:
    """All of it for office and coordination, a member's own for it; nobody else."""
    for member in (BELO_HORIZONTE, UBERLANDIA):
        await teller.tell("agreement.terminated", {"effective_on": "2026-06-01"}, subject="P", member=member)
    for asker, members in (
        ("coordination", [UBERLANDIA, BELO_HORIZONTE]),
        ("office", [UBERLANDIA, BELO_HORIZONTE]),
        ("own", [BELO_HORIZONTE]),
        ("other", [UBERLANDIA]),
    ):
        assert [entry["member"] for entry in await listed(registry, "", asker)] == members
    assert (await registry.get("/v1/reviews")).status == 401
    assert (await registry.get(f"/v1/reviews?member={UBERLANDIA}", "own")).status == 403
    assert len(await listed(registry, f"member={BELO_HORIZONTE}", "own")) == 1


async def test_entries_are_found_by_each_filter_page_by_page(
    registry: Registry, teller: Teller, database: str
) -> None:
    """The newest first; the other agreement is named to those only who may see it."""
    for subject in ("A", "B", "C"):
        await teller.tell("agreement.terminated", {"effective_on": "2026-06-01"}, subject=subject)
    await teller.tell(
        "agreement.signed", sister_city(visibility="restricted"), subject="X", member=UBERLANDIA
    )
    first, other = agreement_id(BELO_HORIZONTE, "A"), agreement_id(UBERLANDIA, "X")
    async with connected(database) as sql:
        await sql.execute(
            """INSERT INTO review (agreement, member, kind, code, other, detail, opened_at, opened_by)
            VALUES ($1, $2, 'same_text', 'same_text', $3, '{"pt": "p", "en": "e"}', now(), 1)""",
            first, BELO_HORIZONTE, other,
        )  # fmt: skip
    assert len(await listed(registry)) == 4
    assert [entry["other"] for entry in await listed(registry, "kind=same_text")] == [other]
    assert await listed(registry, "kind=same_text", "own") == []
    assert {entry["subject"] for entry in await listed(registry, f"agreement={first}")} == {"A"}
    assert len(await listed(registry, "code=same_text")) == 1
    assert await listed(registry, "code=nothing") == []
    found: list[int] = []
    cursor = ""
    while True:
        page = await registry.json(f"/v1/reviews?limit=2{cursor}", "office")
        found += [entry["id"] for entry in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert len(found) == 4
    assert found == sorted(found, reverse=True)


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("status=done", "status"),
        ("kind=x", "kind"),
        ("agreement=x", "agreement"),
        ("member=1", "member"),
        ("cursor=x", "cursor"),
        ("state=open", "state"),
    ],
)
async def test_a_wrong_parameter_is_named(registry: Registry, query: str, parameter: str) -> None:
    """A misspelt filter must not turn into "everything"."""
    problem = await registry.json(f"/v1/reviews?{query}", "office", status=400)
    assert problem["parameter"] == parameter
