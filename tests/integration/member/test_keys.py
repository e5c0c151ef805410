"""A member's keys, as its people handle them: issued, replaced, ended, and when each was last used."""

import re
from datetime import UTC, datetime

import pytest
from aiohttp import ClientResponse

from services.registry.network import key_keeper, key_rotation
from services.registry.network.directory import read_directory
from services.registry.network.keys import issue_key
from tests.support.registry import (
    BELO_HORIZONTE,
    ENVIRONMENT,
    THE_STATE,
    UBERLANDIA,
    Registry,
    connected,
    telling,
)

KEY = re.compile(r"mlh_test_[a-z2-7]{12}_[0-9a-f]{64}")
ID = "abcdefgh2345"


async def send(registry: Registry, path: str, asker: str = "own", **form: str) -> ClientResponse:
    """The answer to a form."""
    headers = {**registry.headers(asker), "Accept": "text/html"}
    return await registry.client.post(path, data=form, headers=headers, allow_redirects=False)


async def good_keys(database: str, member: str = BELO_HORIZONTE) -> list[str]:
    """The ids of those that every service takes."""
    async with connected(database) as connection:
        directory = await read_directory(connection, ENVIRONMENT)
    return [key.id for key in directory.keys if key.member == member and not key.revoked]


async def test_a_new_key_is_shown_once(registry: Registry, database: str) -> None:
    """The form sent twice makes one key, and does not show it again; nor does the list."""
    answer = await send(registry, "/membro/chaves", label="  Sistema  de convênios ", key=ID)
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    [shown] = set(KEY.findall(await answer.text()))
    assert shown.split("_")[2] == ID
    again = await send(registry, "/membro/chaves", label="Sistema de convênios", key=ID)
    assert again.status == 200
    assert not KEY.findall(await again.text())
    assert await good_keys(database) == [ID]
    page = await (await registry.get("/membro/chaves", "own")).text()
    assert "Sistema de convênios" in page
    assert shown not in page


@pytest.mark.parametrize("label", ["", "   ", "x" * 81])
async def test_a_key_needs_a_name(registry: Registry, database: str, label: str) -> None:
    """What was typed stays in the form."""
    answer = await send(registry, "/membro/chaves", label=label, key=ID)
    assert answer.status == 422
    assert "em até 80 letras" in await answer.text()
    assert await good_keys(database) == []


async def test_there_is_an_end_to_keys(registry: Registry, database: str) -> None:
    """Twenty that are good; ending one makes room."""
    async with connected(database) as connection:
        for _ in range(key_rotation.MOST_KEYS):
            last = await issue_key(connection, ENVIRONMENT, BELO_HORIZONTE, "member", "x")
    assert (await send(registry, "/membro/chaves", label="mais uma", key=ID)).status == 409
    assert (await send(registry, f"/membro/chaves/{last.id}/encerrar", sure="1")).status == 303
    assert (await send(registry, "/membro/chaves", label="mais uma", key=ID)).status == 200


async def test_a_replaced_key_is_good_until_its_overlap_is_over(registry: Registry, database: str) -> None:
    """Both work meanwhile; then the keeper ends the old one, and touches no other."""
    async with connected(database) as connection:
        old = await issue_key(connection, ENVIRONMENT, BELO_HORIZONTE, "member", "convênios")
        answer = await send(registry, f"/membro/chaves/{old.id}/trocar", overlap="7", key=ID)
        assert answer.status == 200
        assert KEY.search(await answer.text())
        assert sorted(await good_keys(database)) == sorted([old.id, ID])
        assert not await key_rotation.end_due(connection)
        again = await send(registry, f"/membro/chaves/{old.id}/trocar", overlap="7", key=ID)
        assert not KEY.search(await again.text())
        other = await send(registry, f"/membro/chaves/{old.id}/trocar", overlap="7", key=ID[::-1])
        assert other.status == 404
        await connection.execute("UPDATE api_key SET ends_at = now() WHERE ends_at IS NOT NULL")
        assert await key_rotation.end_due(connection)
        assert not await key_rotation.end_due(connection)
    assert await good_keys(database) == [ID]


