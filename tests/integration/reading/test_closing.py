"""Closing an entry of the review list: by the coordination alone, with a reason, for good."""

from typing import Any

import pytest

from tests.support.registry import Registry, Teller, connected, sister_city


@pytest.fixture
async def review(registry: Registry, teller: Teller) -> dict[str, Any]:
    """An open entry: an end before the beginning."""
    await teller.tell("agreement.signed", sister_city(ends_on="2024-01-01"), subject="P-1")
    page = await registry.json("/v1/reviews", "coordination")
    entry: dict[str, Any] = page["items"][0]
    return entry


async def close(registry: Registry, review: object, body: object, asker: str = "coordination") -> Any:
    """The answer to an attempt to close."""
    return await registry.client.post(
        f"/v1/reviews/{review}/close", json=body, headers=registry.headers(asker)
    )


async def test_a_reason_closes_an_entry(registry: Registry, review: dict[str, Any], database: str) -> None:
    """It leaves the list of what is open; who closed it, when and why is kept, and who is shown to nobody."""
    answer = await close(registry, review["id"], {"reason": "  Conferido com a prefeitura.  "})
    closed = await answer.json()
    assert answer.status == 200, closed
    assert closed == {
        **review,
        "closed_at": closed["closed_at"],
        "closed_by": "coordination",
        "reason": "Conferido com a prefeitura.",
    }
    assert closed["closed_at"] is not None
    left = (await registry.json("/v1/reviews", "coordination"))["items"]
    assert review["id"] not in [entry["id"] for entry in left]
    shown = (await registry.json("/v1/reviews?status=closed", "own"))["items"]
    assert shown == [closed]
    async with connected(database) as sql:
        closer = await sql.fetchval("SELECT closer FROM review WHERE id = $1", review["id"])
    assert closer in registry.headers("coordination")["Authorization"]


async def test_what_the_coordination_closed_stays_closed(
    registry: Registry, teller: Teller, review: dict[str, Any]
) -> None:
    """A second closing is a conflict; a later notice about something else does not open it again."""
    await close(registry, review["id"], {"reason": "Conferido."})
    answer = await close(registry, review["id"], {"reason": "De novo."})
    assert (answer.status, (await answer.json(content_type=None))["code"]) == (409, "already_closed")
    await teller.tell(
        "agreement.corrected", {"changes": {"title": "Irmanamento"}, "reason": "Erro."}, subject="P-1"
    )
    open_now = (await registry.json("/v1/reviews", "coordination"))["items"]
    assert review["id"] not in [entry["id"] for entry in open_now]
    assert review["code"] not in [entry["code"] for entry in open_now]


@pytest.mark.parametrize(("asker", "status"), [("anonymous", 401), ("own", 403), ("office", 403)])
async def test_only_the_coordination_closes(
    registry: Registry, review: dict[str, Any], asker: str, status: int
) -> None:
    """Whose agreement it is may not, and who only reads may not either."""
    assert (await close(registry, review["id"], {"reason": "Conferido."}, asker)).status == status


@pytest.mark.parametrize("number", ["0", "999999", "9" * 30, "x", "-1", "1.5"])
async def test_an_entry_that_is_not_there_is_not_found(registry: Registry, number: str) -> None:
    """Whatever stands in the address."""
    assert (await close(registry, number, {"reason": "Conferido."})).status == 404


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, ["/reason"]),
        ({"reason": ""}, ["/reason"]),
        ({"reason": " \n"}, ["/reason"]),
        ({"reason": None}, ["/reason"]),
        ({"reason": ["x"]}, ["/reason"]),
        ({"reason": "x" * 2_001}, ["/reason"]),
        ({"reason": "a\0b"}, ["/reason"]),
        ({"reason": "x", "closer": "y"}, ["/closer"]),
        ({"note": "x"}, ["/note", "/reason"]),
        (["x"], [""]),
    ],
)
async def test_a_missing_reason_is_named(
    registry: Registry, review: dict[str, Any], body: object, pointers: list[str]
) -> None:
    """Every fault by its pointer, and nothing is closed."""
    answer = await close(registry, review["id"], body)
    problem = await answer.json(content_type="application/problem+json")
    assert (answer.status, problem["code"]) == (422, "invalid_reason")
    assert [error["pointer"] for error in problem["errors"]] == pointers
    assert review in (await registry.json("/v1/reviews", "coordination"))["items"]


async def test_what_is_no_json_is_refused(registry: Registry, review: dict[str, Any]) -> None:
    """By its media type, or as it cannot be read."""
    path, headers = f"/v1/reviews/{review['id']}/close", registry.headers("coordination")
    for media_type, body, status in (
        ("text/plain", b"x", 415),
        ("application/json", b"{", 400),
        ("application/json", b'{"reason": "a", "reason": "b"}', 400),
        ("application/json", b" " * 20_000, 413),
    ):
        answer = await registry.client.post(path, data=body, headers={**headers, "Content-Type": media_type})
        assert answer.status == status, body[:20]
