"""Duplicates, the same text, and siblings: suspected among few, shown to who may see, closed when cured."""

from typing import Any

from services.registry.finding.same_text import MOST_CANDIDATES
from tests.support.indexed import indexed
from tests.support.registered import Sql
from tests.support.registry import BELO_HORIZONTE, UBERLANDIA, Registry, Teller, sister_city

FORM = (
    "O presente acordo tem por objeto promover a cooperação técnica, científica e cultural entre {ours} e "
    "{theirs}, mediante o intercâmbio de experiências, a realização de projetos conjuntos, a troca de "
    "informações e de publicações, a visita de delegações e a promoção do comércio e do turismo, "
    "respeitada a legislação."
)
JUIZ_DE_FORA = "3136702"


def twinning(city: str, theirs: str, **changes: Any) -> dict[str, Any]:
    """A twinning of *city* with *theirs*, drafted with the form."""
    return sister_city(
        title=f"Irmanamento de {city} e {theirs}",
        object=FORM.format(ours=city, theirs=theirs),
        partners=[{"name": theirs, "kind": "city", "country": "PT"}],
        **changes,
    )


async def id_of(sql: Sql, subject: str) -> str:
    """The id of an agreement."""
    return str(await sql.fetchval("SELECT id FROM agreement WHERE subject = $1", subject))


async def similar(registry: Registry, sql: Sql, subject: str, asker: str = "office") -> Any:
    """What an agreement has in common with others."""
    return await registry.json(f"/v1/agreements/{await id_of(sql, subject)}/similar", asker)


async def reviews(sql: Sql, code: str = "possible_duplicate") -> dict[tuple[str, str], str]:
    """Open or by whom closed, by the subjects of both."""
    rows = await sql.fetch(
        """SELECT a.subject, coalesce(o.subject, '') AS other, coalesce(r.closed_by, 'open') AS stands
           FROM review r JOIN agreement a ON a.id = r.agreement LEFT JOIN agreement o ON o.id = r.other
           WHERE r.code = $1""",
        code,
    )
    return {(row["subject"], row["other"]): row["stands"] for row in rows}


async def test_a_duplicate_is_suspected_until_it_is_merged(
    registry: Registry, teller: Teller, sql: Sql, database: str
) -> None:
    """The later one is held against the earlier, the sentence says how to cure it, and the cure closes it."""
    await teller.tell("agreement.signed", sister_city(), subject="A")
    await teller.tell("agreement.reported", sister_city(title="Irmanamento com Porto"), subject="B")
    await indexed(database)
    assert await reviews(sql) == {("B", "A"): "open"}
    for subject, other in (("A", "B"), ("B", "A")):
        (found,) = (await similar(registry, sql, subject))["duplicates"]
        assert found["agreement"]["subject"] == other
        assert "into = A" in found["detail"]
    await teller.tell("agreement.merged", {"into": "A"}, subject="B")
    await indexed(database)
    assert await reviews(sql) == {("B", "A"): "notice"}
    assert (await similar(registry, sql, "A"))["duplicates"] == []


async def test_a_duplicate_that_was_corrected_apart_comes_back_if_it_is_corrected_back(
    teller: Teller, sql: Sql, database: str
) -> None:
    """What a notice closed, a notice may open; what the coordination closed stays closed."""
    await teller.tell("agreement.signed", sister_city(), subject="A")
    await teller.tell("agreement.signed", sister_city(), subject="B")
    await indexed(database)

    async def correct(signed_on: str) -> dict[tuple[str, str], str]:
        await teller.tell(
            "agreement.corrected", {"changes": {"signed_on": signed_on}, "reason": "x"}, subject="B"
        )
        await indexed(database)
        return await reviews(sql)

    assert await correct("2019-01-01") == {("B", "A"): "notice"}
    assert await correct("2025-03-01") == {("B", "A"): "open"}
    await sql.execute("UPDATE review SET closed_at = now(), closed_by = 'coordination', reason = 'x'")
    assert await correct("2019-01-01") == {("B", "A"): "coordination"}
    assert await correct("2025-03-01") == {("B", "A"): "coordination"}


async def test_of_many_copies_each_is_held_against_one(teller: Teller, sql: Sql, database: str) -> None:
    """Thirty uploads of one row are thirty suspicions, not four hundred and thirty-five."""
    for number in range(30):
        await teller.tell("agreement.signed", sister_city(), subject=f"{number:02}")
    await indexed(database)
    found = await reviews(sql)
    assert len(found) == 29
    assert {subject for subject, _ in found} == {f"{number:02}" for number in range(1, 30)}
    assert all(other < subject for subject, other in found)


