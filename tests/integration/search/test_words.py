"""What is found by which words: accents, plurals, phrases, numbers, typing errors; and who may find it."""

from typing import Any

import pytest

from services.registry.finding import following, texts
from services.registry.queries import Reach, search, spelling
from tests.support.indexed import indexed
from tests.support.registered import Sql
from tests.support.registry import BELO_HORIZONTE, UBERLANDIA, Teller, sister_city

EVERYTHING = Reach(None)
PUBLIC = Reach(("public",))
NETWORK = Reach(("public", "network"))

TOLD: dict[str, dict[str, Any]] = {
    "014/2026": sister_city(
        title="Cooperação técnico-científica em águas",
        object="Promover ações conjuntas de saneamento entre os municípios, com intercâmbio de jovens.",
    ),
    "1500.01.0012345/2024-11": sister_city(
        title="Memorando com Łódź",
        partners=[{"name": "Uniwersytet Łódzki", "kind": "university", "country": "PL", "place": "Łódź"}],
    ),
    "S-3": sister_city(
        title="Acordos internacionais",
        object="Missões comerciais",
        partners=[{"name": "Nanjing", "kind": "city", "country": "CN", "place": "Jiangsu"}],
        participants=[{"member": UBERLANDIA, "role": "signatory"}],
        themes=["TUR"],
    ),
}


async def found(sql: Sql, q: str, reach: Reach = EVERYTHING) -> list[str]:
    """The subjects of what *q* finds, as a list would walk through it: both ways must say the same."""
    meant = await search.meaning(sql, q, reach)
    source = search.SOURCE.format(query="$1", low="$2::bigint", high="$3::bigint")
    walked = [row[0] for row in await sql.fetch(source, meant.query, 0, 2**62)] if meant.query else []
    keys = walked if meant.keys is None else meant.keys
    assert sorted(keys) == sorted(walked)
    rows = await sql.fetch(
        "SELECT subject FROM agreement WHERE known_from = ANY($1) ORDER BY known_from", keys
    )
    return [row["subject"] for row in rows]


FINDS = [
    ("cooperação", ["014/2026"]),
    ("COOPERACAO", ["014/2026"]),
    ("cooperações", ["014/2026"]),
    ("cooperacoes", ["014/2026"]),
    ("ação municipio", ["014/2026"]),
    ("jovem intercambios", ["014/2026"]),
    ("técnica científica", ["014/2026"]),
    ("internacional", ["S-3"]),
    ("missão comercial", ["S-3"]),
    ("lodz", ["1500.01.0012345/2024-11"]),
    ("Łódź", ["1500.01.0012345/2024-11"]),
    ("uniwersytet lodzki", ["1500.01.0012345/2024-11"]),
    ("jiangsu", ["S-3"]),
    ("China turismo", ["S-3"]),
    ("uberlândia", ["S-3"]),
    ("belo horizonte", list(TOLD)),
    ("014/2026", ["014/2026"]),
    ("14/2026", ["014/2026"]),
    ("2026/14", []),
    ("0012345", ["1500.01.0012345/2024-11"]),
    ("1500.01.0012345", ["1500.01.0012345/2024-11"]),
    ("1500.01.0012345/2024-11", ["1500.01.0012345/2024-11"]),
    ('"intercâmbio de jovens"', ["014/2026"]),
    ('"jovens de intercâmbio"', []),
    ("“ações conjuntas”", ["014/2026"]),
    ('"ações conjuntas" águas', ["014/2026"]),
    ('"ações conjuntas" nanjing', []),
    ("nanjing porto", []),
    ("!!!", []),
    ("' | a:* & b\\", []),
]


async def test_each_word_finds_what_it_means(teller: Teller, sql: Sql, database: str) -> None:
    """Several words are all of them; in quotes, one after the other."""
    for subject, data in TOLD.items():
        await teller.tell("agreement.signed", data, subject=subject)
    await indexed(database)
    wrong = {q: got for q, wanted in FINDS if (got := await found(sql, q)) != wanted}
    assert not wrong
    for q, wanted in FINDS:
        assert not wanted or not (await search.meaning(sql, q, EVERYTHING)).corrected, q


