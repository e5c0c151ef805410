"""Agreements over HTTP: what they say, who may see them, how they are found."""

from datetime import UTC, datetime

import pytest

from services.registry.queries import finding
from shared.notices.dates import day_of
from tests.support.indexed import indexed
from tests.support.registry import (
    BELO_HORIZONTE,
    THE_STATE,
    UBERLANDIA,
    Registry,
    Teller,
    sister_city,
)

CHENGDU = {"name": "Chengdu", "kind": "city", "country": "CN"}
ASKERS = ("anonymous", "own", "other", "office", "coordination")


async def only_agreement(registry: Registry, query: str = "", asker: str = "office") -> dict[str, object]:
    """The one agreement that the list holds."""
    page = await registry.json(f"/v1/agreements?{query}", asker)
    (agreement,) = page["items"]
    return dict(agreement)


async def test_an_agreement_reads_as_it_was_told(registry: Registry, teller: Teller) -> None:
    """Field by field the shape of the contract; the list's row is the same as the single one."""
    told = await teller.tell("agreement.signed", sister_city(), subject="P-1")
    listed = await only_agreement(registry, asker="anonymous")
    assert list(listed) == [
        "id", "member", "subject", "state", "data", "visibility", "contradictions", "erased",
        "as_of", "known_at", "record", "links", "member_name", "completeness", "confirmed_on", "successor",
        "parent", "children", "questions",
    ]  # fmt: skip
    single = await registry.json(f"/v1/agreements/{listed['id']}")
    assert single.keys() == listed.keys()
    assert {**single, "known_at": None} == {**listed, "known_at": None}
    assert (single["member"], single["subject"], single["state"]) == (BELO_HORIZONTE, "P-1", "in_force")
    assert single["data"] == sister_city()
    assert (single["visibility"], single["contradictions"], single["erased"]) == ("public", [], [])
    assert single["as_of"] == day_of(datetime.now(UTC)).isoformat()
    assert single["record"]["version"] == told.position
    assert single["links"]["self"] == f"http://malha.test/v1/agreements/{single['id']}"


@pytest.mark.parametrize(
    ("visibility", "seen_by"),
    [
        ("public", ASKERS),
        ("network", ("own", "other", "office", "coordination")),
        ("restricted", ("own", "office", "coordination")),
    ],
)
async def test_an_agreement_is_seen_by_those_whom_it_concerns(
    registry: Registry, teller: Teller, visibility: str, seen_by: tuple[str, ...]
) -> None:
    """A member can not see as another one: neither the agreement, nor in a list, nor through a count."""
    await teller.tell(
        "agreement.signed",
        sister_city(visibility=visibility, participants=[{"member": UBERLANDIA, "role": "signatory"}]),
        subject="P-1",
    )
    agreement = await only_agreement(registry)
    for asker in ASKERS:
        sees = asker in seen_by
        answer = await registry.get(f"/v1/agreements/{agreement['id']}", asker)
        assert answer.status == (200 if sees else 404), asker
        assert answer.headers["Cache-Control"] == "no-store"
        for query in ("", f"member={BELO_HORIZONTE}", f"member={UBERLANDIA}", "subject=P-1", "country=PT"):
            page = await registry.json(f"/v1/agreements?{query}", asker)
            assert len(page["items"]) == sees, (asker, query)
        for member in (BELO_HORIZONTE, UBERLANDIA):
            counted = await registry.json(f"/v1/members/{member}", asker)
            assert bool(counted["signed"]["ever"]) == sees, (asker, member)
            assert counted["by_country"] == ({"PT": 1} if sees else {}), (asker, member)


async def test_a_delegate_reads_nothing_by_its_delegation(registry: Registry, teller: Teller) -> None:
    """A delegation lets a key send, not read: the reading side does not even ask for it."""
    await teller.tell(
        "agreement.signed", sister_city(visibility="restricted"), subject="P-1", by=("member", UBERLANDIA)
    )
    agreement = await only_agreement(registry)
    assert (await registry.get(f"/v1/agreements/{agreement['id']}", "other")).status == 404


