"""What is noted: reads of what is restricted, lists that are taken away, who lets whom in."""

import re
from typing import Any

import pytest

from services.registry.network import audit
from services.registry.network.audit import Noted
from shared.accounts import Caller
from tests.integration.entrance.conftest import Town
from tests.support.registry import BELO_HORIZONTE, connected, sister_city, telling


async def noted(town: Town, **asked: Any) -> list[Noted]:
    """What was noted, the last first."""
    async with connected(town.database) as connection:
        return await audit.noted(connection, limit=50, **asked)


async def test_reads_of_what_is_restricted_are_noted_with_who_read(town: Town) -> None:
    """By key or by person; what everybody may see is nobody's business."""
    async with telling(town.database) as teller:
        restricted = await teller.tell(
            "agreement.signed", sister_city(visibility="restricted"), subject="secreto"
        )
        public = await teller.tell("agreement.signed", sister_city(), subject="aberto")
    async with connected(town.database) as connection:
        found = await connection.fetch("SELECT subject, id FROM agreement")
    rows = {row["subject"]: row["id"] for row in found}
    for path in ("", "/history"):
        await town.registry.json(f"/v1/agreements/{rows['aberto']}{path}", "own")
        await town.registry.json(f"/v1/agreements/{rows['secreto']}{path}", "other", 404)
        await town.registry.json(f"/v1/agreements/{rows['secreto']}{path}", "own")
    await town.registry.json(f"/v1/receipts/{restricted.protocol}", "office")
    await town.registry.json(f"/v1/receipts/{public.protocol}", "office")
    await town.registry.json(f"/v1/receipts/{restricted.protocol}")
    lines = await noted(town)
    assert [(each.act, each.resource, each.detail, each.role) for each in lines] == [
        ("read", restricted.protocol, "", "office"),
        ("read", rows["secreto"], "history", "member"),
        ("read", rows["secreto"], "", "member"),
    ]
    assert all(each.key is not None for each in lines)


async def test_lists_that_are_taken_away_are_noted_with_their_filters(town: Town) -> None:
    """Open data that nobody in particular downloads is not."""
    for asker in ("anonymous", "coordination"):
        answer = await town.registry.get("/v1/agreements?country=PT&format=csv", asker)
        assert answer.status == 200
        await answer.read()
    (line,) = await noted(town)
    assert (line.act, line.resource, line.detail) == (
        "export", "/v1/agreements", "country=PT&format=csv",
    )  # fmt: skip
    assert (line.role, line.person) == ("coordination", None)


async def test_the_coordination_reads_the_audit_by_person_and_page(town: Town) -> None:
    """A hundred lines at a time; a person's name is shown as long as there is an account."""
    person = await town.coordination()
    async with connected(town.database) as connection:
        caller = Caller("coordination", "31", person=person)
        for number in range(120):
            await audit.note(connection, caller, "read", f"AG-{number}")
    page = await town.page(f"/auditoria?person={person}&act=read")
    assert "AG-119" in page
    assert "AG-19<" not in page
    assert "Coordena" in page
    older = page.split('href="/auditoria?')[-1].partition('"')[0].replace("&amp;", "&")
    assert "AG-19<" in await town.page(f"/auditoria?{older}")
    assert "Nada foi anotado" in await town.page(f"/auditoria?member={BELO_HORIZONTE}")
    for hostile in ("antes=x", "antes=" + "9" * 40, "act=%00", "person=%27"):
        await town.page(f"/auditoria?{hostile}")


async def test_an_account_of_the_machine_is_a_reader_too(town: Town) -> None:
    """Who reads at a terminal has no account here: the name that the machine knows leads to all they read."""
    await town.coordination()
    async with connected(town.database) as connection:
        for name, protocol in (("ana & co", "MG-1"), ("bia", "MG-2")):
            await audit.note(connection, Caller("ops", person=f"account {name}"), "read", protocol)
    [own] = re.findall(r'href="(/auditoria\?person=[^"]*ana[^"]*)"', await town.page("/auditoria"))
    alone = await town.page(own)
    assert "account ana &amp; co" in alone
    assert ("MG-1" in alone, "MG-2" in alone) == (True, False)


async def test_what_was_noted_stays_as_it_was(town: Town) -> None:
    """Not even whoever holds the database password rewrites it in passing."""
    async with connected(town.database) as connection:
        await audit.note(connection, Caller("office", "31", person="p"), "read", "AG-1")
        with pytest.raises(Exception, match="append-only"):
            await connection.execute("UPDATE audit SET resource = 'AG-2'")