CORRECTED = [
    ("cooperasão", "cooperacao", ["014/2026"]),
    ("nanjin", "nanjing", ["S-3"]),
    ("Nanjnig", "nanjing", ["S-3"]),
    ("uberlandai", "uberlandia", ["S-3"]),
    ("universitet", "uniwersytet", ["1500.01.0012345/2024-11"]),
    ("intercanbio", "intercambio", ["014/2026"]),
]


async def test_a_typing_error_is_forgiven_and_said(teller: Teller, sql: Sql, database: str) -> None:
    """One error in a short word, two in a longer one; the answer says what was looked for instead."""
    for subject, data in TOLD.items():
        await teller.tell("agreement.signed", data, subject=subject)
    await indexed(database)
    for asked, used, finds in CORRECTED:
        meant = await search.meaning(sql, asked, EVERYTHING)
        said = asked.lower().replace("ã", "a")
        assert [(each.asked, each.used) for each in meant.corrected] == [(said, [used])]
        assert await found(sql, asked) == finds


async def test_a_word_that_is_there_is_not_corrected(teller: Teller, sql: Sql, database: str) -> None:
    """However near it is to a more common one; nor a number, a short word, or what stands in quotes."""
    await teller.tell("agreement.signed", sister_city(title="Cidade"), subject="1999")
    await teller.tell("agreement.signed", sister_city(title="Cidada"), subject="B")
    await indexed(database)
    assert await found(sql, "cidada") == ["B"]
    for q in ("1998", "cib", "ouro", "passos", '"cidaxe"'):
        meant = await search.meaning(sql, q, EVERYTHING)
        assert (meant.keys, meant.corrected) == ([], []), q


async def test_words_that_say_nothing_restrict_nothing(teller: Teller, sql: Sql, database: str) -> None:
    """Whoever begins to type "de" is not told that there is nothing."""
    await teller.tell("agreement.signed", sister_city(), subject="A")
    await indexed(database)
    meant = await search.meaning(sql, "de a", EVERYTHING)
    assert (meant.query, meant.keys) == ("", None)
    assert await found(sql, "irmanamento de porto") == ["A"]


async def test_a_restricted_word_is_suggested_to_nobody_else(teller: Teller, sql: Sql, database: str) -> None:
    """What is looked for instead would tell what is written there."""
    for subject, visibility, word in (("R", "restricted", "rubitox"), ("N", "network", "quaralim")):
        await teller.tell(
            "agreement.signed",
            sister_city(title=f"Xilofone {visibility}", object=word, visibility=visibility),
            subject=subject,
        )
    await indexed(database)

    async def suggested(q: str, reach: Reach) -> list[str]:
        meant = await search.meaning(sql, q, reach)
        return [word for found in meant.corrected for word in found.used]

    assert await suggested("rubitoz", EVERYTHING) == ["rubitox"]
    assert await suggested("rubitoz", NETWORK) == []
    assert await suggested("quarolim", NETWORK) == ["quaralim"]
    assert await suggested("quarolim", PUBLIC) == []
    await teller.tell(
        "agreement.corrected", {"changes": {"visibility": "public"}, "reason": "x"}, subject="R"
    )
    await indexed(database)
    assert await suggested("rubitoz", PUBLIC) == ["rubitox"]


async def test_text_that_was_amended_is_found_by_both(teller: Teller, sql: Sql, database: str) -> None:
    """People remember the old title, too; a corrected one was never true."""
    await teller.tell("agreement.signed", sister_city(title="Hidrovia"), subject="A")
    await teller.tell("agreement.signed", sister_city(title="Ferrovya"), subject="B")
    await teller.tell(
        "agreement.amended", {"changes": {"title": "Ponte"}, "effective_on": "2025-06-01"}, subject="A"
    )
    await teller.tell("agreement.corrected", {"changes": {"title": "Ferrovia"}, "reason": "x"}, subject="B")
    await indexed(database)
    assert await found(sql, "hidrovia") == ["A"]
    assert await found(sql, "ponte") == ["A"]
    assert await found(sql, "ferrovia") == ["B"]
    assert await found(sql, '"ferrovya"') == []


