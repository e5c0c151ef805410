"""Counts: what they cover, how they are asked for, and that they wait for their turn."""

import asyncio

import pytest

from services.registry import queries
from services.registry.http import counts
from tests.support.registry import BELO_HORIZONTE, THE_STATE, UBERLANDIA, Registry, Teller, sister_city

NOTHING = {"signed": 0, "in_force": 0, "negotiating": 0, "unilateral": 0, "expiring_90_days": 0}


async def test_closed_lists_say_of_what_there_is_none(registry: Registry, teller: Teller) -> None:
    """Goals, themes, regions, states, instruments uncovered are the question as often as those covered."""
    await teller.tell("agreement.signed", sister_city(sdgs=[6], themes=["AGUA"]), subject="P-1")
    for by, how_many, key, name in (
        ("sdg", 17, "6", "Água potável e saneamento"),
        ("theme", 25, "AGUA", "água e saneamento"),
        ("mesoregion", 12, "Metropolitana de Belo Horizonte", None),
        ("state", 13, "in_force", "vigente"),
        ("instrument", 16, "IRM", "Acordo de Irmanamento / Cidades-Irmãs (geminação)"),
    ):
        page = await registry.json(f"/v1/statistics?by={by}")
        items = {item.pop("key"): item for item in page["items"]}
        assert items[key].pop("name") == name, by
        for item in items.values():
            item.pop("name", None)
        assert len(items) == how_many, by
        assert items.pop(key) == {**NOTHING, "signed": 1, "in_force": 1}, by
        assert all(item == NOTHING for item in items.values()), by
        assert (page["by"], page["next"], page["total"]["signed"]) == (by, None, 1)
    goals = await registry.json("/v1/statistics?by=sdg")
    assert [item["key"] for item in goals["items"]] == [str(number) for number in range(1, 18)]


async def test_municipal_figures_count_municipalities_only(registry: Registry, teller: Teller) -> None:
    """The state's agreements are counted apart, or together when asked for."""
    await teller.tell("agreement.signed", sister_city(), subject="P-1")
    shared = sister_city(participants=[{"member": BELO_HORIZONTE, "role": "apoio"}])
    await teller.tell("agreement.signed", shared, subject="P-2", member=THE_STATE)
    for kind, signed in (("", 1), ("&kind=municipality", 1), ("&kind=state", 1), ("&kind=all", 2)):
        page = await registry.json(f"/v1/statistics?by=country{kind}")
        assert [(item["key"], item["signed"]) for item in page["items"]] == [("PT", signed)], kind
        assert page["total"]["signed"] == signed
        assert page["kind"] == (kind.partition("=")[2] or "municipality")
    by_member = await registry.json("/v1/statistics?by=member")
    assert [(item["key"], item["signed"]) for item in by_member["items"]] == [(BELO_HORIZONTE, 2)]


async def test_keys_are_named_for_people(registry: Registry, teller: Teller) -> None:
    """An aide reads cities and ministries, not their codes; a name is in the asker's language."""
    federal = {"federal": {"status": "consulted", "body": "MRE"}}
    await teller.tell("agreement.signed", sister_city(gates=federal), subject="P-1")
    for by, language, names in (
        ("member", "pt", {BELO_HORIZONTE: "Belo Horizonte"}),
        ("country", "en", {"PT": "Portugal"}),
        (
            "gate",
            "en",
            {
                "federal": "federal government",
                "federal:consulted": "federal government: consulted",
                "federal:consulted:MRE": "federal government: consulted: Ministry of Foreign Affairs",
            },
        ),
        ("partner", "pt", {"porto|PT": None}),
        ("month", "pt", {"2025-03": None}),
    ):
        answer = await registry.get(f"/v1/statistics?by={by}", Accept_Language=language)
        assert {item["key"]: item["name"] for item in (await answer.json())["items"]} == names, by
    (agreement,) = (await registry.json("/v1/agreements"))["items"]
    assert agreement["member_name"] == "Belo Horizonte"


async def test_a_definition_comes_with_every_count(registry: Registry) -> None:
    """In the asker's language: a number without its definition is a rumour."""
    answer = await registry.get("/v1/statistics?by=country", Accept_Language="en")
    assert "Each agreement counts once" in (await answer.json())["definition"]
    answer = await registry.get("/v1/statistics?by=country")
    assert "Cada acordo conta uma vez" in (await answer.json())["definition"]


async def test_amounts_are_added_up_by_currency(registry: Registry, teller: Teller) -> None:
    """Loans by the stage that they are at, exactly: as decimal text, of whatever state."""
    waiting = {"federal": {"status": "consulted", "body": "COFIEX"}}
    for subject, value in (("L-1", "1000000.10"), ("L-2", "0.20")):
        loan = {
            "instrument": "EMP",
            "title": "Empréstimo",
            "partners": [{"name": "Banco", "kind": "bank"}],
            "amounts": [
                {"value": value, "currency": "USD", "kind": "total"},
                {"value": "5", "currency": "EUR", "kind": "total"},
            ],
            "gates": waiting,
            "visibility": "public",
        }
        await teller.tell("agreement.negotiation_opened", loan, subject=subject)
    await teller.tell("agreement.signed", sister_city(), subject="P-1")
    page = await registry.json("/v1/statistics?by=gate&amounts=true")
    sums = {item["key"]: item["amounts"] for item in page["items"]}
    expected = {"EUR": "10", "USD": "1000000.30"}
    assert sums == dict.fromkeys(("federal", "federal:consulted", "federal:consulted:COFIEX"), expected)
    assert page["total"]["amounts"] == expected
    filtered = await registry.json("/v1/statistics?by=state&amounts=true&country=PT")
    assert filtered["total"]["amounts"] == {}
    assert "amounts" not in (await registry.json("/v1/statistics?by=state"))["total"]


