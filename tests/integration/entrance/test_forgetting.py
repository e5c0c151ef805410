"""What is kept of people ends by itself."""

from datetime import UTC, datetime, timedelta

from services.registry.network import audit, people
from services.registry.watch.upkeep import AUDITED_DAYS, LAPSED_DAYS, forget_people
from shared.accounts import Caller
from tests.integration.entrance.conftest import TODAY, Town
from tests.support.registry import connected


async def test_an_account_that_nobody_renewed_ends_within_a_year_with_its_address(town: Town) -> None:
    """A letter renews it until then; afterwards its address may be somebody else's."""
    person = await town.person("fulana@example.org")
    async with connected(town.database) as connection:
        found = await people.find(connection, person)
        assert found is not None
        assert found.ends_on is not None
        assert await forget_people(connection, found.ends_on + timedelta(LAPSED_DAYS)) == 0
        assert await forget_people(connection, found.ends_on + timedelta(LAPSED_DAYS + 1)) == 1
        ended = await people.find(connection, person)
    assert ended is not None
    assert (ended.email, ended.name) == (None, "Fulana")
    assert await town.person("fulana@example.org") != person


async def test_names_and_audit_are_forgotten_after_five_years(town: Town) -> None:
    """Who read what is answered for that long; the line of today stays."""
    person = await town.person("fulana@example.org")
    async with connected(town.database) as connection:
        await people.end(connection, person)
        await audit.note(connection, Caller("office", "31", person=person), "read", "AG-1")
        await forget_people(connection, TODAY)
        assert len(await audit.noted(connection, limit=9)) == 1
        long_ago = datetime.now(UTC) - timedelta(AUDITED_DAYS + 1)
        await connection.execute("UPDATE person SET ended_at = $1", long_ago)
        await connection.execute("DELETE FROM audit")
        await connection.execute(
            "INSERT INTO audit (act, resource, role, at) VALUES ('read', 'AG-1', 'office', $1)", long_ago
        )
        await forget_people(connection, TODAY)
        assert await audit.noted(connection, limit=9) == []
        ended = await people.find(connection, person)
    assert ended is not None
    assert ended.name == ""