async def test_a_word_stays_as_long_as_somebody_uses_it(teller: Teller, sql: Sql, database: str) -> None:
    """In an agreement that those may see to whom it is told; one that nobody uses any more is gone."""

    async def words(*wanted: str) -> dict[str, tuple[bool, bool]]:
        await indexed(database)
        rows = await sql.fetch("SELECT word, public, restricted FROM word WHERE word = ANY($1)", wanted)
        return {row["word"]: (row["public"], row["restricted"]) for row in rows}

    await teller.tell("agreement.signed", sister_city(title="Bicicleta barroca"), subject="A")
    await teller.tell("agreement.signed", sister_city(title="Bicicletas"), subject="B")
    await teller.tell("agreement.signed", sister_city(title="Barroco", visibility="restricted"), subject="C")
    assert await words("bicicleta", "bicicletas", "barroca", "barroco") == {
        "bicicleta": (True, False),
        "bicicletas": (True, False),
        "barroca": (True, False),
        "barroco": (False, True),
    }
    await teller.tell("agreement.corrected", {"changes": {"title": "Trem"}, "reason": "x"}, subject="A")
    assert await words("bicicleta", "bicicletas", "barroca", "barroco", "trem") == {
        "trem": (True, False),
        "bicicletas": (True, False),
        "barroco": (False, True),
    }
    shown = {"changes": {"visibility": "public"}, "reason": "x"}
    await teller.tell("agreement.corrected", shown, subject="C")
    assert await words("barroco") == {"barroco": (True, False)}


async def test_uses_are_counted_by_samples(
    teller: Teller, sql: Sql, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """About right, at the price of few of the counts; deriving anew counts nothing twice."""
    monkeypatch.setattr(texts, "SAMPLED", 1)
    for subject in ("A", "B", "C"):
        await teller.tell("agreement.signed", sister_city(), subject=subject)
    for _ in range(2):
        await indexed(database)
        assert await sql.fetchval("SELECT uses FROM word WHERE word = 'porto'") == 3
        await following.begin_again(sql)


async def test_a_common_word_is_walked_through(
    teller: Teller, sql: Sql, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too many agreements have it to fetch them all: the list goes from span to span."""
    monkeypatch.setattr(search, "MOST_KEYS", 1)
    for subject in ("A", "B"):
        await teller.tell("agreement.signed", sister_city(), subject=subject)
    await indexed(database)
    assert (await search.meaning(sql, "porto", EVERYTHING)).keys is None
    assert await found(sql, "porto") == ["A", "B"]


async def test_everything_can_be_derived_anew(teller: Teller, sql: Sql, database: str) -> None:
    """Rows that were lost come back, words are counted once, and what there is serves meanwhile."""
    for subject, data in TOLD.items():
        await teller.tell("agreement.signed", data, subject=subject)
    await indexed(database)

    async def derived() -> list[Any]:
        return [
            await sql.fetch("SELECT known_from, words FROM search ORDER BY 1"),
            await sql.fetch("SELECT word, term, public, network, restricted FROM word ORDER BY 1"),
            await sql.fetch("SELECT agreement, digest FROM compared ORDER BY 1"),
            await sql.fetch("SELECT * FROM dealing ORDER BY agreement, partner"),
        ]

    before = await derived()
    await following.begin_again(sql)
    assert await found(sql, "jiangsu") == ["S-3"]
    await indexed(database)
    assert await derived() == before
    await sql.execute("DELETE FROM search WHERE known_from = 1")
    await following.begin_again(sql)
    await indexed(database)
    assert await derived() == before


async def test_long_and_foreign_texts_are_indexed(teller: Teller, sql: Sql, database: str) -> None:
    """Whatever the door lets in: one word of 5,000 letters, other scripts, signs."""
    await teller.tell(
        "agreement.signed",
        sister_city(title="上海市 и Москва ﷺ 😀", object="x" * 4_990 + " fim"),
        subject="A",
        member=BELO_HORIZONTE,
    )
    await indexed(database)
    for q in ("上海市", "москва", "МОСКВА", "fim"):
        assert await found(sql, q) == ["A"], q


async def test_the_database_cuts_words_as_the_question_does(sql: Sql) -> None:
    """Or no error were forgiven."""
    for word in ("agua", "goias", "xadrez", "cidades", "educacao", "municipio", "cooperacao", "x" * 40):
        pieces = await sql.fetchval("SELECT pieces_of($1)", word)
        assert set(pieces) <= set(spelling.pieces(word, spelling.errors_allowed(word))), word
