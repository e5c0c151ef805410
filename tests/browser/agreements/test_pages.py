"""Agreements in a real browser: found, read, checked, noted, on a telephone and without scripts."""

import hashlib
from typing import Any

import aiohttp
import pytest
from playwright.async_api import expect

from shared.directory import Role
from shared.notices.protocol import agreement_id, protocol_of
from shared.notices.sentences import Language
from tests.browser.house import House, browsing, housed
from tests.browser.quality import LAPTOP, PHONE, asked_until, no_violations, visiting
from tests.support.registry import BELO_HORIZONTE, THE_STATE
from tests.support.servers import Vhost

AGREEMENT = f"/acordos/{agreement_id(BELO_HORIZONTE, 'PROC-1')}"
RECEIPT = f"/protocolos/{protocol_of(BELO_HORIZONTE, '/convenios', 'br.malha.agreement.signed.v1 PROC-1')}"
UNKNOWN = f"/protocolos/{protocol_of(BELO_HORIZONTE, '/convenios', 'later')}"
PARTNERS = "/acordos/parceiros?nome=porto"
PNG = b"\x89PNG\r\n\x1a\n" + b"fotografia" * 1_000
RICH: dict[str, Any] = {
    "title": "Nascentes (fictício) <script>alert(1)</script> \u202e" + "x" * 300,
    "object": "y" * 3_000,
    "themes": ["AGUA"],
    "sdgs": [6],
    "ends_on": "2999-12-31",
    "gates": {"federal": {"status": "informed", "body": "MRE", "since": "2026-01"}},
    "objectives": [{"text": "Recuperar nascentes", "target": 12, "unit": "nascentes", "due": "2026"}],
    "documents": [{"kind": "acordo", "url": "https://exemplo.test/acordo.pdf"}],
    "amounts": [{"value": "1000.00", "currency": "BRL"}],
}


@pytest.mark.parametrize(
    ("role", "width", "theme", "language"),
    [
        (None, PHONE, "light", "pt"),
        ("member", PHONE, "dark", "pt"),
        ("office", LAPTOP, "light", "en"),
        ("coordination", LAPTOP, "dark", "pt"),
    ],
)
async def test_pages_are_for_everybody(  # noqa: PLR0917 (what differs, and where)
    vhost: Vhost, database: str, role: Role | None, width: int, theme: Any, language: Language
) -> None:
    """Axe finds nothing, nothing runs out of the window, no script complains; whatever members wrote."""
    async with housed(vhost, database) as house, browsing() as browser:
        await house.sign(1, **RICH)
        member = BELO_HORIZONTE if role == "member" else THE_STATE
        async with visiting(
            browser, house, role=role, member=member, width=width, theme=theme, language=language
        ) as page:
            for path in (
                "/acordos", "/acordos?country=PT&theme=AGUA", "/acordos?signed_from=x", AGREEMENT,
                f"{AGREEMENT}?as_of=2025-01-01", f"{AGREEMENT}/livro", RECEIPT, PARTNERS,
            ):  # fmt: skip
                await page.goto(path)
                await no_violations(page)
            if role == "member":
                await page.goto(f"{AGREEMENT}/documentos")
                await no_violations(page)


async def test_an_aide_finds_reads_asks_and_takes_note_by_keyboard(vhost: Vhost, database: str) -> None:
    """Four minutes before a meeting, and no mouse."""
    async with housed(vhost, database) as house, browsing() as browser:
        await house.sign(1, title="Nascentes do Alto")
        async with visiting(browser, house, role="office") as page:
            found = page.get_by_role("link", name="Nascentes do Alto")
            await asked_until(page, "/acordos?q=nascente", found)  # its words are known a moment after it
            await page.goto("/acordos")
            await page.get_by_label("Procurar por palavras").focus()
            await page.keyboard.type("nascente")
            await page.keyboard.press("Enter")
            await page.wait_for_url("**/acordos?*q=nascente*")  # what is found was on the page before, too
            await found.focus()
            await page.keyboard.press("Enter")
            await expect(page.get_by_role("heading", level=1)).to_have_text("Nascentes do Alto")
            await page.get_by_role("button", name="Marcar ciente").focus()
            await page.keyboard.press("Enter")
            await expect(page.get_by_text("Você marcou ciente em")).to_be_visible()
            await page.get_by_text("Perguntar a Belo Horizonte").focus()
            await page.keyboard.press("Enter")
            await page.get_by_label("Sua pergunta").fill("Houve visita técnica?")
            await page.get_by_role("button", name="Enviar a pergunta").press("Enter")
            await expect(page.get_by_text("MG-")).not_to_have_count(0)
            await asked_until(page, AGREEMENT, page.get_by_text("Houve visita técnica?"))


