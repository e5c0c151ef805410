"""Coming in and going out; what everybody may read; what happens while the database is away."""

import asyncio

from services.registry.network import people
from shared.notices.families import FACTS
from tests.support.fault_proxy import fault_proxy
from tests.support.registry import THE_STATE, Registry, connected, running_registry
from tests.support.world import eventually

PATIENCE_SECONDS = 60


async def test_a_login_link_signs_in_once(registry: Registry, database: str) -> None:
    """A preview in mail or chat does not use it up; whoever finds it in a history comes too late."""
    async with connected(database) as connection:
        token = await people.create_link(connection, "office", THE_STATE)
    assert (await registry.request("HEAD", f"/entrar/{token}")).status == 200
    answer = await registry.get(f"/entrar/{token}")
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    assert answer.headers["Cache-Control"] == "no-store"
    cookie = answer.cookies["malha_session"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    again = await registry.get(f"/entrar/{token}")
    assert again.status == 410
    assert "malha_session" not in again.cookies


async def test_two_who_click_at_once_do_not_both_come_in(registry: Registry, database: str) -> None:
    """One statement uses the link up, so there is no moment between looking and using."""
    async with connected(database) as connection:
        token = await people.create_link(connection, "office", THE_STATE)
    answers = await asyncio.gather(*(registry.get(f"/entrar/{token}") for _ in range(8)))
    assert sorted(answer.status for answer in answers) == [303] + [410] * 7


async def test_a_link_too_old_or_never_given_is_spent(registry: Registry, database: str) -> None:
    """Whatever stands in the address, it is no error of ours."""
    async with connected(database) as connection:
        token = await people.create_link(connection, "office", THE_STATE)
        await connection.execute("UPDATE login_link SET expires_at = now() - interval '1 second'")
    for spent in (token, "never-given", "%00", "%C3%A9", "x" * 5000):
        assert (await registry.get(f"/entrar/{spent}")).status == 410


async def test_a_session_reads_as_its_role_until_it_is_left(registry: Registry, database: str) -> None:
    """Another site's page cannot end it."""
    async with connected(database) as connection:
        token = await people.create_link(connection, "office", THE_STATE)
        await connection.execute(
            "INSERT INTO tally VALUES ($1, 'in_force', '', 'restricted', '-infinity', 1)", THE_STATE
        )

    async def in_force() -> int | None:
        found: int | None = (await registry.json(f"/v1/members/{THE_STATE}"))["in_force"]
        return found

    assert await in_force() is None
    await registry.get(f"/entrar/{token}")
    assert await in_force() == 1
    left = await registry.request("POST", "/sair", Sec_Fetch_Site="cross-site")
    assert left.status == 403
    assert await in_force() == 1
    left = await registry.request("POST", "/sair", Sec_Fetch_Site="same-origin")
    assert (left.status, left.headers["Location"]) == (303, "/")
    assert await in_force() is None


async def test_a_wrong_key_is_refused_rather_than_taken_for_nobody(registry: Registry) -> None:
    """Whoever shows a key wants to be known by it."""
    for authorization, code in (
        ("Bearer mlh_test_aaaaaaaaaaaa_" + "0" * 64, "unknown_key"),
        ("Bearer mlh_live_aaaaaaaaaaaa_" + "0" * 64, "wrong_environment"),
        ("Basic dGVzdA==", "unknown_key"),
    ):
        answer = await registry.get("/v1/members/31", Authorization=authorization)
        assert answer.status == 401
        assert (await answer.json(content_type=None))["code"] == code
        assert "WWW-Authenticate" in answer.headers


async def test_schemas_and_code_lists_are_served(registry: Registry) -> None:
    """A vendor generates its code from them; they are the same for everybody, and may be kept."""
    for type_ in FACTS:
        schema = await registry.json(f"/v1/schemas/{type_}")
        assert schema["$id"] == f"/v1/schemas/{type_}"
    countries = await registry.json("/v1/codelists/countries")
    assert {"code": "PT", "pt": "Portugal", "en": "Portugal"} in countries["codes"]
    answer = await registry.get("/v1/codelists/themes")
    assert "max-age" in answer.headers["Cache-Control"]
    assert (await registry.get("/v1/codelists/themes", Accept="image/png")).status == 406
    for path in ("/v1/schemas/br.malha.nothing.v1", "/v1/codelists/nothing"):
        assert (await registry.json(path, status=404))["allowed"]


async def test_a_database_away_is_a_503() -> None:
    """Never a hang, never an error of ours; what needs no database is answered all the same."""
    async with running_registry("postgresql://malha@127.0.0.1:1/none") as registry:
        for path in (
            "/v1/members", "/v1/members/31", "/v1/agreements", "/v1/agreements/AG-7FJRXBPMCRCB7", "/v1/feed",
            "/v1/ledger/31", "/v1/ledger/31/verify", "/v1/receipts/MG-7FJRXBPMCRCB7", "/entrar/token",
        ):  # fmt: skip
            async with asyncio.timeout(PATIENCE_SECONDS):
                answer = await registry.get(path)
            assert (answer.status, answer.content_type) == (503, "application/problem+json"), path
            assert int(answer.headers["Retry-After"]) >= 1
        assert (await registry.get("/v1/codelists/themes")).status == 200


async def test_a_frozen_database_is_a_503_too(database: str) -> None:
    """A server that takes what is sent and answers nothing; when it is back, so are the answers."""
    async with fault_proxy(database) as proxy, running_registry(proxy.url) as registry:

        async def is_answered() -> bool:
            return (await registry.get("/v1/members/31")).status == 200

        await eventually(is_answered, "the database is there")
        proxy.pause()
        for _ in range(2):  # on connections that were there, then on new ones
            async with asyncio.timeout(PATIENCE_SECONDS):
                answers = await asyncio.gather(*(registry.get("/v1/members/31") for _ in range(20)))
            assert {answer.status for answer in answers} == {503}
        proxy.resume()
        await eventually(is_answered, "it is answered again")
        proxy.strand()
        answers = await asyncio.gather(*(registry.get("/v1/members/31") for _ in range(20)))
        await eventually(is_answered, "it is answered on new lines")
