"""Accounts: who names and ends whom, what sessions there are, and how they end everywhere."""

import re
from datetime import timedelta

import pytest

from tests.integration.entrance.conftest import TODAY, Town
from tests.support.registry import BELO_HORIZONTE, THE_STATE, UBERLANDIA, connected


async def test_an_administrator_names_a_second_person_and_ends_her(town: Town) -> None:
    """Without mail the first link is shown, this once; an ended account is out at once."""
    await town.sign_in(await town.person("fulana@example.org", is_administrator=True))
    status, page, _ = await town.post(
        "/pessoas", member=BELO_HORIZONTE, nome="Sicrana", email="sicrana@example.org"
    )
    assert status == 200
    path = re.search(r"http://malha.test(/entrar/[\w-]+)", page)
    assert path is not None
    page = await town.page("/pessoas")
    (sicrana,) = re.findall(r"/pessoas/([0-9a-f]{16})/sair", page)
    assert "não entra" not in page
    assert "Encerrar a conta de Sicrana?" in await town.page(f"/pessoas/{sicrana}/encerrar")
    assert (await town.post(f"/pessoas/{sicrana}/encerrar"))[0] == 303
    assert "sicrana@example.org" not in await town.page("/pessoas")
    await town.page(path[1], 410)
    assert (await town.post(f"/pessoas/{sicrana}/encerrar"))[0] == 404


async def test_the_last_administrator_stays(town: Town) -> None:
    """A member without one would need a letter to be heard again."""
    person = await town.person("fulana@example.org", is_administrator=True)
    await town.sign_in(person)
    status, page, _ = await town.post(f"/pessoas/{person}/encerrar")
    assert (status, "Indique outra antes" in page) == (409, True)
    await town.person("sicrana@example.org", is_administrator=True)
    assert (await town.post(f"/pessoas/{person}/encerrar"))[2] == "/"
    await town.registry.learn()
    assert (await town.registry.get("/pessoas")).status == 303


async def test_nobody_reaches_into_another_members_accounts(town: Town) -> None:
    """Nor do those who administer none into their own."""
    other = await town.person("other@example.org", UBERLANDIA, is_administrator=True)
    office = await town.person("office@example.org", THE_STATE, "office")
    plain = await town.person("plain@example.org")
    await town.sign_in(await town.person("fulana@example.org", is_administrator=True))
    for person in (other, office):
        for what in ("encerrar", "renovar", "sair"):
            assert (await town.post(f"/pessoas/{person}/{what}"))[0] == 403
    await town.page(f"/pessoas?member={UBERLANDIA}", 403)
    form = {"nome": "Fulano", "email": "fulano@example.org"}
    assert (await town.post("/pessoas", member=UBERLANDIA, **form))[0] == 403
    assert (await town.post("/pessoas", member=THE_STATE, role="coordination", **form))[0] == 403
    await town.sign_in(plain)
    assert "fulana@example.org" not in await town.page("/pessoas")
    assert (await town.post("/pessoas", member=BELO_HORIZONTE, **form))[0] == 403
    await town.sign_in(office)
    await town.page(f"/pessoas?member={BELO_HORIZONTE}", 403)
    assert (await town.post("/pessoas", member=THE_STATE, role="coordination", **form))[0] == 403


async def test_whoever_registers_for_the_state_gives_no_other_role(town: Town) -> None:
    """The state's own officer may administer nobody of the office or the coordination."""
    office = await town.person("office@example.org", THE_STATE, "office")
    await town.sign_in(await town.person("officer@example.org", THE_STATE, is_administrator=True))
    assert (await town.post(f"/pessoas/{office}/encerrar"))[0] == 403
    form = {"nome": "Fulano", "email": "fulano@example.org", "role": "coordination"}
    assert (await town.post("/pessoas", member=THE_STATE, **form))[0] == 403


async def test_the_coordination_names_people_of_every_role(town: Town) -> None:
    """And for every member; an address is one person's."""
    await town.coordination()
    form = {"nome": "Fulano", "email": "fulano@example.org"}
    assert (await town.post("/pessoas", member=THE_STATE, role="office", **form))[0] == 200
    assert "gabinete do governador" in await town.page("/pessoas")
    status, page, _ = await town.post("/pessoas", member=BELO_HORIZONTE, **form)
    assert (status, 'id="email-error"' in page) == (422, True)
    assert (await town.post("/pessoas", member="9999999", **form))[0] == 404


async def test_a_lapsed_account_is_out_until_it_is_renewed(town: Town) -> None:
    """Thirty days after the mandate; whoever administers the accounts now renews it."""
    person = await town.person("fulana@example.org")
    await town.sign_in(person)
    async with connected(town.database) as connection:
        await connection.execute("UPDATE person SET ends_on = '2025-01-30' WHERE id = $1", person)
    await town.registry.learn()
    assert (await town.registry.get("/conta")).status == 303
    await town.sign_in(await town.person("sicrana@example.org", is_administrator=True))
    assert "prazo encerrado" in await town.page("/pessoas")
    assert (await town.post(f"/pessoas/{person}/renovar"))[0] == 303
    await town.sign_in(person)
    await town.page("/conta")


