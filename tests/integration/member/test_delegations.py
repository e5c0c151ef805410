"""Who may send for a member, granted and taken back by its people."""

from datetime import timedelta

from aiohttp import ClientResponse

from services.registry.http.answers import today
from services.registry.network import roster
from services.registry.network.directory import read_directory
from shared.directory import Delegation
from tests.support.registry import BELO_HORIZONTE, ENVIRONMENT, UBERLANDIA, Registry, connected

VENDOR = "org-fornecedor-ficticio"
SIGNED = "br.malha.agreement.signed.v1"


async def send(registry: Registry, path: str, asker: str = "own", **form: str | list[str]) -> ClientResponse:
    """The answer to a form."""
    fields = [
        (name, each)
        for name, value in form.items()
        for each in (value if isinstance(value, list) else [value])
    ]
    headers = {**registry.headers(asker), "Accept": "text/html"}
    return await registry.client.post(path, data=fields, headers=headers, allow_redirects=False)


async def delegations(database: str) -> list[Delegation]:
    """Those that every service knows."""
    async with connected(database) as connection:
        return list((await read_directory(connection, ENVIRONMENT)).delegations)


async def vendor(database: str) -> None:
    """There is an organisation that sends for others."""
    async with connected(database) as connection:
        await roster.add_organisation(connection, VENDOR, "Fornecedor Fictício")


async def test_a_delegation_lasts_ninety_days_at_most(registry: Registry, database: str) -> None:
    """All that a member tells, or the types that were chosen; given again it is the same one, changed."""
    await vendor(database)
    last = today() + timedelta(days=90)
    late = await send(
        registry, "/membro/delegacoes", to=VENDOR, what="all", until=(last + timedelta(1)).isoformat()
    )
    assert late.status == 422
    assert "daqui a 90 dias" in await late.text()
    assert await delegations(database) == []
    given = await send(registry, "/membro/delegacoes", to=VENDOR, what="all", until=last.isoformat())
    assert (given.status, given.headers["Location"]) == (303, "/membro/delegacoes")
    assert await delegations(database) == [Delegation(BELO_HORIZONTE, VENDOR, None, last)]
    changed = await send(
        registry, "/membro/delegacoes", to=VENDOR, what="some", fact=[SIGNED], until=today().isoformat()
    )
    assert changed.status == 303
    assert await delegations(database) == [Delegation(BELO_HORIZONTE, VENDOR, (SIGNED,), today())]
    page = await (await registry.get("/membro/delegacoes", "own", Accept_Language="pt-BR")).text()
    assert "Fornecedor Fictício" in page
    assert "Acordo assinado" in page


async def test_whom_one_means_is_found_by_name(registry: Registry, database: str) -> None:
    """Without accents and in part; one of several is chosen by whoever grants, not by us."""
    await vendor(database)
    until = today().isoformat()
    found = await send(registry, "/membro/delegacoes", to="fornecedor ficticio", what="all", until=until)
    assert found.status == 303
    several = await send(registry, "/membro/delegacoes", to="uber", what="all", until=until)
    assert several.status == 422
    told = await several.text()
    assert UBERLANDIA in told
    assert "Uberaba" in told
    for nobody in ("", "Atlântida", "org-nobody", BELO_HORIZONTE, "\x00", "x" * 500):
        answer = await send(registry, "/membro/delegacoes", to=nobody, what="all", until=until)
        assert answer.status == 422, nobody
    assert [each.delegate for each in await delegations(database)] == [VENDOR]


async def test_only_what_a_member_tells_can_be_delegated(registry: Registry, database: str) -> None:
    """Types of the coordination or of the system are not its to give."""
    await vendor(database)
    answer = await send(
        registry,
        "/membro/delegacoes",
        to=VENDOR,
        what="some",
        fact=["br.malha.agreement.voided.v1", "br.malha.clock.silent.v1", "nothing"],
        until=today().isoformat(),
    )
    assert answer.status == 422
    assert await delegations(database) == []


async def test_a_delegation_is_taken_back_by_who_gave_it(registry: Registry, database: str) -> None:
    """At once, and by nobody else."""
    await vendor(database)
    await send(registry, "/membro/delegacoes", to=VENDOR, what="all", until=today().isoformat())
    other = await send(registry, "/membro/delegacoes/desfazer", "other", to=VENDOR)
    assert other.status == 303
    refused = await send(registry, "/membro/delegacoes/desfazer", "other", to=VENDOR, member=BELO_HORIZONTE)
    assert refused.status == 403
    assert len(await delegations(database)) == 1
    assert (await send(registry, "/membro/delegacoes/desfazer", to=VENDOR)).status == 303
    assert await delegations(database) == []


async def test_every_change_is_noted(registry: Registry, database: str) -> None:
    """Who gave which right to whom can be asked later."""
    await vendor(database)
    await send(registry, "/membro/delegacoes", to=VENDOR, what="all", until=today().isoformat())
    await send(registry, "/membro/delegacoes/desfazer", to=VENDOR)
    await send(registry, "/membro/chaves", label="convênios", key="abcdefgh2345")
    async with connected(database) as connection:
        noted = await connection.fetch("SELECT act, resource, detail FROM audit ORDER BY id")
    assert [tuple(row) for row in noted] == [
        ("delegate", BELO_HORIZONTE, VENDOR),
        ("undelegate", BELO_HORIZONTE, VENDOR),
        ("issue_key", BELO_HORIZONTE, "abcdefgh2345"),
    ]