async def test_remarks_are_for_those_whom_they_concern(registry: Registry, teller: Teller) -> None:
    """Null, for the others: that there may be some is no secret, what they say is."""
    await teller.tell("agreement.signed", sister_city(), subject="P-1")
    agreement = await only_agreement(registry)
    for asker in ASKERS:
        shown = await registry.json(f"/v1/agreements/{agreement['id']}", asker)
        assert (shown["record"]["remarks"] is None) == (asker in {"anonymous", "other"}), asker


async def test_agreements_are_found_by_each_filter_and_by_all_together(
    registry: Registry, teller: Teller
) -> None:
    """Every filter narrows; the one that is walked by decides nothing."""
    await teller.tell("agreement.signed", sister_city(), subject="A")
    await teller.tell("agreement.signed", sister_city(ends_on="2025-12-31"), subject="B")
    await teller.tell(
        "agreement.reported",
        sister_city(partners=[{"name": "Nanjing", "kind": "city", "country": "CN"}]),
        subject="A",
        member=UBERLANDIA,
    )
    await teller.tell(
        "agreement.terminated", {"effective_on": "2025-06-01"}, subject="late", member=THE_STATE
    )

    async def found(query: str) -> list[tuple[str, str]]:
        page = await registry.json(f"/v1/agreements?{query}", "office")
        return [(item["member"], item["subject"]) for item in page["items"]]

    a, b, c = (BELO_HORIZONTE, "A"), (BELO_HORIZONTE, "B"), (UBERLANDIA, "A")
    late = (THE_STATE, "late")
    assert await found("") == [late, c, b, a]
    assert await found(f"member={BELO_HORIZONTE}") == [b, a]
    assert await found("subject=A") == [c, a]
    assert await found("country=CN") == [c]
    assert await found("country=PT") == [b, a]
    assert await found("state=in_force") == [c, a]
    assert await found("state=expired") == [b]
    assert await found(f"member={BELO_HORIZONTE}&country=PT&state=in_force") == [a]
    assert await found(f"member={BELO_HORIZONTE}&subject=A&country=PT&state=in_force") == [a]
    assert await found("country=PT&state=expired") == [b]
    assert await found("member=3136702") == []


async def test_pages_hold_every_agreement_once(registry: Registry, teller: Teller) -> None:
    """What is registered while one pages stands before the first page, and moves none of the others."""
    for number in range(7):
        await teller.tell("agreement.signed", sister_city(), subject=f"P-{number}")
    for query in ("", f"member={BELO_HORIZONTE}&", "country=PT&", "state=in_force&"):
        found: list[str] = []
        path = f"/v1/agreements?{query}limit=3"
        while True:
            page = await registry.json(path)
            found += [item["subject"] for item in page["items"]]
            assert len(page["items"]) <= 3
            if page["next"] is None:
                break
            await teller.tell("agreement.signed", sister_city(), subject=f"{query}{len(found)}")
            path = f"/v1/agreements?{query}limit=3&cursor={page['next']}"
        known = [subject for subject in found if subject.startswith("P-")]
        assert known == [f"P-{number}" for number in reversed(range(7))], query
        assert len(found) == len(set(found)), query


async def test_an_unknown_agreement_is_not_found(registry: Registry) -> None:
    """Whatever stands in the address, it is no error of ours."""
    for agreement in ("AG-0000000000000", "MG-7FJRXBPMCRCB7", "x", "%00"):
        problem = await registry.json(f"/v1/agreements/{agreement}", status=404)
        assert problem["code"] == "not_found"


WRONG = [
    ("membre=3106200", "membre"),
    ("member=1234567", "member"),
    ("member=", "member"),
    ("country=Portugal", "country"),
    ("country=pt", "country"),
    ("country=XX", "country"),
    ("state=alive", "state"),
    ("subject=%00", "subject"),
    ("subject=" + "x" * 201, "subject"),
    ("limit=501", "limit"),
    ("limit=-1", "limit"),
    ("cursor=%3D", "cursor"),
    ("cursor=WyJtZW1iZXJzIiwiMyJd", "cursor"),
    ("cursor=WyJhZ3JlZW1lbnRzIiwiOTk5OTk5OTk5OTk5OTk5OTk5OTk5Il0", "cursor"),
    ("member=3106200&member=31", "member"),
]


