"""Ten thousand hostile requests, and schemathesis' beside them, through the running gateway: never a 5xx."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support import hostile
from tests.support.by_document import asked_by_document
from tests.support.servers import Servers
from tests.support.walled import Walled, walled

pytestmark = pytest.mark.asyncio(loop_scope="module")
OURS = 10_000
THEIRS = 500
"""So many requests of schemathesis at least; how many there are follows from the document."""
EXAMPLES = 12
LINES = 4
SECONDS = 30.0
"""For one answer, on a machine that does other things too."""
MOST_SHOWN = 20


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def malha(
    servers: Servers, database_template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Walled]:
    """The services behind the gateway."""
    async with walled(servers, database_template, tmp_path_factory.mktemp("walled")) as found:
        yield found


async def test_ten_thousand_of_our_own(malha: Walled) -> None:
    """Every parameter, header, field and method, with every trick: answered in words, and nothing broken."""
    told = hostile.requests(OURS)
    found, statuses = await hostile.attack(malha.port, malha.proofs, told, LINES, SECONDS)
    assert found[:MOST_SHOWN] == [], len(found)
    assert statuses.total() == len(told) == OURS
    assert {200, 202, 303, 400, 401, 403, 404, 405, 415, 422} <= {*statuses}  # they came far in
    await malha.holds()


async def test_what_schemathesis_thinks_of(malha: Walled) -> None:
    """By the document, and against it, as each asker; how many there were is counted by the services."""
    before, not_ready = await malha.answered(), await malha.answered(of_ours=True)
    for asker in ("anonymous", "coordination"):
        found = await schemathesis(malha, asker)
        assert not found, found
    assert await malha.answered() - before >= THEIRS
    assert await malha.answered(of_ours=True) == not_ready
    await malha.holds()


async def schemathesis(malha: Walled, asker: str) -> str:
    """What it found when it asked as *asker*; nothing if all is well."""
    proof = malha.proofs[asker].decode()
    said = await asked_by_document(
        malha.url,
        malha.folder,
        *([f"--header={proof}"] if proof else []),
        "--exclude-path=/v1/stream",
        "--phases=examples,fuzzing",
        "--mode=all",
        "--checks=not_a_server_error",
        f"--max-examples={EXAMPLES}",
        f"--request-timeout={SECONDS}",
    )
    return f"as {asker}:\n{said}" if said else ""
