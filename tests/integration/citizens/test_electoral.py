"""The months before an election: public pages keep to facts, and only they do."""

from datetime import date, timedelta

import pytest
from typer.testing import CliRunner

from services.command.app import app as command
from services.command.failure import Failure
from services.registry.http.answers import today
from services.registry.network import electoral
from tests.support.reading_pages import text_of
from tests.support.registry import BELO_HORIZONTE, Registry, Teller, connected, sister_city

TITLE = "O maior acordo da história (fictício)"
PAGES = (f"/municipios/{BELO_HORIZONTE}", "/estado", "/paises/PT", "/temas/CULT")
SWITCH = "/periodo-eleitoral"


async def _post(registry: Registry, told: dict[str, str], path: str, asker: str) -> int:
    answer = await registry.client.post(
        path, data=told, headers={"Accept": "text/html", **registry.headers(asker)}, allow_redirects=False
    )
    return answer.status


async def test_public_pages_keep_to_facts(registry: Registry, teller: Teller) -> None:
    """Who, with whom, which instrument, when: yes. What a member wrote: not to whoever is not signed in."""
    await teller.tell("agreement.signed", sister_city(title=TITLE, themes=["CULT"]), subject="A")
    days = {"from_day": today().isoformat(), "to_day": (today() + timedelta(90)).isoformat()}
    assert await _post(registry, days, SWITCH, "coordination") == 303
    for path in PAGES:
        told = await text_of(registry, path)
        assert TITLE not in told, path
        assert "Período eleitoral: até" in told
        assert "com Porto" in told
        assert "1 acordo" in told
        for asker in ("own", "office"):
            reads = await text_of(registry, path, asker)
            assert TITLE in reads
            assert "Período eleitoral: até" not in reads
    assert TITLE not in await (await registry.get("/estado/atom.xml")).text()
    assert "as páginas públicas mostram só fatos." in await text_of(registry, SWITCH)


async def test_outside_of_its_days_a_period_changes_nothing(
    registry: Registry, teller: Teller, database: str
) -> None:
    """It begins and ends by itself, and can be taken back."""
    await teller.tell("agreement.signed", sister_city(title=TITLE), subject="A")
    async with connected(database) as connection:
        past = await electoral.decide(connection, today() - timedelta(9), today() - timedelta(1), "x")
        await electoral.decide(connection, today() + timedelta(1), today() + timedelta(9), "x")
        assert await electoral.period_on(connection, today()) is None
        assert await electoral.period_on(connection, past.from_day) == past
        assert await electoral.period_on(connection, past.to_day) == past
        now = await electoral.decide(connection, today(), today(), "x")
        assert await electoral.period_on(connection, today()) == now
    assert TITLE not in await text_of(registry, PAGES[0])
    assert await _post(registry, {"period": str(now.id)}, f"{SWITCH}/encerrar", "coordination") == 303
    assert await _post(registry, {"period": str(now.id)}, f"{SWITCH}/encerrar", "coordination") == 404
    assert TITLE in await text_of(registry, PAGES[0])


@pytest.mark.parametrize(("asker", "status"), [("anonymous", 303), ("own", 403), ("office", 403)])
async def test_only_the_coordination_decides(registry: Registry, asker: str, status: int) -> None:
    """Everybody may read why; nobody else sees or uses the switch."""
    days = {"from_day": today().isoformat(), "to_day": today().isoformat()}
    assert await _post(registry, days, SWITCH, asker) == status
    assert await _post(registry, {"period": "1"}, f"{SWITCH}/encerrar", asker) == status
    told = await text_of(registry, SWITCH, asker)
    assert "Lei 9.504/1997, art. 73, VI, b" in told
    assert "Marcar um período" not in told
    assert "Hoje as páginas mostram tudo o que é público." in told


@pytest.mark.parametrize(
    "days",
    [
        {},
        {"from_day": "ontem", "to_day": "2026-10-04"},
        {"from_day": "2026-10-05", "to_day": "2026-10-04"},
        {"from_day": "2026-07-04", "to_day": "2036-10-04"},
    ],
)
async def test_a_period_that_makes_no_sense_is_refused(registry: Registry, days: dict[str, str]) -> None:
    """In words, at its field."""
    assert await _post(registry, days, SWITCH, "coordination") == 422


def test_operators_can_do_the_same(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stack whose pages nobody can enter still obeys the law: `malha electoral`."""
    monkeypatch.setenv("MALHA_DATABASE_URL", database)
    run = CliRunner()
    first, last = date(2100, 7, 4).isoformat(), date(2100, 10, 31).isoformat()
    made = run.invoke(command, ["electoral", "set", first, last], catch_exceptions=False)
    listed = run.invoke(command, ["electoral", "list", "--json"], catch_exceptions=False)
    assert first in listed.output
    assert last in listed.output
    number = made.output.strip()
    assert run.invoke(command, ["electoral", "revoke", number], catch_exceptions=False).exit_code == 0
    with pytest.raises(Failure):
        run.invoke(command, ["electoral", "revoke", number], catch_exceptions=False)
    with pytest.raises(Failure):
        run.invoke(command, ["electoral", "set", last, first], catch_exceptions=False)
