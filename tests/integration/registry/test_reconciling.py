"""Who may speak after a restore: whoever might as the services knew it, and nobody else."""

from datetime import date

import msgspec

from services.registry.network import delegations, keys, people
from services.registry.network.directory import read_directory
from services.registry.network.reconciling import is_undone, reconcile
from shared.directory import Directory
from tests.support.registered import Sql
from tests.support.registry import BELO_HORIZONTE, UBERLANDIA


async def directory(sql: Sql) -> Directory:
    """The directory as the tables say it now."""
    return await read_directory(sql, "test")


async def test_what_was_taken_away_stays_away(sql: Sql) -> None:
    """Keys, delegations and accounts as the services knew them; everybody signs in again."""
    good = await keys.issue_key(sql, "test", BELO_HORIZONTE, "member", "")
    bad = await keys.issue_key(sql, "test", BELO_HORIZONTE, "member", "")
    given = await keys.issue_key(sql, "test", UBERLANDIA, "member", "")
    today = date(2026, 11, 22)
    await delegations.delegate(sql, BELO_HORIZONTE, UBERLANDIA, None, date(2027, 1, 1), today=today)
    stays, goes, comes = [
        await people.add(sql, people.NewPerson(UBERLANDIA, "member", name, f"{name}@example.org"), today)
        for name in ("stays", "goes", "comes")
    ]
    newer = await directory(sql)
    newer = msgspec.structs.replace(
        newer,
        version=newer.version + 10,
        keys=tuple(msgspec.structs.replace(key, revoked=key.id == bad.id) for key in newer.keys),
        delegations=(),
        people=tuple(person for person in newer.people if person.id != goes),
    )
    await sql.execute("DELETE FROM api_key WHERE id = $1", given.id)
    await sql.execute("DELETE FROM person WHERE id = $1", comes)
    assert is_undone(newer, await directory(sql))

    found = await reconcile(sql, newer)  # type: ignore[arg-type] # a pool's connection or a plain one
    assert (found.keys_revoked, found.keys_added) == ([bad.id], [(given.id, UBERLANDIA)])
    assert found.delegations_ended == [(BELO_HORIZONTE, UBERLANDIA)]
    assert (found.people_ended, found.people_unknown) == ([goes], [(comes, "member", UBERLANDIA)])
    now = await directory(sql)
    assert now.version == newer.version + 1
    assert not is_undone(newer, now)
    assert {key.id: key.revoked for key in now.keys} == {good.id: False, bad.id: True, given.id: False}
    assert now.key_by_id[given.id].digest == newer.key_by_id[given.id].digest
    assert list(now.person_by_id) == [stays]
    assert now.person_by_id[stays].since > newer.person_by_id[stays].since
    assert await sql.fetchval("SELECT email FROM person WHERE id = $1", goes) is None
