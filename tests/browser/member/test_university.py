"""A university's morning: its key, its system's first notice, what did not fit, its own site."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page, expect

from tests.browser.house import House
from tests.browser.member.conftest import NAME, UNIVERSITY
from tests.browser.quality import no_violations, visiting


async def sent(house: House, key: str, fact: str, subject: str, **data: Any) -> str:
    """The protocol of what the university's system tells, once it is registered."""
    event = {
        "specversion": "1.0",
        "id": f"{fact}-{subject}",
        "source": "/sistema-de-convenios",
        "type": f"br.malha.agreement.{fact}.v1",
        "member": UNIVERSITY,
        "subject": subject,
        "data": data,
    }
    headers = {
        "Authorization": f"Bearer {key}",
        "Prefer": "wait=30",
        "Content-Type": "application/cloudevents+json",
    }
    async with aiohttp.ClientSession(house.url, headers=headers) as http:
        async with asyncio.timeout(90):
            while (await http.get("/v1/me")).status != 200:  # noqa: ASYNC110 - a new key is known in a moment
                await asyncio.sleep(0.1)
        async with http.post("/v1/notices", json=event) as answer:
            receipt = await answer.json(content_type=None)
            assert answer.status == 201, receipt
            return str(receipt["protocol"])


async def registered(page: Page, protocol: str) -> None:
    """Return once the registry knows it."""
    await page.wait_for_function(
        "path => fetch(path).then(answer => answer.status === 200)", arg=f"/v1/receipts/{protocol}"
    )


async def make_key(page: Page) -> str:
    """A key for the university's system, as it is shown this once."""
    await page.goto("/membro/chaves")
    await page.get_by_label("Para qual sistema ou fornecedor").fill("Sistema de convênios")
    await page.get_by_role("button", name="Fazer a chave").click()
    await expect(page.get_by_text("Guarde-a agora: ela não será mostrada de novo.")).to_be_visible()
    return await page.locator("#secret").inner_text()


async def test_a_key_is_made_tried_replaced_and_ended(house: House, browser: Browser) -> None:
    """Without a call to anybody: the trial goes through the very door that the system will use."""
    async with visiting(browser, house, role="member", member=UNIVERSITY) as page:
        key = await make_key(page)
        await no_violations(page)
        outcome = page.locator("#trial-outcome")
        await page.get_by_role("button", name="Testar", exact=True).click()
        await expect(outcome).to_contain_text("A chave funciona")
        await page.get_by_role("button", name="Enviar um aviso de teste de verdade").click()
        await expect(outcome).to_contain_text("Aviso de teste registrado, com o protocolo MG-")
        await page.locator("#trial-key").fill("mlh_test_wrong")
        await page.get_by_role("button", name="Testar", exact=True).click()
        await expect(outcome).to_contain_text("Cole a chave inteira")

        await page.goto("/membro/chaves")
        await expect(page.get_by_text(key)).to_have_count(0)
        await page.get_by_role("button", name="Trocar").click()
        await expect(page.get_by_text("ainda vale 7 dias")).to_be_visible()
        newer = await page.locator("#secret").inner_text()
        assert newer != key
        await page.goto("/membro/chaves")
        await page.get_by_role("button", name=f"Encerrar a chave {key.split('_')[2]}").click()
        await page.wait_for_url("**/encerrar*")
        await page.get_by_role("button", name="Encerrar a chave").click()
        await expect(page.get_by_text("encerrada", exact=True)).to_have_count(1)
        await no_violations(page)


