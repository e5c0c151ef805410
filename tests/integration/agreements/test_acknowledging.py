"""*Ciente*: taken note of by pressing a button, by nobody else, from nowhere else."""

from http import HTTPStatus

from shared.notices.protocol import agreement_id
from tests.integration.agreements.asking import read
from tests.support.registry import BELO_HORIZONTE, Registry, Teller, connected, sister_city

SUBJECT = "PROC-1"
PAGE = f"/acordos/{agreement_id(BELO_HORIZONTE, SUBJECT)}"


async def test_ciente_is_said_by_a_button_and_by_nothing_else(
    registry: Registry, teller: Teller, database: str
) -> None:
    """Opening the page leaves no trace; what changes later is told, and to be noted anew."""
    await teller.tell("agreement.signed", sister_city(), subject=SUBJECT)
    page = await read(registry, PAGE, "office")
    async with connected(database) as connection:
        assert await connection.fetchval("SELECT count(*) FROM acknowledgement") == 0
    for _ in range(2):
        answer = await _note(registry, page.fields["version"])
        assert (answer, "Você marcou ciente" in (await read(registry, PAGE, "office")).words) == (303, True)
    async with connected(database) as connection:
        assert await connection.fetchval("SELECT count(*) FROM acknowledgement") == 1
    await teller.tell("agreement.confirmed", {}, subject=SUBJECT)
    changed = await read(registry, PAGE, "office")
    assert "Mudou depois que você marcou ciente." in changed.words
    assert "Gabinete" in (await read(registry, PAGE, "coordination")).words
    assert "Ciente" not in (await read(registry, PAGE, "own")).words


async def test_only_office_and_coordination_take_note_and_from_here(
    registry: Registry, teller: Teller
) -> None:
    """A member is refused, a stranger is led to the door, another site's page is refused."""
    await teller.tell("agreement.signed", sister_city(), subject=SUBJECT)
    path = f"{PAGE}/ciente"
    assert (await registry.request("POST", path, "own")).status == HTTPStatus.FORBIDDEN
    assert (await registry.request("POST", path)).status == HTTPStatus.SEE_OTHER
    answer = await registry.request("POST", path, "office", Sec_Fetch_Site="cross-site")
    assert answer.status == HTTPStatus.FORBIDDEN
    for version in ("", "-1", "9" * 40, "x"):
        assert await _note(registry, version) == HTTPStatus.SEE_OTHER


async def _note(registry: Registry, version: str) -> int:
    answer = await registry.client.post(
        f"{PAGE}/ciente", data={"version": version}, headers=registry.headers("office"), allow_redirects=False
    )
    return answer.status
