"""The one click, and the list of members."""

from datetime import UTC, date, datetime

from services.registry.queries import of_members
from shared.notices.dates import day_of
from tests.support.registry import (
    BELO_HORIZONTE,
    UBERLANDIA,
    Registry,
    Teller,
    connected,
    sister_city,
)

ALWAYS = date.min
ITABIRA = "3131703"


async def write_tally(database: str, *rows: tuple[str, str, str, str, date, int]) -> None:
    """Rows of (member, measure, key, visibility, day, n)."""
    async with connected(database) as connection:
        await connection.executemany("INSERT INTO tally VALUES ($1, $2, $3, $4, $5, $6)", rows)


async def test_a_member_never_heard_of_has_no_numbers(registry: Registry) -> None:
    """Silence is not zero: nobody knows whether the city has agreements."""
    member = await registry.json(f"/v1/members/{BELO_HORIZONTE}")
    assert list(member) == [
        "id", "kind", "name", "mesoregion", "signed", "in_force", "negotiating", "unilateral",
        "expiring_90_days", "by_country", "by_theme", "last_heard_at", "last_nil_return", "as_of",
    ]  # fmt: skip
    assert member["name"] == "Belo Horizonte"
    assert member["signed"] == {"ever": None, "this_mandate": None}
    assert [member[name] for name in ("in_force", "negotiating", "unilateral", "expiring_90_days")] == [
        None
    ] * 4
    assert member["by_country"] == member["by_theme"] == {}
    assert member["last_heard_at"] is member["last_nil_return"] is None


async def test_a_member_once_heard_has_zeros(registry: Registry, database: str) -> None:
    """A city that declared nothing is known to have nothing."""
    async with connected(database) as connection:
        await connection.execute(
            """
            INSERT INTO chain (member, length, head, last_heard_at, last_nil_return)
            VALUES ($1, 1, '', $2, '2026-11')
            """,
            BELO_HORIZONTE, datetime(2026, 11, 21, 14, 3, 7, tzinfo=UTC),
        )  # fmt: skip
    member = await registry.json(f"/v1/members/{BELO_HORIZONTE}")
    assert member["signed"] == {"ever": 0, "this_mandate": 0}
    assert member["last_heard_at"] == "2026-11-21T14:03:07Z"
    assert member["last_nil_return"] == "2026-11"


async def test_counts_cover_what_the_asker_may_see(registry: Registry, database: str) -> None:
    """A restricted agreement shows through no number, but its owner's: not through a participant's either."""
    await write_tally(
        database,
        (BELO_HORIZONTE, "signed_ever", "", "public", ALWAYS, 1),
        (BELO_HORIZONTE, "signed_ever", "", "network", ALWAYS, 10),
        (BELO_HORIZONTE, "signed_ever", "", "restricted", ALWAYS, 100),
        (BELO_HORIZONTE, "signed_ever", "", f"withheld:{UBERLANDIA}", ALWAYS, 1000),
        (BELO_HORIZONTE, "by_country", "PT", "public", ALWAYS, 1),
        (BELO_HORIZONTE, "by_country", "CN", "network", ALWAYS, 10),
    )
    for asker, ever, countries in (
        ("anonymous", 1, {"PT": 1}),
        ("other", 1011, {"CN": 10, "PT": 1}),
        ("own", 111, {"CN": 10, "PT": 1}),
        ("office", 1111, {"CN": 10, "PT": 1}),
        ("coordination", 1111, {"CN": 10, "PT": 1}),
    ):
        member = await registry.json(f"/v1/members/{BELO_HORIZONTE}", asker)
        assert (member["signed"]["ever"], member["by_country"]) == (ever, countries), asker
        listed = await registry.json("/v1/members?q=belo horizonte", asker)
        assert listed["items"][0]["signed"]["ever"] == ever, asker


async def test_only_a_restricted_agreement_leaves_strangers_without_numbers(
    registry: Registry, database: str
) -> None:
    """Zero instead of null would tell that there is something to hide."""
    await write_tally(database, (BELO_HORIZONTE, "in_force", "", "restricted", ALWAYS, 1))
    assert (await registry.json(f"/v1/members/{BELO_HORIZONTE}"))["in_force"] is None
    assert (await registry.json(f"/v1/members/{BELO_HORIZONTE}", "own"))["in_force"] == 1