async def test_suspicion_asks_for_the_same_member_and_partner(
    teller: Teller, sql: Sql, database: str
) -> None:
    """Two cities court the same partner, one city two: nothing is said twice there."""
    await teller.tell("agreement.signed", sister_city(), subject="A")
    await teller.tell("agreement.signed", sister_city(), subject="B", member=UBERLANDIA)
    await teller.tell(
        "agreement.signed",
        sister_city(partners=[{"name": "Braga", "kind": "city", "country": "PT"}]),
        subject="C",
    )
    await indexed(database)
    assert await reviews(sql) == {}


async def test_the_same_text_is_found_across_members(
    registry: Registry, teller: Teller, sql: Sql, database: str
) -> None:
    """Names apart, the text is one: size, share, and who; worded as no accusation."""
    cities = {BELO_HORIZONTE: "Belo Horizonte", UBERLANDIA: "Uberlândia", JUIZ_DE_FORA: "Juiz de Fora"}
    for member, city in cities.items():
        await teller.tell(
            "agreement.signed", twinning(city, f"Vila de {city[::-1]}"), subject=city, member=member
        )
    await teller.tell("agreement.signed", sister_city(object="Intercâmbio cultural"), subject="short")
    await indexed(database)
    found = (await similar(registry, sql, "Uberlândia"))["same_text"]
    assert found["size"] == 3
    assert found["share"] >= 80
    assert {each["agreement"]["subject"] for each in found["agreements"]} == {
        "Belo Horizonte",
        "Juiz de Fora",
    }
    assert "acusado" in found["detail"]
    assert (await similar(registry, sql, "short"))["same_text"] is None
    (text,) = (await registry.json("/v1/texts"))["items"]
    assert (text["id"], text["size"]) == (found["id"], 3)
    assert text["text"] == FORM.format(ours="Belo Horizonte", theirs="Vila de etnoziroH oleB")
    listed = await registry.json(f"/v1/texts/{text['id']}?limit=2")
    assert [each["agreement"]["subject"] for each in listed["items"]] == ["Belo Horizonte", "Uberlândia"]
    rest = await registry.json(f"/v1/texts/{text['id']}?limit=2&cursor={listed['next']}")
    assert [each["agreement"]["subject"] for each in rest["items"]] == ["Juiz de Fora"]
    assert rest["next"] is None
    assert await reviews(sql, "same_text") == {}


async def test_a_text_counts_what_its_reader_sees(
    registry: Registry, teller: Teller, sql: Sql, database: str
) -> None:
    """Neither a number, nor a name, nor the words of what is not seen; and it follows when that changes."""
    for subject, visibility in (("P", "public"), ("N", "network"), ("R", "restricted")):
        await teller.tell(
            "agreement.signed",
            twinning("Belo Horizonte", subject * 5, visibility=visibility),
            subject=subject,
        )
    await indexed(database)
    for asker, size in (("anonymous", None), ("other", 2), ("office", 3)):
        found = (await similar(registry, sql, "P", asker))["same_text"]
        texts = (await registry.json("/v1/texts", asker))["items"]
        assert [text["size"] for text in texts] == ([] if size is None else [size]), asker
        if size is None:
            assert found is None
        else:
            assert found["size"] == size
            assert len(found["agreements"]) == size - 1
            text = await registry.json(f"/v1/texts/{found['id']}", asker)
            assert len(text["items"]) == size
    text = (await registry.json("/v1/texts", "office"))["items"][0]["id"]
    assert (await registry.get(f"/v1/texts/{text}")).status == 404
    await teller.tell(
        "agreement.corrected", {"changes": {"visibility": "public"}, "reason": "x"}, subject="R"
    )
    await indexed(database)
    assert (await registry.json("/v1/texts"))["items"][0]["size"] == 2
    await teller.tell("agreement.voided", {"reason": "x"}, subject="R", by=("coordination", "31"))
    await indexed(database)
    assert (await registry.json("/v1/texts"))["items"] == []


async def test_a_suspicion_counts_what_its_reader_sees(
    registry: Registry, teller: Teller, sql: Sql, database: str
) -> None:
    """A member is not told that five share a text while it is restricted ones of others that make five."""
    for number in range(5):
        await teller.tell(
            "agreement.signed",
            twinning("Belo Horizonte", f"Vila{number}", visibility="restricted" if number > 2 else "public"),
            subject=f"{number}",
            member=UBERLANDIA if number > 2 else BELO_HORIZONTE,
        )
    await indexed(database)
    assert await reviews(sql, "same_text") == {("0", ""): "open"}
    for asker, entries in (("office", 1), ("own", 0)):
        listed = await registry.json("/v1/reviews?kind=same_text&status=all", asker)
        assert len(listed["items"]) == entries, asker
    for number in (3, 4):
        await teller.tell(
            "agreement.corrected",
            {"changes": {"visibility": "network"}, "reason": "x"},
            subject=f"{number}",
            member=UBERLANDIA,
        )
    await indexed(database)
    assert len((await registry.json("/v1/reviews?kind=same_text", "own"))["items"]) == 1