async def test_whoever_leaves_lets_nobody_in_for_the_next_mandate(town: Town) -> None:
    """In the thirty days after a mandate its people hand over; only a letter begins the next one."""
    own = await town.person("fulana@example.org", is_administrator=True)
    last = TODAY + timedelta(days=3)
    async with connected(town.database) as connection:
        await connection.execute("UPDATE person SET ends_on = $2 WHERE id = $1", own, last)
    await town.sign_in(own)
    form = {"nome": "Sicrana", "email": "sicrana@example.org"}
    assert (await town.post("/pessoas", member=BELO_HORIZONTE, **form))[0] == 200
    assert (await town.post(f"/pessoas/{own}/renovar"))[0] == 303
    async with connected(town.database) as connection:
        rows = await connection.fetch("SELECT DISTINCT ends_on FROM person WHERE member = $1", BELO_HORIZONTE)
    assert [row["ends_on"] for row in rows] == [last]


async def test_a_session_is_ended_from_another_device(town: Town) -> None:
    """For real: the cookie that somebody kept opens nothing any more."""
    person = await town.person("fulana@example.org")
    await town.sign_in(person)
    jar = town.registry.client.session.cookie_jar
    lost = next(cookie.value for cookie in jar if cookie.key == "malha_session")
    await town.sign_in(person)
    page = await town.page("/conta")
    assert page.count("/conta/sessoes") == 3
    assert (await town.post("/conta/sessoes", session="others"))[2] == "/conta"
    await town.registry.learn()
    assert (await town.page("/conta")).count("/conta/sessoes") == 1
    jar.clear()
    answer = await town.registry.get("/conta", Cookie=f"malha_session={lost}")
    assert answer.status == 303


async def test_going_out_ends_the_session_for_real(town: Town) -> None:
    """A copied cookie is worth nothing once its owner has left."""
    await town.sign_in(await town.person("fulana@example.org"))
    jar = town.registry.client.session.cookie_jar
    kept = next(cookie.value for cookie in jar if cookie.key == "malha_session")
    assert (await town.post("/sair"))[2] == "/"
    await town.registry.learn()
    answer = await town.registry.get("/conta", Cookie=f"malha_session={kept}")
    assert answer.status == 303


async def test_a_person_is_signed_out_everywhere_by_an_administrator(town: Town) -> None:
    """And may come in again."""
    person = await town.person("fulana@example.org")
    await town.sign_in(person)
    jar = town.registry.client.session.cookie_jar
    kept = next(cookie.value for cookie in jar if cookie.key == "malha_session")
    await town.sign_in(await town.person("sicrana@example.org", is_administrator=True))
    assert (await town.post(f"/pessoas/{person}/sair"))[0] == 303
    await town.registry.learn()
    jar.clear()
    answer = await town.registry.get("/conta", Cookie=f"malha_session={kept}")
    assert answer.status == 303
    await town.sign_in(person)
    await town.page("/conta")


async def test_a_session_is_new_at_every_sign_in(town: Town) -> None:
    """A cookie that was planted before is not the one that is signed in."""
    person = await town.person("fulana@example.org")
    jar = town.registry.client.session.cookie_jar
    seen = set()
    for _ in range(2):
        await town.sign_in(person)
        seen |= {cookie.value for cookie in jar if cookie.key == "malha_session"}
    assert len(seen) == 2


async def test_the_language_chosen_is_kept(town: Town) -> None:
    """For pages and for mail."""
    await town.sign_in(await town.person("fulana@example.org"))
    assert (await town.post("/conta/idioma", language="en"))[2] == "/conta?lang=en"
    assert "Your account" in await town.page("/conta?lang=en")
    async with connected(town.database) as connection:
        assert await connection.fetchval("SELECT language FROM person") == "en"


HOSTILE = ("<script>alert(1)</script>", "\u202egnirts", "=1+1", "x" * 110)


@pytest.mark.parametrize("name", HOSTILE, ids=["markup", "right to left", "formula", "long"])
async def test_a_hostile_name_is_shown_as_it_was_written(town: Town, name: str) -> None:
    """On the page of people, in the account, in the audit."""
    await town.coordination()
    status, page, _ = await town.post(
        "/pessoas", member=BELO_HORIZONTE, nome=name, email="fulana@example.org"
    )
    assert status == 200
    for shown in (page, await town.page(f"/pessoas?member={BELO_HORIZONTE}"), await town.page("/auditoria")):
        assert "<script>alert" not in shown


async def test_a_key_is_nobodys_account(town: Town) -> None:
    """It may look at who is there, and change nobody."""
    assert (await town.registry.get("/conta", "own")).status == 403
    assert (await town.registry.get("/pessoas", "own")).status == 200
    answer = await town.registry.request("POST", "/pessoas", "own")
    assert answer.status == 403