async def test_what_begins_tomorrow_is_not_counted_today(registry: Registry, database: str) -> None:
    """A figure is of a day; deltas of later days wait for theirs."""
    await write_tally(
        database,
        (BELO_HORIZONTE, "in_force", "", "public", ALWAYS, 2),
        (BELO_HORIZONTE, "in_force", "", "public", date(2999, 1, 1), -2),
    )
    assert (await registry.json(f"/v1/members/{BELO_HORIZONTE}"))["in_force"] == 2


async def test_the_one_click_reads_only_the_members_own_rows(registry: Registry, database: str) -> None:
    """Its cost must not grow with the network: 100,000 rows of others lie beside the member's six."""
    async with connected(database) as connection:
        await connection.execute(
            """
            INSERT INTO tally
            SELECT $1, 'by_country', 'X' || n, 'public', '-infinity', 1 FROM generate_series(1, 100000) n
            """,
            UBERLANDIA,
        )
        await connection.executemany(
            "INSERT INTO tally VALUES ($1, 'in_force', '', 'public', $2, 1)",
            [(BELO_HORIZONTE, date(2020, 1, day)) for day in range(1, 7)],
        )
        await connection.execute("ANALYZE tally")
        plan = await connection.fetchval(
            f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {of_members._COUNTS}",
            [BELO_HORIZONTE], date(2026, 11, 21), ["public"], None,
        )  # fmt: skip
    assert (await registry.json(f"/v1/members/{BELO_HORIZONTE}"))["in_force"] == 6
    blocks = _blocks(plan)
    assert blocks < 20, plan


def _blocks(plan: str) -> int:
    import json  # noqa: PLC0415

    top = json.loads(plan)[0]["Plan"]
    return int(top["Shared Hit Blocks"] + top["Shared Read Blocks"])


async def test_members_are_listed_page_by_page(registry: Registry) -> None:
    """All of them once: the state, and the 853 municipalities."""
    found: list[str] = []
    query = "limit=500"
    while True:
        page = await registry.json(f"/v1/members?{query}")
        found += [member["id"] for member in page["items"]]
        if page["next"] is None:
            break
        query = f"limit=500&cursor={page['next']}"
    assert len(found) == len(set(found)) == 854
    assert found == sorted(found)


async def test_members_are_found_by_kind_and_name(registry: Registry) -> None:
    """Whoever types a name types no accents; a wildcard is a letter like any other."""
    for query, names in (
        ("q=sao joao del", {"São João del Rei"}),
        ("q=BEL%C3%94%20HORIZ", {"Belo Horizonte"}),
        ("kind=state", {"Estado de Minas Gerais"}),
        ("q=%25", set()),
        ("q=beaga_nenhuma", set()),
    ):
        page = await registry.json(f"/v1/members?{query}")
        assert {member["name"] for member in page["items"]} == names, query


async def test_members_are_found_by_mesoregion(registry: Registry) -> None:
    """The twelve regions of 1989, by name."""
    page = await registry.json("/v1/members?mesoregion=Metropolitana de Belo Horizonte&limit=500")
    assert len(page["items"]) == 105
    assert {member["mesoregion"] for member in page["items"]} == {"Metropolitana de Belo Horizonte"}


async def test_an_unknown_member_is_not_found(registry: Registry) -> None:
    """Whatever stands in the address, it is no error of ours."""
    for member in ("9999999", "310620", "org-nobody", "x", "%00", "31%27"):
        problem = await registry.json(f"/v1/members/{member}", status=404)
        assert problem["code"] == "not_found"


async def test_a_wrong_parameter_is_named(registry: Registry) -> None:
    """A misspelt filter must not turn into "everything"."""
    for query, parameter in (
        ("colour=red", "colour"),
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=ten", "limit"),
        ("limit=%D9%A1", "limit"),
        ("kind=city", "kind"),
        ("kind=state&kind=state", "kind"),
        ("q=", "q"),
        ("q=%00", "q"),
        ("cursor=abc", "cursor"),
        ("cursor=%F0%9F%8D%80", "cursor"),
        ("cursor=WyJhZ3JlZW1lbnRzIiwiMSJd", "cursor"),
    ):
        problem = await registry.json(f"/v1/members?{query}", status=400)
        assert (problem["code"], problem["parameter"]) == ("invalid_parameter", parameter), query