async def test_a_signature_counts_in_its_month_or_year(registry: Registry, teller: Teller) -> None:
    """A year alone stays a year; what nobody knows the date of is in no month, but in the total."""
    for subject, signed_on in (("A", "2014"), ("B", "2014-03"), ("C", "2014-03-09"), ("D", None)):
        told = sister_city(signed_on=signed_on)
        if signed_on is None:
            del told["signed_on"]
        await teller.tell("agreement.reported", told, subject=subject)
    page = await registry.json("/v1/statistics?by=month")
    assert [(item["key"], item["signed"]) for item in page["items"]] == [("2014", 1), ("2014-03", 2)]
    assert page["total"]["signed"] == 4


async def test_what_there_is_much_of_comes_page_by_page(registry: Registry, teller: Teller) -> None:
    """Every key once, in order; partners by their key, whoever wrote the name."""
    for number in range(5):
        partner = {"name": f"Cidade {number}", "kind": "city", "country": "PT"}
        await teller.tell("agreement.signed", sister_city(partners=[partner]), subject=f"P-{number}")
    await teller.tell(
        "agreement.signed",
        sister_city(partners=[{"name": "CIDADE  1", "kind": "city", "country": "PT"}]),
        subject="P-9",
        member=UBERLANDIA,
    )
    for by, expected in (
        ("partner", [(f"cidade {number}|PT", 2 if number == 1 else 1) for number in range(5)]),
        ("member", [(BELO_HORIZONTE, 5), (UBERLANDIA, 1)]),
        ("country", [("PT", 6)]),
    ):
        found: list[tuple[str, int]] = []
        cursor = ""
        while True:
            page = await registry.json(f"/v1/statistics?by={by}&limit=2{cursor}")
            found += [(item["key"], item["signed"]) for item in page["items"]]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
        assert found == expected, by


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("", "by"),
        ("by=colour", "by"),
        ("by=theme&by=sdg", "by"),
        ("by=theme&kind=city", "kind"),
        ("by=theme&amounts=yes", "amounts"),
        ("by=theme&q=porto", "q"),
        ("by=theme&sdg=18", "sdg"),
        ("by=theme&sdg=06", "sdg"),
        ("by=theme&theme=WATER", "theme"),
        ("by=theme&instrument=X", "instrument"),
        ("by=theme&mesoregion=Norte", "mesoregion"),
        ("by=theme&gate=brasilia", "gate"),
        ("by=theme&gate=federal:open", "gate"),
        ("by=theme&gate=federal:consulted:MRE:x", "gate"),
        ("by=theme&parent=P-1", "parent"),
        ("by=theme&signed_from=2025", "signed_from"),
        ("by=theme&expires_before=soon", "expires_before"),
        ("by=theme&missing=object&known_at=2020-01-01", "missing"),
        ("by=theme&cursor=x", "cursor"),
    ],
)
async def test_a_wrong_parameter_is_named(registry: Registry, query: str, parameter: str) -> None:
    """A misspelt filter must not turn into "everything"."""
    problem = await registry.json(f"/v1/statistics?{query}", status=400)
    assert (problem["code"], problem["parameter"]) == ("invalid_parameter", parameter)


async def test_counting_waits_for_its_turn(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few count over everything at once; who waits too long hears when to come again, nobody else waits."""
    monkeypatch.setattr(counts, "_TURN_SECONDS", 0.05)
    turns = registry.client.app[counts.COUNTING]
    for _ in range(counts.AT_ONCE):
        await turns.acquire()
    answer = await registry.get("/v1/statistics?by=theme")
    assert (answer.status, (await answer.json(content_type=None))["code"]) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) >= 1
    assert (await registry.get(f"/v1/members/{BELO_HORIZONTE}")).status == 200
    for _ in range(counts.AT_ONCE):
        turns.release()
    answers = await asyncio.gather(*(registry.get("/v1/statistics?by=theme") for _ in range(6)))
    assert {answer.status for answer in answers} <= {200, 503}


async def test_what_is_asked_again_is_counted_once(
    registry: Registry, teller: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until anything is registered, and never for another asker, day or filter."""
    counted: list[queries.Counted] = []
    total = queries.total

    async def counting(connection: queries.Connection, asked: queries.Counted) -> queries.Figures:
        counted.append(asked)
        return await total(connection, asked)

    monkeypatch.setattr(queries, "total", counting)

    async def signed(query: str = "", asker: str = "anonymous") -> int:
        page = await registry.json(f"/v1/statistics?by=theme{query}", asker)
        number: int = page["total"]["signed"]
        return number

    await teller.tell("agreement.signed", sister_city(visibility="network"), subject="P-1")
    assert [await signed(), await signed(), await signed("", "office")] == [0, 0, 1]
    assert [await signed("&as_of=2020-01-01", "office"), await signed("&country=CN", "office")] == [0, 0]
    assert len(counted) == 4
    await teller.tell("agreement.signed", sister_city(), subject="P-2")
    assert [await signed(), await signed("", "office")] == [1, 2]
    assert len(counted) == 6
