"""`/operacao`: the same errand in a browser, for the people of operations alone."""

import re
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientResponse

from services.registry.dead import orders
from services.registry.dead.carrying import Orders
from services.registry.dead.letters import PARKED
from services.registry.network import people
from tests.integration.dead.conftest import Ended
from tests.support.laid import UNKNOWN_MEMBER, body_of, failed, headers_of, ids_in, lay, lay_bodies
from tests.support.parts import running
from tests.support.registered import Sql
from tests.support.registry import THE_STATE, Registry, running_registry
from tests.support.servers import Vhost
from tests.support.told import MEMBER


@pytest.fixture
async def registry(database: str, vhost: Vhost) -> AsyncIterator[Registry]:
    """A registry that reaches its queues by its own rights."""
    async with running_registry(database, amqp_url=vhost.url_of("registry")) as found:
        yield found


async def post(registry: Registry, path: str, **form: str) -> ClientResponse:
    """The answer to a form, sent by a key of operations."""
    headers = {**registry.headers("ops"), "Accept": "text/html"}
    return await registry.client.post(path, data=form, headers=headers, allow_redirects=False)


async def page(registry: Registry, path: str, status: int = 200) -> str:
    """What operations read there, in Portuguese."""
    answer = await registry.get(path, "ops", Accept="text/html", Accept_Language="pt-BR")
    assert answer.status == status, await answer.text()
    return await answer.text()


async def drafted(registry: Registry, **form: str) -> str:
    """Where the draft is."""
    answer = await post(registry, "/operacao/pedidos", **form)
    assert answer.status == 303, await answer.text()
    return answer.headers["Location"]


async def test_from_the_cause_to_the_order(
    registry: Registry, vhost: Vhost, carrier: Orders, ended: Ended
) -> None:
    """Grouped, with what to do; frozen, with what would happen; then a reason, and it is done."""
    laid = await lay(vhost, failed(2))
    [good] = await lay(vhost, failed(1, name="good", member=MEMBER), error="OutOfMemory: gone")
    shown = await page(registry, "/operacao")
    assert UNKNOWN_MEMBER in shown
    assert "malha members add" in shown
    assert "2 avisos" in shown
    [reason, cause] = re.findall(r'name="(?:motivo|causa)" value="([^"]+)"', shown)[:2]
    path = await drafted(registry, act="replay", every="1", motivo=reason, causa=cause)
    since = await lay(vhost, failed(1, name="since"))
    draft = await page(registry, path)
    assert "estes 2 avisos" in draft
    assert draft.count("falharia de novo") == 2
    assert "seria registrado" in await page(registry, await drafted(registry, act="replay", message=good))
    assert (await post(registry, f"{path}/confirmar", reason="  ", rate="0")).status == 422
    assert await ids_in(vhost) == [*laid, good, *since]
    assert (await post(registry, f"{path}/confirmar", reason="cadastrado", rate="500")).status == 303
    async with running(carrier):
        await ended(int(path.rpartition("/")[2]))
    assert await ids_in(vhost) == [good, *since]
    over = await page(registry, path)
    assert "2 de 2" in over
    assert "cadastrado" in over
    assert "cadastrado" in await page(registry, "/operacao/pedidos")
    assert (await post(registry, f"{path}/confirmar", reason="again", rate="1")).status == 409


async def test_one_notice_is_readable_whole_and_that_is_noted(
    registry: Registry, vhost: Vhost, sql: Sql
) -> None:
    """What it says, why it failed, what was done; who read it stands in the audit."""
    [notice] = failed(1)
    [message] = await lay(vhost, [notice], error="Broken: <b>& more")
    await lay_bodies(vhost, [(b"\xff\x00<script>", {})])
    shown = await page(registry, f"/operacao/falhas/{message}")
    assert "&#34;title&#34;: &#34;Cooperação&#34;" in shown
    assert "Broken: &lt;b&gt;&amp; more" in shown
    assert notice.protocol in shown
    every = await page(registry, "/operacao/falhas")
    [junk] = set(re.findall(r'value="([0-9a-f]{64})"', every)) - {message}
    assert "\\xff\\x00&lt;script&gt;" in await page(registry, f"/operacao/falhas/{junk}")
    rows = await sql.fetch("SELECT act, resource, role FROM audit ORDER BY id")
    assert tuple(rows[0]) == ("read", notice.protocol, "ops")
    await page(registry, f"/operacao/falhas/{'0' * 64}", 404)


async def test_a_discard_waits_for_somebody_else(registry: Registry, vhost: Vhost, sql: Sql) -> None:
    """Whoever asked sees no button, and is refused who sends the form all the same."""
    [message] = await lay(vhost, failed(1), queue=PARKED)
    path = await drafted(registry, act="discard", message=message)
    assert (await post(registry, f"{path}/confirmar", reason="posto à mão", rate="5")).status == 303
    assert f'action="{path}/aprovar"' not in await page(registry, path)
    assert (await post(registry, f"{path}/aprovar")).status == 409
    assert await ids_in(vhost, PARKED) == [message]
    token = await people.create_link(sql, "ops", THE_STATE)
    await registry.learn()
    await registry.client.get(f"/entrar/{token}", allow_redirects=False)
    await registry.learn()
    seen = await (await registry.get(path, Accept="text/html")).text()
    assert f'action="{path}/aprovar"' in seen
    answer = await registry.client.post(f"{path}/aprovar", allow_redirects=False)
    assert answer.status == 409, "a key asked, a person approves: nobody knows that they are two"
    assert (await post(registry, f"{path}/cancelar")).status == 303
    order = await orders.one(sql, int(path.rpartition("/")[2]))
    assert order is not None
    assert order.state == "cancelled"


async def test_what_is_not_there_is_not_ordered(registry: Registry, vhost: Vhost) -> None:
    """Nothing chosen, nothing there, no such act, no such order: said, and nothing happens."""
    [message] = await lay(vhost, failed(1))
    for form in (
        {"act": "replay"},
        {"act": "replay", "message": "0" * 64},
        {"act": "unpark", "message": message},
        {"act": "purge", "message": message},
    ):
        assert (await post(registry, "/operacao/pedidos", **form)).status == 404
    for step in ("", "/confirmar", "/aprovar", "/cancelar"):
        form = {"reason": "x", "rate": "1"}
        path = f"/operacao/pedidos/999{step}"
        answer = await (
            post(registry, path, **form) if step else registry.get(path, "ops", Accept="text/html")
        )
        assert answer.status == 404
    assert await ids_in(vhost) == [message]


async def test_two_hundred_are_shown_and_all_are_counted(registry: Registry, vhost: Vhost) -> None:
    """A thousand that failed of one cause are one line; the list of them begins with the oldest."""
    told = failed(230)
    await lay_bodies(vhost, [(body_of(notice), headers_of(notice)) for notice in told])
    assert "230 avisos" in await page(registry, "/operacao")
    assert (await page(registry, "/operacao/falhas")).count('type="checkbox"') == 200


async def test_operations_are_told_when_rabbitmq_is_away(database: str) -> None:
    """A page, not a fault: what failed is safe."""
    async with running_registry(database) as registry:
        assert "RabbitMQ não responde" in await page(registry, "/operacao", 503)


@pytest.mark.parametrize("asker", ["own", "office", "coordination"])
async def test_nobody_else_comes_in(registry: Registry, asker: str) -> None:
    """What failed may be anybody's, and restricted."""
    for path in ("/operacao", "/operacao/falhas", f"/operacao/falhas/{'0' * 64}", "/operacao/pedidos"):
        assert (await registry.get(path, asker, Accept="text/html")).status == 403