async def test_a_wrong_filter_is_named(registry: Registry) -> None:
    """A misspelt filter must not turn into "everything"; in the asker's language, Portuguese by default."""
    for query, parameter in WRONG:
        answer = await registry.get(f"/v1/agreements?{query}")
        problem = await answer.json(content_type=None)
        assert (answer.status, problem.get("parameter")) == (400, parameter), query
        assert problem["code"] == "invalid_parameter"
        assert answer.headers["Content-Language"] == "pt-BR"


async def test_what_cannot_be_had_is_refused(registry: Registry) -> None:
    """Lists are JSON, or a file; whoever insists on a picture is told so, as a problem."""
    for accept, status in (
        ("image/png", 406),
        ("application/json;q=0", 406),
        ("application/json;q=0, image/*", 406),
        ("text/html, */*;q=0.1", 200),
        ("application/*", 200),
        ("", 200),
    ):
        answer = await registry.get("/v1/agreements", Accept=accept)
        assert answer.status == status, accept
        expected = "application/json" if status == 200 else "application/problem+json"
        assert answer.content_type == expected


async def test_head_answers_as_get_without_a_body(registry: Registry) -> None:
    """HEAD is GET for who only asks whether it is there."""
    answer = await registry.request("HEAD", "/v1/agreements")
    assert answer.status == 200
    assert await answer.read() == b""


async def test_words_are_a_filter_like_any_other(registry: Registry, teller: Teller, database: str) -> None:
    """Without accents, mistyped or not, together with other filters, as known at any instant."""
    await teller.tell("agreement.signed", sister_city(title="Cooperação em água"), subject="A")
    instant = (await registry.json("/v1/agreements"))["known_at"]
    await teller.tell(
        "agreement.signed", sister_city(title="Cooperação em saúde"), subject="B", member=UBERLANDIA
    )
    await indexed(database)

    async def found(query: str) -> list[object]:
        return [item["subject"] for item in (await registry.json(f"/v1/agreements?{query}"))["items"]]

    assert await found("q=cooperacao") == ["B", "A"]
    assert await found("q=AGUA cooperação") == ["A"]
    assert await found(f"q=cooperacao&member={UBERLANDIA}") == ["B"]
    assert await found(f"q=cooperacao&known_at={instant}") == ["A"]
    assert await found("q=nenhures") == []
    mistyped = await registry.json("/v1/agreements?q=coopercao")
    assert [item["subject"] for item in mistyped["items"]] == ["B", "A"]
    [corrected] = mistyped["corrected"]
    assert corrected["asked"] == "coopercao"
    assert (await registry.json("/v1/agreements"))["corrected"] == []


@pytest.mark.parametrize(("budget", "patience"), [(0.0, 0.0), (0.0, 1.0), (1.0, 1.0)])
async def test_a_large_registry_is_looked_through_span_by_span(
    registry: Registry, teller: Teller, monkeypatch: pytest.MonkeyPatch, budget: float, patience: float
) -> None:
    """However early a page ends, the pages together hold every agreement once, in order; then and now."""
    for number in range(12):
        changes = {"partners": [CHENGDU]} if number % 5 == 0 else {}
        await teller.tell("agreement.signed", sister_city(**changes), subject=f"P-{number}")
        await teller.tell("municipality.nothing_to_declare", {"as_of": "2025"}, member=UBERLANDIA)
    monkeypatch.setattr(finding, "FIRST_SPAN", 3)
    monkeypatch.setattr(finding, "FIRST_SPAN_THEN", 2)
    monkeypatch.setattr(finding, "GROWTH", 1.5)
    monkeypatch.setattr(finding, "BUDGET_SECONDS", budget)
    monkeypatch.setattr(finding, "PATIENCE_SECONDS", patience)
    instant = (await registry.json("/v1/agreements?limit=1"))["known_at"]
    for query, numbers in (
        ("", range(12)),
        ("country=CN", (0, 5, 10)),
        ("country=CN&state=in_force", (0, 5, 10)),
        ("country=CN&state=expired", ()),
        ("subject=P-7", (7,)),
    ):
        for moment in ("", f"known_at={instant}&"):
            found: list[str] = []
            cursor = ""
            while True:
                page = await registry.json(f"/v1/agreements?{moment}{query}&limit=2{cursor}")
                found += [item["subject"] for item in page["items"]]
                if page["next"] is None:
                    break
                cursor = f"&cursor={page['next']}"
            assert found == [f"P-{number}" for number in reversed(numbers)], (query, moment)