async def test_a_text_survives_its_pattern(
    registry: Registry, teller: Teller, sql: Sql, database: str
) -> None:
    """The first of them is corrected away; the next stands for the text, and others still find it."""
    for number in range(3):
        await teller.tell(
            "agreement.signed", twinning("Belo Horizonte", f"Vila{number}"), subject=f"{number}"
        )
    await indexed(database)
    await teller.tell(
        "agreement.corrected", {"changes": {"object": "Outra coisa, e curta."}, "reason": "x"}, subject="0"
    )
    await indexed(database)
    assert await sql.fetchval("SELECT pattern FROM text_group") == await id_of(sql, "1")
    await teller.tell("agreement.signed", twinning("Uberlândia", "Braga"), subject="3", member=UBERLANDIA)
    await indexed(database)
    assert (await registry.json("/v1/texts"))["items"][0]["size"] == 3
    assert await sql.fetchval("SELECT count(*) FROM text_group") == 1


async def test_boilerplate_stays_cheap_and_is_one_suspicion(
    registry: Registry, teller: Teller, sql: Sql, database: str
) -> None:
    """Compared with one pattern each, named in one review, listed page by page."""
    for number in range(60):
        await teller.tell(
            "agreement.signed", twinning("Belo Horizonte", f"Vila{number}"), subject=f"{number:02}"
        )
    await indexed(database)
    assert await sql.fetchval("SELECT count(*) FROM text_group") == 1
    assert await sql.fetchval("SELECT count(*) FROM text_band") <= 8 * MOST_CANDIDATES
    assert await reviews(sql, "same_text") == {("00", ""): "open"}
    found = (await similar(registry, sql, "30"))["same_text"]
    assert (found["size"], len(found["agreements"])) == (60, 20)
    for number in range(56):
        await teller.tell(
            "agreement.voided", {"reason": "x"}, subject=f"{number:02}", by=("coordination", "31")
        )
    await indexed(database)
    assert "open" not in (await reviews(sql, "same_text")).values()


async def test_siblings_are_who_else_deals_with_whom(
    registry: Registry, teller: Teller, sql: Sql, database: str
) -> None:
    """The same partner; the same country on the same theme; of others only, and only what one may see."""
    await teller.tell("agreement.signed", sister_city(themes=["AGUA"]), subject="mine")
    await teller.tell("agreement.signed", sister_city(), subject="mine too")
    await teller.tell("agreement.signed", sister_city(title="Cooperação"), subject="porto", member=UBERLANDIA)
    braga = [{"name": "Braga", "kind": "city", "country": "PT"}]
    await teller.tell(
        "agreement.signed", sister_city(partners=braga, themes=["AGUA"]), subject="water", member=JUIZ_DE_FORA
    )
    await teller.tell(
        "agreement.signed",
        sister_city(partners=braga, themes=["AGUA"], visibility="restricted"),
        subject="hidden",
        member=UBERLANDIA,
    )
    await indexed(database)

    async def siblings(asker: str) -> tuple[list[str], list[str]]:
        found = (await similar(registry, sql, "mine", asker))["siblings"]
        return tuple([each["subject"] for each in found[kind]] for kind in ("partner", "country_theme"))  # type: ignore[return-value]

    assert await siblings("anonymous") == (["porto"], ["water"])
    assert await siblings("office") == (["porto"], ["hidden", "water"])
    shown = (await similar(registry, sql, "mine", "anonymous"))["siblings"]["partner"][0]
    assert shown == {
        "id": await id_of(sql, "porto"),
        "member": UBERLANDIA,
        "member_name": "Uberlândia",
        "subject": "porto",
        "title": "Cooperação",
        "state": "in_force",
    }


async def test_what_is_not_there_has_nothing_similar(registry: Registry, teller: Teller, sql: Sql) -> None:
    """Neither what is unknown nor what may not be seen; a wrong parameter is named."""
    await teller.tell("agreement.signed", sister_city(visibility="restricted"), subject="A")
    path = f"/v1/agreements/{await id_of(sql, 'A')}/similar"
    assert (await registry.get(path)).status == 404
    assert (await registry.get(path, "office")).status == 200
    assert (await registry.get("/v1/agreements/x/similar")).status == 404
    for text in ("0", "99999999999999999999", "x", "%00", "-1"):
        assert (await registry.get(f"/v1/texts/{text}")).status == 404, text
    for wrong in (f"{path}?q=x", "/v1/texts?member=31", "/v1/texts?cursor=x", "/v1/texts?limit=0"):
        assert (await registry.get(wrong, "office")).status == 400, wrong
