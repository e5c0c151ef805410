"""Somebody says that something is wrong: kept, told to the coordination, answered, forgotten."""

import asyncpg

from services.registry.mail.sending import MAIL_SENDS
from services.registry.network import reports
from tests.support.reading_pages import page_of, text_of, words_in
from tests.support.registry import THE_STATE, Registry

HOSTILE = "<script>alert(1)</script>\u202e=cmd|'/C calc'!A0\x00\x07"
SAYS = {"page": "/municipios/3106200", "text": "O Porto está duas vezes (fictício).", "once": "a" * 24}


async def _post(
    registry: Registry, told: dict[str, str], path: str = "/erro", asker: str = "anonymous", **headers: str
) -> tuple[int, str]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = await registry.client.post(
        path,
        data=told,
        headers={"Accept": "text/html", **registry.headers(asker), **sent},
        allow_redirects=False,
    )
    return answer.status, await answer.text()


async def test_a_report_sent_twice_is_one(registry: Registry) -> None:
    """A finger that taps twice, a browser that asks again: the form's number is the report's."""
    for _ in range(2):
        assert (await _post(registry, SAYS))[0] == 303
    told = await text_of(registry, "/erros", "coordination")
    assert told.count(SAYS["text"]) == 1
    assert "Recebido. Obrigado." in await text_of(registry, "/erro?obrigado")


async def test_only_the_coordination_reads_reports(registry: Registry) -> None:
    """They may hold the address of who wrote them."""
    await _post(registry, {**SAYS, "email": "alguem@exemplo.org"})
    assert "alguem@exemplo.org" in await text_of(registry, "/erros", "coordination")
    for asker in ("own", "office"):
        assert "alguem@exemplo.org" not in await text_of(registry, "/erros", asker, status=403)
        assert (await _post(registry, {"outcome": "x"}, f"/erros/{SAYS['once']}", asker))[0] == 403
    assert (await registry.get("/erros", Accept="text/html")).status == 303


async def test_an_address_is_forgotten_when_the_case_is_closed(
    registry: Registry, sql: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """What is no longer needed is no longer there; what was done stays a year."""
    await _post(registry, {**SAYS, "email": "alguem@exemplo.org"})
    closing = f"/erros/{SAYS['once']}"
    assert (await _post(registry, {"outcome": "Unificado (fictício)"}, closing, "coordination"))[0] == 303
    assert (await _post(registry, {"outcome": "de novo"}, closing, "coordination"))[0] == 404
    told = await text_of(registry, "/erros", "coordination")
    assert "Unificado (fictício)" in told
    assert "alguem@exemplo.org" not in told
    [row] = await sql.fetch("SELECT email, settled_by FROM error_report")
    assert row["email"] is None
    assert row["settled_by"]
    await sql.execute("UPDATE error_report SET settled_at = settled_at - interval '366 days'")
    await _post(registry, {**SAYS, "once": "b" * 24})
    assert await sql.fetchval("SELECT count(*) FROM error_report") == 1


async def test_what_is_wrong_with_a_report_is_said_at_its_field(registry: Registry) -> None:
    """And nothing that was typed is lost."""
    status, html = await _post(registry, {**SAYS, "text": " ", "email": "isto não é"})
    assert status == 422
    told = words_in(html)
    assert "Escreva o que está errado." in told
    assert "Escreva um e-mail como nome@exemplo.org" in told
    assert 'value="isto não é"' in html
    assert f'value="{SAYS["once"]}"' in html
    long = "x" * (reports.LONGEST_TEXT + 1)
    status, html = await _post(registry, {**SAYS, "text": long})
    assert (status, long in html) == (422, True)


async def test_hostile_text_is_kept_and_shown_as_text(registry: Registry) -> None:
    """Ten thousand characters of it, in every field; and no link leads to another site."""
    text = (HOSTILE * 300)[: reports.LONGEST_TEXT]
    page = "//elsewhere.example/<script>"
    assert (await _post(registry, {**SAYS, "text": text, "page": page}))[0] == 303
    html = await page_of(registry, "/erros", "coordination")
    assert "<script>alert" not in html
    assert "elsewhere.example" not in html
    form = await page_of(registry, "/erro?de=https://elsewhere.example/estado")
    assert 'name="page" type="text" value="/estado"' in form


async def test_another_site_cannot_report(registry: Registry) -> None:
    """Nor make a visitor's browser do it."""
    assert (await _post(registry, SAYS, Sec_Fetch_Site="cross-site"))[0] == 403


async def test_a_flood_is_stopped(registry: Registry, sql: "asyncpg.Connection[asyncpg.Record]") -> None:
    """More than anybody can read in an hour is refused, with a time to come back."""
    await sql.execute(
        "INSERT INTO error_report (id, page, text, language) "
        "SELECT 'flood' || n, '', 'x', 'pt' FROM generate_series(1, $1) n",
        reports.MOST_AN_HOUR,
    )
    status, html = await _post(registry, SAYS)
    assert status == 429
    assert "Tente de novo mais tarde." in words_in(html)


async def test_the_coordination_is_told_by_mail(
    registry: Registry, sql: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """Once for each report and person, without the address of who wrote it."""
    registry.client.app._state[MAIL_SENDS] = True
    await sql.execute(
        "INSERT INTO person (id, member, role, name, email) VALUES "
        "('p1', $1, 'coordination', 'Pessoa fictícia', 'coordenacao@exemplo.org'), "
        "('p2', $1, 'office', 'Pessoa fictícia', 'gabinete@exemplo.org')",
        THE_STATE,
    )
    for _ in range(2):
        await _post(registry, {**SAYS, "email": "alguem@exemplo.org"})
    [letter] = await sql.fetch("SELECT recipient, subject, body_text, body_html FROM outbox")
    assert letter["recipient"] == "coordenacao@exemplo.org"
    assert letter["subject"] == "Alguém informou um erro em Acordos de Minas"
    assert SAYS["text"] in letter["body_text"]
    assert "http://malha.test/erros" in letter["body_text"]
    assert "alguem@exemplo.org" not in letter["body_text"] + letter["body_html"]


async def test_no_bytes_of_a_form_bring_the_page_down(registry: Registry) -> None:
    """Anybody may send anything: what is no UTF-8, an alphabet nobody knows, a way back that is none."""
    for kind in ("", "; charset=nonsense", "; charset=utf-16"):
        answer = await registry.client.post(
            "/erro",
            data=b"text=\xff\xfe%00%ed%a0%80&page=//[&once=" + b"b" * 24,
            headers={"Accept": "text/html", "Content-Type": f"application/x-www-form-urlencoded{kind}"},
            allow_redirects=False,
        )
        assert answer.status == 303
    assert (await registry.get("/erro?de=//[", Accept="text/html")).status == 200


async def test_a_long_text_in_any_script_is_taken(registry: Registry) -> None:
    """10,000 characters are nine times as many bytes where every one of them is percent-encoded."""
    assert (await _post(registry, {**SAYS, "text": "\u0f00" * reports.LONGEST_TEXT}))[0] == 303