async def test_what_does_not_fit_is_put_right_from_its_own_page(house: House, browser: Browser) -> None:
    """A remark says what to do, and the page leads there: told first, or taken back."""
    async with visiting(browser, house, role="member", member=UNIVERSITY) as page:
        key = await make_key(page)
        await sent(house, key, "completed", "CONV-7", effective_on="2026-05-01")
        await page.goto("/membro")
        await expect(page.get_by_role("heading", level=1)).to_have_text(NAME)
        reviews = page.get_by_role("list", name="Algo não combina")
        await expect(reviews).to_contain_text("Deste acordo só se conhecem fatos posteriores")
        await no_violations(page)
        told = await reviews.get_by_role("link", name="Registrar o acordo").get_attribute("href")
        assert told is not None
        assert "subject=CONV-7" in told
        await reviews.get_by_role("link", name="Retirar o aviso").click()
        await page.locator("[name=reason]").fill("Aviso de outro órgão, enviado por engano.")
        await page.locator("main form").get_by_role("button").last.click()
        await page.wait_for_url("**/registrar/recebido**")
        protocol = await page.locator(".protocol strong").inner_text()
        await registered(page, protocol)
        await page.goto("/membro")
        await expect(page.get_by_text("Nada espera por uma resposta")).to_be_visible()
        await expect(page.get_by_text("retirado", exact=True)).to_have_count(1)


async def test_a_correction_begins_from_what_is_known(house: House, browser: Browser) -> None:
    """One click opens the form with the title in it; what was typed over it is what changes."""
    async with visiting(browser, house, role="member", member=UNIVERSITY) as page:
        key = await make_key(page)
        data: dict[str, Any] = {
            "instrument": "MOU",
            "title": "Cooperasão acadêmica",
            "partners": [{"name": "Universidade do Porto", "kind": "university", "country": "PT"}],
            "signed_on": "2026-03-02",
        }
        await sent(house, key, "signed", "CONV-8", **data)
        await page.goto("/membro")
        await page.get_by_role("button", name="Corrigir o acordo").click()
        title = page.locator("[name='changes.title']")
        await expect(title).to_have_value("Cooperasão acadêmica")
        await title.fill("Cooperação acadêmica")
        await page.locator("[name=reason]").fill("Erro de digitação.")
        await page.locator("main form").get_by_role("button").last.click()
        await page.wait_for_url("**/registrar/recebido**")
        await registered(page, await page.locator(".protocol strong").inner_text())
        await page.goto("/membro/avisos")
        await expect(page.get_by_role("link", name="Cooperação acadêmica")).not_to_have_count(0)


async def test_a_site_of_another_origin_shows_the_public_agreements(house: House, browser: Browser) -> None:
    """The snippet that the page gives works where it is pasted, without scripts or a session."""
    async with visiting(browser, house, role="member", member=UNIVERSITY) as page:
        key = await make_key(page)
        partners = [{"name": "Universidade do Porto", "kind": "university", "country": "PT"}]
        for number, visibility in enumerate(("public", "restricted")):
            data: dict[str, Any] = {
                "instrument": "MOU",
                "title": f"Acordo {visibility}",
                "partners": partners,
                "signed_on": "2026-03-02",
                "visibility": visibility,
            }
            await sent(house, key, "signed", f"CONV-{number}", **data)
        await page.goto("/membro")
        snippet = await page.locator("#embed ~ .snippet code").first.inner_text()
    async with elsewhere(snippet.replace("http://127.0.0.1/", f"{house.url}/")) as site:
        context = await browser.new_context(java_script_enabled=False)
        page = await context.new_page()
        await page.goto(site)
        frame = page.frame_locator("iframe")
        await expect(frame.get_by_role("heading", level=1)).to_contain_text(NAME)
        await expect(frame.get_by_text("Acordo public")).to_be_visible()
        await expect(frame.get_by_text("Acordo restricted")).to_have_count(0)
        await context.close()


@asynccontextmanager
async def elsewhere(snippet: str) -> AsyncIterator[str]:
    """Another site, with *snippet* in its page."""

    async def transparency(_request: web.Request) -> web.Response:
        body = f"<!doctype html><meta charset=utf-8><title>Transparência</title>{snippet}"
        return web.Response(text=body, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", transparency)
    async with TestServer(app, host="127.0.0.1") as server:
        yield f"http://localhost:{server.port}/"
