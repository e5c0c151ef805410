"""Letters of invitation: a code that opens the first account, once, within 60 days."""

import re

from services.registry.network import invitations
from services.registry.pages.entrance.inviting import PRESS
from tests.integration.entrance.conftest import Town
from tests.support.registry import BELO_HORIZONTE, UBERLANDIA, connected

SECRET = "A" * 43 + "="


async def code_for(town: Town, member: str = BELO_HORIZONTE) -> str:
    """The code of a new letter to *member*."""
    async with connected(town.database) as connection:
        await invitations.invite(connection, SECRET, [member], by=None)
        (letter,) = await invitations.letters(connection, SECRET, [member])
        return letter.code


async def test_a_code_opens_the_first_account_of_its_member(town: Town) -> None:
    """Whoever holds the letter is in at once, administers the accounts, and is asked to name a second."""
    code = await code_for(town)
    typed = code.lower().replace("-", " ", 1).replace("0", "o")
    page = await town.page(f"/convite?codigo={typed}")
    assert "Abrir a conta de Belo Horizonte" in page
    status, _, back = await town.post("/convite", codigo=code, nome="Fulana", email="fulana@example.org")
    assert (status, back) == (303, "/pessoas?conta=nova")
    page = await town.page(back)
    assert "Indique agora uma segunda pessoa" in page
    assert "administra as contas" in page
    status, page, _ = await town.post("/convite", codigo=code, nome="Outro", email="outro@example.org")
    assert status == 422
    assert "Este código não abre nenhuma conta" in page


async def test_a_code_too_old_replaced_or_mistyped_opens_nothing(town: Town) -> None:
    """A slip of the pen is told apart from a code that is spent: the check symbol knows."""
    old = await code_for(town)
    new = await code_for(town)
    assert "não abre nenhuma conta" in await town.page(f"/convite?codigo={old}", 422)
    wrong = new[:-1] + ("2" if new[-1] != "2" else "3")
    assert "trocado ou faltando" in await town.page(f"/convite?codigo={wrong}", 422)
    async with connected(town.database) as connection:
        await connection.execute("UPDATE invitation SET expires_at = now() - interval '1 second'")
    assert "não abre nenhuma conta" in await town.page(f"/convite?codigo={new}", 422)


async def test_codes_cannot_be_tried_out(town: Town) -> None:
    """Ten wrong ones within an hour are enough; then not even the right one is looked at."""
    code = await code_for(town)
    for _ in range(10):
        await town.page("/convite?codigo=CV-0000", 422)
    assert "Muitas tentativas" in await town.page(f"/convite?codigo={code}", 429)
    status, _, _ = await town.post("/convite", codigo=code, nome="Fulana", email="fulana@example.org")
    assert status == 429


async def test_what_is_missing_is_said_at_its_field_and_the_code_stays_good(town: Town) -> None:
    """An address that signs in for somebody else, or is none, uses nothing up."""
    code = await code_for(town)
    await town.person("taken@example.org", UBERLANDIA)
    status, page, _ = await town.post("/convite", codigo=code, nome="", email="nobody")
    assert status == 422
    assert 'id="nome-error"' in page
    assert 'id="email-error"' in page
    status, page, _ = await town.post("/convite", codigo=code, nome="Fulana", email="Taken@example.org")
    assert (status, "outro órgão" in page) == (422, True)
    status, _, _ = await town.post("/convite", codigo=code, nome="Fulana", email="fulana@example.org")
    assert status == 303


async def test_a_new_letter_renews_the_account_that_it_finds(town: Town) -> None:
    """A new mandate, the same clerk: the account goes on under its address."""
    person = await town.person("fulana@example.org")
    async with connected(town.database) as connection:
        await connection.execute("UPDATE person SET ends_on = '2025-01-30' WHERE id = $1", person)
    code = await code_for(town)
    status, _, _ = await town.post("/convite", codigo=code, nome="Fulana", email="fulana@example.org")
    assert status == 303
    async with connected(town.database) as connection:
        row = await connection.fetchrow("SELECT id, ends_on > now(), is_administrator FROM person")
    assert row is not None
    assert tuple(row) == (person, True, True)


async def test_letters_for_all_853_are_one_printable_run(town: Town) -> None:
    """Each with its own code and QR, the same when it is printed again; as rows for mail merge too."""
    await town.coordination()
    assert (await town.post("/convites", member="all"))[2] == "/convites/cartas"
    page = await town.page("/convites/cartas")
    codes = re.findall(r'class="code">(CV-[0-9A-Z-]+)<', page)
    assert len(set(codes)) == len(codes) == page.count('class="segno"') == 853
    rows = (await town.page("/convites.csv")).splitlines()
    assert len(rows) == 854
    assert [row.split(",")[2] for row in rows[1:]] == codes
    assert (await town.post("/convites", member="all"))[0] == 303
    assert [row.split(",")[2] for row in (await town.page("/convites.csv")).splitlines()[1:]] == codes


async def test_only_the_coordination_sees_letters(town: Town) -> None:
    """A code lets somebody in: it is for nobody else's eyes."""
    await code_for(town)
    for path in ("/convites", "/convites/cartas", "/convites.csv", "/auditoria"):
        answer = await town.registry.get(path)
        assert (answer.status, answer.headers["Location"][:12]) == (303, "/entrar?de=%")
    await town.sign_in(await town.person("fulana@example.org", is_administrator=True))
    for path in ("/convites", "/convites/cartas", "/convites.csv", "/auditoria"):
        await town.page(path, 403)
    status, _, _ = await town.post("/convites", member=BELO_HORIZONTE)
    assert status == 403


async def test_letters_are_drawn_for_one_reader_at_a_time(town: Town) -> None:
    """Drawing 853 of them takes a processor for seconds, which the others share."""
    await town.coordination()
    with town.registry.client.app[PRESS].taken("somebody else"):
        await town.page("/convites/cartas", 503)
    await town.page("/convites/cartas")