async def test_who_was_not_heard_is_found(registry: Registry, teller: Teller, database: str) -> None:
    """Never, not for 12 months, or recently; with a nil return or without one."""
    await teller.tell("agreement.signed", sister_city(), subject="P-1")
    await teller.tell("municipality.nothing_to_declare", {"as_of": "2026-01"}, member=UBERLANDIA)
    await teller.tell(
        "agreement.signed", sister_city(), subject="P-1", member=ITABIRA, by=("coordination", "31")
    )
    async with connected(database) as sql:
        await sql.execute(
            "UPDATE chain SET last_heard_at = $2 WHERE member = $1",
            UBERLANDIA, datetime(2020, 1, 1, tzinfo=UTC),
        )  # fmt: skip

    async def found(query: str) -> set[str]:
        page = await registry.json(f"/v1/members?limit=500&{query}")
        return {member["id"] for member in page["items"]}

    assert await found("heard=recently") == {BELO_HORIZONTE}
    assert await found("heard=silent_12_months") == {UBERLANDIA}
    never = await found("heard=never&kind=municipality")
    assert ITABIRA in never
    assert not never & {BELO_HORIZONTE, UBERLANDIA}
    assert await found("nil_return=true") == {UBERLANDIA}
    assert await found("nil_return=false&heard=recently") == {BELO_HORIZONTE}
    assert await found("heard=recently&nil_return=true") == set()


async def test_a_contact_is_shown_to_those_who_may_need_it(registry: Registry, teller: Teller) -> None:
    """The last that was told and not retracted: to the member itself, office and coordination."""
    path = f"/v1/members/{BELO_HORIZONTE}"
    assert (await registry.json(path, "own"))["contact"] is None
    first = await teller.tell("member.contact_changed", {"office": "Gabinete", "phone": "+55 31 3277-0001"})
    last = await teller.tell("member.contact_changed", {"office": "Relações Internacionais"})
    shown = {"office": "Relações Internacionais", "email": None, "phone": None}
    for asker in ("own", "office", "coordination"):
        assert (await registry.json(path, asker))["contact"] == shown
        listed = await registry.json("/v1/members?q=belo horizonte", asker)
        assert listed["items"][0]["contact"] == shown
    for asker in ("anonymous", "other"):
        assert "contact" not in await registry.json(path, asker)
    await teller.tell("agreement.retracted", {"notice": last.protocol, "reason": "engano"}, subject="-")
    assert (await registry.json(path, "own"))["contact"]["office"] == "Gabinete"
    then = first.registered_at.isoformat().replace("+", "%2B")
    known_then = await registry.json(f"{path}?known_at={then}", "own")
    assert known_then["contact"]["phone"] == "+55 31 3277-0001"


async def test_a_day_to_come_is_counted_from_what_is_maintained(registry: Registry, teller: Teller) -> None:
    """The term that ends meanwhile is not counted any more; a day of the past is counted anew."""
    await teller.tell("agreement.signed", sister_city(ends_on="2150-01-01"), subject="P-1")
    path = f"/v1/members/{BELO_HORIZONTE}"
    for day, ever, in_force in (
        ("2024-12-31", 0, 0),
        ("2025-03-01", 1, 0),
        ("2025-03-02", 1, 1),
        ("2150-01-01", 1, 1),
        ("2150-01-02", 1, 0),
    ):
        member = await registry.json(f"{path}?as_of={day}")
        assert (member["signed"]["ever"], member["in_force"], member["as_of"]) == (ever, in_force, day)
        assert "known_at" not in member
    now = await registry.json(f"{path}?known_at={day_of(datetime.now(UTC))}")
    assert now["in_force"] == 1
    assert now["known_at"].endswith("Z")
    assert (await registry.json(f"{path}?known_at=2020-01-01"))["in_force"] is None
