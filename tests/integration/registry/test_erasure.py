"""What must be forgotten is gone everywhere, and the chain still verifies."""

import json
from typing import Any

import msgspec
import pytest

from services.registry.writing import rebuilding
from services.registry.writing.erasure import NothingToErase, erase
from services.registry.writing.registrar import Registrar
from tests.support.registered import Sql, delivered, remembered, require_sound
from tests.support.told import MEMBER, signed, told

NAME = "Ana de Souza"
OFFICIAL = {"signatories": [{"office": "Prefeita", "name": NAME}]}


async def forget(sql: Sql, sequence: int, *fields: str) -> Any:
    """Erase *fields* of entry *sequence*, as a court told."""
    return await erase(
        sql, MEMBER, sequence, fields, ground="court_order", decided_by="coordination", request="SEI 1"
    )


async def everything(sql: Sql) -> str:
    """All that is stored, as one text."""
    tables = (
        "entry",
        "disclosure",
        "conflict",
        "agreement",
        "segment",
        "facet",
        "tally",
        "feed_item",
        "inbox",
    )
    rows = [
        row[0]
        for table in tables
        for row in await sql.fetch(f"SELECT to_jsonb(t)::text FROM {table} t")  # noqa: S608 - names of ours
    ]
    return "\n".join(rows)


async def test_an_erased_value_is_nowhere_and_the_chain_verifies(registrar: Registrar, sql: Sql) -> None:
    """Value, salt, agreement, feed: gone in one transaction; an entry says that it was so."""
    await registrar.register([delivered(signed("2020", **OFFICIAL))])
    assert NAME in await everything(sql)
    done = await forget(sql, 1, "signatories")
    assert NAME not in await everything(sql)
    assert done.position == 2
    row = await sql.fetchrow("SELECT fold, erased, version FROM agreement")
    assert row is not None
    assert "signatories" not in json.loads(row["fold"])["fields"]
    assert (json.loads(row["erased"]), row["version"]) == (["signatories"], 1)
    await require_sound(sql)


async def test_the_erasure_is_an_item_that_tells_readers_what_to_forget(
    registrar: Registrar, sql: Sql
) -> None:
    """Readers of the stream redact what they hold; the item shows the agreement as it was rebuilt."""
    await registrar.register([delivered(signed("2020", themes=["AGUA"]))])
    await forget(sql, 1, "title", "partners", "themes")
    first, item = [
        json.loads(row["item"]) for row in await sql.fetch("SELECT item FROM feed_item ORDER BY position")
    ]
    assert item["type"] == "br.malha.ledger.erased.v1"
    assert item["erased"] == {
        "sequence": 1,
        "fields": ["partners", "themes", "title"],
        "notice": first["protocol"],
    }
    assert item["visibility"] == "public"
    for shown in (first, item):
        assert shown["agreement"]["title"] is None
        assert (shown["countries"], shown["themes"]) == ([], [])
        assert "Porto" not in json.dumps(shown)
    assert await sql.fetchval("SELECT count(DISTINCT agreement) FROM feed_item") == 1
    await require_sound(sql)


async def test_counts_and_lists_forget_too(registrar: Registrar, sql: Sql) -> None:
    """What was counted by an erased value is not counted by it any more."""
    await registrar.register([delivered(signed("2020", themes=["AGUA"]))])
    await forget(sql, 1, "partners", "themes")
    facets = {row["name"] for row in await sql.fetch("SELECT name FROM facet")}
    assert facets == {"member", "mesoregion", "instrument"}
    await require_sound(sql)


async def test_a_repeat_after_an_erasure_restores_nothing(registrar: Registrar, sql: Sql) -> None:
    """A sender's retry is compared with what is left."""
    notice = signed("2020", **OFFICIAL)
    await registrar.register([delivered(notice)])
    await forget(sql, 1, "signatories")
    before = await remembered(sql)
    (outcome,) = await registrar.register([delivered(notice)])
    assert outcome.repeated  # type: ignore[union-attr]
    assert await remembered(sql) == before
    assert NAME not in await everything(sql)


async def test_a_late_notice_after_an_erasure_restores_nothing(registrar: Registrar, sql: Sql) -> None:
    """Folding anew reads the ledger, and the ledger has forgotten."""
    await registrar.register([delivered(signed("2020", **OFFICIAL))])
    await forget(sql, 1, "signatories", "instrument", "title")
    late = told("amended", effective_on="2019-01-01", changes={"department": "Gabinete"})
    await registrar.register([delivered(late)])
    assert NAME not in await everything(sql)
    assert json.loads(await sql.fetchval("SELECT erased FROM agreement")) == [
        "instrument",
        "signatories",
        "title",
    ]
    await require_sound(sql)


