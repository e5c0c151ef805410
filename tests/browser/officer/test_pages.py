"""The forms for everybody: no barrier that axe can find, in both languages, by day and by night."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.async_api import Browser, FilePayload, expect

from shared.directory import Role
from shared.notices.protocol import protocol_of
from tests.browser.house import House
from tests.browser.quality import LAPTOP, PHONE, no_violations, visiting
from tests.support.registry import BELO_HORIZONTE, THE_STATE

HOSTILE = '"><script>alert(1)</script>\u202e=1+1 ' + "x" * 10_000
OF_IT = f"member={BELO_HORIZONTE}&subject=PROC-1&title=Acordo+fict%C3%ADcio&back=/acordos"
NOTICE = protocol_of(BELO_HORIZONTE, "/convenios", "1")
TELLING = (
    "/registrar",
    "/registrar/planilha",
    "/registrar/corrigir",
    *(
        f"/registrar/fato?type={name}&{OF_IT}"
        for name in ("renewed", "terminated", "merged", "gate_updated", "gate_updated&gate=federal")
    ),
    f"/registrar/fato?type=document_attached&{OF_IT}&document.kind=acordo&document.sha256={'a' * 64}",
    f"/registrar/retirar?notice={NOTICE}&{OF_IT}",
    f"/registrar/resposta?{OF_IT}&question=Quando%3F",
    f"/registrar/recebido?protocolo={NOTICE}",
)
PAGES: dict[Role, tuple[str, ...]] = {
    "member": (*TELLING, "/registrar/nada-a-declarar"),
    "coordination": TELLING,
    "office": (f"/registrar/pergunta?{OF_IT}",),
}
SHEET = """Parceiro;Objeto;Tipo;Número do processo;Data de assinatura
Cidade Exemplo (cidade, Portugal);Saneamento fictício;MOU;P-1;30/05/2025
Vila Exemplo;=HYPERLINK("x");MOU;P-2;31/02/2020
;Sem parceiro;;P-3;2024
"""


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        ("member", {"width": PHONE}),
        ("member", {"width": LAPTOP, "theme": "dark", "language": "en"}),
        ("coordination", {"width": LAPTOP}),
        ("office", {"width": PHONE, "theme": "dark"}),
    ],
)
async def test_forms_are_without_barriers(
    house: House, browser: Browser, role: Role, seen: dict[str, Any]
) -> None:
    """Empty, and full of what is wrong."""
    member = BELO_HORIZONTE if role == "member" else THE_STATE
    async with visiting(browser, house, role=role, member=member, **seen) as page:
        for path in PAGES[role]:
            await page.goto(path)
            await no_violations(page)
        if role == "office":
            return
        await page.goto("/registrar")
        for details in await page.locator("details > summary").all():
            await details.click()
        await no_violations(page)
        for name in ("title", "partners.0.name", "object", "objectives.0.text"):
            await page.locator(f'[name="{name}"]').fill(HOSTILE)
        await page.locator("form.stack button[type=submit]").click()
        await expect(page.locator(".summary")).to_be_visible()
        await no_violations(page)


async def test_a_sheet_is_checked_answered_and_sent_without_scripts(house: House, browser: Browser) -> None:
    """In four pages, each without barriers."""
    async with visiting(
        browser, house, role="member", member=BELO_HORIZONTE, width=PHONE, scripts=False
    ) as page:
        await page.goto("/registrar/planilha")
        file: FilePayload = {"name": "acordos.csv", "mimeType": "text/csv", "buffer": SHEET.encode()}
        await page.get_by_label("A planilha").set_input_files(file)
        await page.get_by_role("button", name="Conferir a planilha").click()
        await page.get_by_label("Ou escreva outra").first.fill("Vila Exemplo (cidade, Itália)")
        await page.get_by_label("Resposta").nth(1).select_option(label="2020-02")
        await page.get_by_role("button", name="Conferir com estas respostas").click()
        await page.get_by_role("button", name="Enviar as 2 linhas prontas").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Planilha enviada")
        await expect(page.locator("main")).to_contain_text("Linha 4: ficou com dúvida ou erro.")


async def test_sheets_are_without_barriers(house: House, browser: Browser) -> None:
    """Preview and report, at a desk by night, in English."""
    async with visiting(
        browser, house, role="member", member=BELO_HORIZONTE, theme="dark", language="en"
    ) as page:
        await page.goto("/registrar/planilha")
        file: FilePayload = {"name": "acordos.csv", "mimeType": "text/csv", "buffer": SHEET.encode()}
        await page.locator("#file").set_input_files(file)
        await page.get_by_role("button", name="Check the sheet").click()
        await page.get_by_text("How the columns were understood").click()
        await no_violations(page)
        await page.get_by_role("button", name="Send the row that is ready").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Sheet sent")
        await no_violations(page)


async def test_a_correction_shows_what_is_known_and_tells_what_changed(
    house: House, browser: Browser
) -> None:
    """From any page that hands the agreement's data over, to its history."""
    await house.sign(1, title="Nascentes (fictício)", themes=["AGUA"])
    async with visiting(browser, house, role="member", member=BELO_HORIZONTE) as page:
        known = await page.evaluate(
            "fetch('/v1/agreements?subject=PROC-1').then(answer => answer.json()).then(told => told.items[0])"
        )
        await page.evaluate(
            """fields => {
                const form = document.createElement("form");
                Object.assign(form, {method: "post", action: "/registrar/corrigir"});
                for (const [name, value] of Object.entries(fields))
                    form.append(Object.assign(document.createElement("input"), {name, value}));
                document.body.append(form);
                form.submit();
            }""",
            {"member": BELO_HORIZONTE, "subject": "PROC-1", "before": json.dumps(known["data"])},
        )
        title = page.get_by_label("O que é o acordo?")
        await expect(title).to_have_value("Nascentes (fictício)")
        await no_violations(page)
        await title.fill("Nascentes do Alto (fictício)")
        await page.get_by_label("Por que está mudando?").fill("O nome estava incompleto")
        await page.get_by_role("button", name="Enviar a correção").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Recebido")
        corrected = await page.wait_for_function(
            "id => fetch(`/v1/agreements/${id}/history`).then(answer => answer.json())"
            ".then(({items}) => items.length > 1 && items.at(-1).changes)",
            arg=known["id"],
        )
        (change,) = await corrected.json_value()
        assert (change["field"], change["after"]) == ("title", "Nascentes do Alto (fictício)")
