"""`/conta/avisos`: what comes by mail is chosen by whom it comes to, and ended from the letter itself."""

from datetime import date

import pytest
from aiohttp import ClientResponse

from services.registry.mail import choices
from services.registry.mail.choices import Choices, Kind
from services.registry.mail.posting import LEAVING
from services.registry.network import links, people
from shared.directory import Role
from tests.support.registered import Sql
from tests.support.registry import BELO_HORIZONTE, THE_STATE, Registry

TODAY = date(2026, 11, 22)
PATH = "/conta/avisos"


@pytest.fixture
async def clerk(sql: Sql, registry: Registry) -> str:
    """Somebody of Belo Horizonte, signed in."""
    return await sign_in(sql, registry, "member", BELO_HORIZONTE)


async def sign_in(sql: Sql, registry: Registry, role: Role, member: str) -> str:
    """Sign in somebody new; the person's id."""
    new = people.NewPerson(member, role, "Pessoa fictícia", f"{role}@exemplo.example")
    person = await people.add(sql, new, TODAY)
    await registry.learn()
    answer = await registry.get(f"/entrar/{await links.create(sql, person, 'command')}")
    assert answer.status == 303, await answer.text()
    return person


async def post(registry: Registry, path: str, *fields: tuple[str, str]) -> ClientResponse:
    """Send a form, as a browser does."""
    headers = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
    return await registry.client.post(path, data=list(fields), headers=headers, allow_redirects=False)


async def read(registry: Registry, path: str = PATH) -> str:
    """The page."""
    answer = await registry.get(path, Accept="text/html")
    assert answer.status == 200, await answer.text()
    return await answer.text()


async def leave_path(registry: Registry, person: str, kind: Kind) -> str:
    """Where a letter leads whoever wants no more of its kind."""
    return registry.client.app[LEAVING].url(person, kind).removeprefix("http://malha.test")


async def test_choices_are_kept(sql: Sql, registry: Registry, clerk: str) -> None:
    """What is not ticked does not come."""
    answer = await post(registry, PATH, ("kind", "question"), ("kind", "digest"))
    assert answer.status == 303
    assert await choices.choices(sql, clerk) == Choices(remark=False, expiring=False)
    page = await read(registry)
    assert 'value="question" aria-describedby="kind-question-says" checked' in page
    assert 'value="remark" aria-describedby="kind-remark-says">' in page
    assert "member@exemplo.example" in page


async def test_the_office_is_offered_the_summary_alone(sql: Sql, registry: Registry) -> None:
    """Nothing waits for its answer; and what it is not offered, it does not turn off by saving."""
    person = await sign_in(sql, registry, "office", THE_STATE)
    page = await read(registry)
    assert 'value="digest"' in page
    assert 'value="question"' not in page
    await post(registry, PATH)
    assert await choices.choices(sql, person) == Choices(digest=False)


async def test_a_filter_is_kept_in_words_and_forgotten(sql: Sql, registry: Registry, clerk: str) -> None:
    """Without a name it is called what it asks for."""
    answer = await post(
        registry, f"{PATH}/filtros", ("name", ""), ("country", "PT"), ("theme", "AGUA"), ("sdg", "")
    )
    assert answer.status == 303
    (kept,) = await choices.saved(sql, clerk)
    assert kept.query == "country=PT&theme=AGUA"
    assert "Portugal" in kept.name
    assert kept.name in await read(registry)
    await post(registry, f"{PATH}/filtros/{kept.id}/apagar")
    assert await choices.saved(sql, clerk) == []


async def test_a_filter_of_the_address_is_offered_to_be_kept(
    sql: Sql, registry: Registry, clerk: str
) -> None:
    """From the console: what is being looked at, whatever the form itself offers."""
    page = await read(registry, f"{PATH}?member=3170206&country=PT&country=ES")
    assert "Membro da rede: Uberlândia" in page
    assert '<input type="hidden" name="member" value="3170206">' in page
    assert '<input type="hidden" name="country" value="ES">' in page
    assert '<option value="PT" selected>' in page
    assert await choices.saved(sql, clerk) == []


@pytest.mark.usefixtures("clerk")
async def test_what_is_wrong_is_said_and_nothing_typed_is_lost(registry: Registry) -> None:
    """A filter that means nothing, and one whose name is taken."""
    answer = await post(registry, f"{PATH}/filtros", ("name", "Meu filtro"), ("country", "Portugal"))
    assert answer.status == 422
    page = await answer.text()
    assert 'value="Meu filtro"' in page
    assert 'aria-invalid="true"' in page
    for status in (303, 422):
        answer = await post(registry, f"{PATH}/filtros", ("name", "Meu filtro"), ("country", "PT"))
        assert answer.status == status


@pytest.mark.usefixtures("clerk")
async def test_hostile_names_are_harmless(registry: Registry) -> None:
    """Script, text turned around, no end."""
    name = "<script>alert(1)</script>\u202e=cmd" + "x" * 10_000
    await post(registry, f"{PATH}/filtros", ("name", name), ("country", "PT"))
    page = await read(registry)
    assert "<script>alert" not in page
    assert "\u202e" not in page
    assert "x" * 100 not in page


async def test_one_click_ends_a_kind_of_mail(sql: Sql, registry: Registry, clerk: str) -> None:
    """From any mail program, without a session (RFC 8058)."""
    registry.client.session.cookie_jar.clear()
    path = await leave_path(registry, clerk, "digest")
    answer = await registry.client.post(path, data={"List-Unsubscribe": "One-Click"})
    assert answer.status == 200
    assert await choices.choices(sql, clerk) == Choices(digest=False)


async def test_looking_at_the_address_ends_nothing(sql: Sql, registry: Registry, clerk: str) -> None:
    """Programs that look for viruses follow every link."""
    page = await read(registry, await leave_path(registry, clerk, "remark"))
    assert "Parar de receber" in page
    assert await choices.choices(sql, clerk) == Choices()


@pytest.mark.usefixtures("clerk")
async def test_an_address_that_is_none_ends_nothing(registry: Registry) -> None:
    """One that was changed, or is of nobody."""
    nobody = await leave_path(registry, "nobody", "remark")
    assert (await registry.client.post(nobody)).status == 404
    assert (await registry.client.post(f"{PATH}/sair/clerk.remark.x")).status == 404


async def test_a_key_has_no_mail(registry: Registry) -> None:
    """It is nobody's account."""
    assert (await registry.get(PATH, "own")).status == 403
    assert (await registry.get(PATH)).status == 303