async def test_a_key_replaced_without_overlap_ends_at_once(registry: Registry, database: str) -> None:
    """For one that fell into other hands."""
    async with connected(database) as connection:
        old = await issue_key(connection, ENVIRONMENT, BELO_HORIZONTE, "member", "convênios")
    assert (await send(registry, f"/membro/chaves/{old.id}/trocar", overlap="0", key=ID)).status == 200
    assert await good_keys(database) == [ID]


async def test_ending_a_key_is_asked_twice(registry: Registry, database: str) -> None:
    """It cannot be taken back."""
    async with connected(database) as connection:
        key = await issue_key(connection, ENVIRONMENT, BELO_HORIZONTE, "member", "convênios")
    asked = await send(registry, f"/membro/chaves/{key.id}/encerrar")
    assert "Isto não se desfaz" in await asked.text()
    assert await good_keys(database) == [key.id]
    done = await send(registry, f"/membro/chaves/{key.id}/encerrar", sure="1")
    assert (done.status, done.headers["Location"]) == (303, "/membro/chaves")
    assert await good_keys(database) == []


async def test_nobody_handles_anothers_keys(registry: Registry, database: str) -> None:
    """Nor one of a higher role: replacing it would hand out what its owner may do."""
    async with connected(database) as connection:
        own = await issue_key(connection, ENVIRONMENT, BELO_HORIZONTE, "member", "convênios")
        high = await issue_key(connection, ENVIRONMENT, THE_STATE, "coordination", "painel")
    for asker, form, status in (
        ("other", {}, 404),
        ("other", {"member": BELO_HORIZONTE}, 403),
        ("office", {"member": BELO_HORIZONTE}, 403),
    ):
        for path in ("trocar", "encerrar"):
            answer = await send(
                registry, f"/membro/chaves/{own.id}/{path}", asker, overlap="0", key=ID, sure="1", **form
            )
            assert answer.status == status, (asker, path)
    for path in ("trocar", "encerrar"):
        answer = await send(
            registry, f"/membro/chaves/{high.id}/{path}", "coordination", overlap="0", key=ID, sure="1"
        )
        assert answer.status == 404
    assert await good_keys(database) == [own.id]
    assert await good_keys(database, THE_STATE) == [high.id]
    assert await good_keys(database, UBERLANDIA) == []


async def test_last_use_is_seen_from_the_ledger(registry: Registry, database: str) -> None:
    """Each notice names its key; what was read once is not read again, and other keys are left alone."""
    async with connected(database) as connection, telling(database) as teller:
        await connection.execute(
            "INSERT INTO api_key (id, member, role, digest) VALUES ($1, $2, 'member', '')",
            "k" * 12,
            BELO_HORIZONTE,
        )
        assert "nenhum aviso registrado com ela" in await (await registry.get("/membro/chaves", "own")).text()
        told = [
            await teller.tell("municipality.nothing_to_declare", {"as_of": "2026-01-01"}) for _ in range(3)
        ]
        assert await key_keeper.advance(connection) == 3
        assert await key_keeper.advance(connection) == 0
        row = await connection.fetchrow("SELECT key, last_used_at, position FROM key_use")
    assert row is not None
    assert tuple(row) == ("k" * 12, told[-1].received_at, told[-1].position)
    page = await (await registry.get("/membro/chaves", "own")).text()
    assert f'href="/protocolos/{told[-1].protocol}"' in page


async def test_a_key_of_an_earlier_mandate_is_flagged_until_somebody_signs_in(
    registry: Registry, database: str
) -> None:
    """It goes on, as institutions do; and whoever comes after is told that it is there."""
    async with connected(database) as connection:
        key = await issue_key(connection, ENVIRONMENT, BELO_HORIZONTE, "member", "convênios")
        flagged = "ninguém deste membro entrou desde a mudança"
        assert flagged not in await (await registry.get("/membro/chaves", "own")).text()
        await connection.execute(
            "UPDATE api_key SET issued_at = $2 WHERE id = $1", key.id, datetime(2023, 5, 1, tzinfo=UTC)
        )
        assert flagged in await (await registry.get("/membro/chaves", "own")).text()
        await connection.execute(
            "INSERT INTO person (id, member, role, name, signed_in_at) VALUES ('p', $1, 'member', $2, now())",
            BELO_HORIZONTE,
            "Pessoa Fictícia",
        )
        page = await (await registry.get("/membro/chaves", "own")).text()
        assert flagged not in page
        assert "Confira quem as usa" in page
        assert await good_keys(database) == [key.id]