async def test_erasing_changes_forgets_the_fields_in_them(registrar: Registrar, sql: Sql) -> None:
    """A correction's new values are one value of the entry; what it set falls back."""
    correction = told("corrected", reason="erro", changes=OFFICIAL, time="2024-01-01T00:00:00Z")
    await registrar.register([delivered(signed("2020")), delivered(correction)])
    await forget(sql, 2, "changes")
    assert NAME not in await everything(sql)
    assert json.loads(await sql.fetchval("SELECT erased FROM agreement")) == ["signatories"]
    await require_sound(sql)


async def test_a_conflict_with_the_same_name_is_forgotten_too(registrar: Registrar, sql: Sql) -> None:
    """What was set aside must not keep what had to go."""
    notice = signed("2020", **OFFICIAL)
    other = msgspec.structs.replace(notice, data={**notice.data, "title": "Outro"})
    await registrar.register([delivered(notice), delivered(other)])
    await forget(sql, 1, "signatories")
    assert NAME not in await everything(sql)
    assert await sql.fetchval("SELECT count(*) FROM conflict") == 1


async def test_a_later_conflict_does_not_bring_it_back(registrar: Registrar, sql: Sql) -> None:
    """Whoever sends the notice again with another title sends the erased name, too."""
    notice = signed("2020", **OFFICIAL)
    await registrar.register([delivered(notice)])
    await forget(sql, 1, "signatories")
    other = msgspec.structs.replace(notice, data={**notice.data, "title": "Outro"})
    await registrar.register([delivered(other)])
    assert await sql.fetchval("SELECT data ->> 'title' FROM conflict") == "Outro"
    assert NAME not in await everything(sql)


@pytest.mark.parametrize("fields", [["nothing"], ["signatories", "nothing"]])
async def test_nothing_is_erased_that_is_not_there(registrar: Registrar, sql: Sql, fields: list[str]) -> None:
    """A slip of the pen leaves everything as it was, and no transaction open."""
    await registrar.register([delivered(signed("2020", **OFFICIAL))])
    before = await everything(sql)
    with pytest.raises(NothingToErase):
        await forget(sql, 1, *fields)
    with pytest.raises(NothingToErase):
        await forget(sql, 2, "title")
    assert await everything(sql) == before
    assert not sql.is_in_transaction()


async def test_an_erasure_itself_cannot_be_erased(registrar: Registrar, sql: Sql) -> None:
    """It is what the chain is verified by; nor is a value erased twice."""
    await registrar.register([delivered(signed("2020", **OFFICIAL))])
    await forget(sql, 1, "signatories")
    with pytest.raises(NothingToErase):
        await forget(sql, 2, "fields")
    with pytest.raises(NothingToErase):
        await forget(sql, 1, "signatories")
    await require_sound(sql)


async def test_a_nil_return_whose_date_was_erased_is_not_the_last(registrar: Registrar, sql: Sql) -> None:
    """A notice without an agreement can be erased as well."""
    notice = msgspec.structs.replace(
        signed(), type="br.malha.municipality.nothing_to_declare.v1", data={"as_of": "2026-11-01"}
    )
    await registrar.register([delivered(notice)])
    await forget(sql, 1, "as_of")
    assert await sql.fetchval("SELECT last_nil_return FROM chain") is None
    await require_sound(sql)


async def test_others_are_registered_while_a_life_is_told_again(
    registrar: Registrar, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long one takes a minute: nobody waits for it, and what comes meanwhile is in what is left."""
    retell = rebuilding.retell

    async def slowly(*known: Any) -> Any:
        replay = await retell(*known)
        renamed = told("amended", effective_on="2021-01-01", changes={"title": "Outro"})
        await registrar.register([delivered(renamed)])
        return replay

    await registrar.register([delivered(signed("2020", **OFFICIAL))])
    monkeypatch.setattr(rebuilding, "retell", slowly)
    await forget(sql, 1, "signatories")
    assert NAME not in await everything(sql)
    assert "Outro" in await sql.fetchval("SELECT fold::text FROM agreement WHERE version = 2")
    await require_sound(sql)