async def test_a_reader_computes_the_marks_in_the_browser(vhost: Vhost, database: str) -> None:
    """The chain by the registry, the entries by the reader; a mark that is not theirs is seen."""
    async with housed(vhost, database) as house, browsing() as browser:
        await house.sign(1, **{**RICH, "title": "Ração \u2028 <b>\u00ed</b> 😀"})
        async with visiting(browser, house, role="member", member=BELO_HORIZONTE) as page:
            await page.goto(f"{AGREEMENT}/livro")
            await page.get_by_role("button", name="Conferir agora").click()
            await expect(page.locator("#verified")).to_have_text(
                "Tudo confere: 1 avisos, do primeiro ao último. Nada foi mudado."
            )
            assert page.url.endswith("/livro")
            await page.get_by_role("button", name="Calcular as marcas no meu navegador").click()
            await expect(page.locator("#recomputed")).to_contain_text("desta página conferem")
            await page.route("**/livro", _with_another_city)
            await page.reload()
            await page.get_by_role("button", name="Calcular as marcas no meu navegador").click()
            await expect(page.locator("#recomputed")).to_contain_text("não conferem")
            await expect(page.locator(".check.bad")).to_have_count(1)


async def test_a_clerk_hands_a_photo_in_without_scripts(vhost: Vhost, database: str) -> None:
    """From the receipt, on an old telephone; the file is kept, and a button tells whose it is."""
    async with housed(vhost, database) as house, browsing() as browser:
        await house.sign(1)
        async with visiting(
            browser, house, role="member", member=BELO_HORIZONTE, width=320, scripts=False
        ) as page:
            await page.goto(RECEIPT)
            await page.get_by_label("Foto ou arquivo").set_input_files(
                {"name": "IMG_0001.PNG", "mimeType": "image/png", "buffer": PNG}
            )
            await page.get_by_role("button", name="Enviar o documento").click()
            await page.wait_for_url("**/registrar/fato?type=document_attached*")
            await page.locator("main form button[type=submit]").first.click()
            await page.wait_for_url("**/registrar/recebido?*")
            await asked_until(page, AGREEMENT, page.get_by_text("O texto assinado"))
            digest = hashlib.sha256(PNG).hexdigest()
            await expect(page.locator(f'a[href="/v1/documents/{digest}"]')).to_have_count(1)


async def test_a_receipt_comes_by_itself_once_it_is_there(vhost: Vhost, database: str) -> None:
    """Whoever waits on the page reloads nothing."""
    async with housed(vhost, database) as house, browsing() as browser:
        async with visiting(browser, house) as page:
            await page.goto(UNKNOWN)
            await expect(page.get_by_role("status")).to_have_text("Ainda não registrado.")
            await _tell_later(house)
            await expect(page.get_by_role("status")).to_have_text("Está registrado.")
            await expect(page.locator(".stages .done")).to_have_count(3)
        async with visiting(browser, house, scripts=False) as page:
            await page.goto(UNKNOWN)
            await expect(page.locator(".stages .done")).to_have_count(3)


async def _with_another_city(route: Any) -> None:
    answer = await route.fetch()
    forged = (await answer.text()).replace('"value": "IRM"', '"value": "MOU"')
    await route.fulfill(response=answer, body=forged)


async def _tell_later(house: House) -> None:
    event = {
        "specversion": "1.0",
        "id": "later",
        "source": "/convenios",
        "type": "br.malha.municipality.nothing_to_declare.v1",
        "member": BELO_HORIZONTE,
        "data": {"as_of": "2026-11-01"},
    }
    headers = {"Authorization": f"Bearer {house.city}", "Content-Type": "application/cloudevents+json"}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.post(f"{house.url}/v1/notices", json=event) as answer,
    ):
        assert answer.status == 202
