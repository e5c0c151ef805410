"""A sheet from a browser: preview, answers, confirmation, report; nothing kept in between."""

import csv
import html
import io
import re
from collections.abc import Mapping

from services.ingest.pages.uploaded import CARRIED_BYTES
from tests.integration.ingest.conftest import CITY, OTHER, Ingest, messages_in
from tests.integration.ingest.pages.conftest import COORDINATOR, Page, SignIn, Visitor, told

HEADER = "Parceiro;Objeto;Tipo;Número do processo;Data de assinatura\n"
READY = "Cidade Exemplo (cidade, Portugal);Saneamento fictício;MOU;P-1;30/05/2025\n"
DOUBTFUL = "Vila Exemplo;Turismo fictício;MOU;P-2;2024\n"
WRONG = ";Sem parceiro;MOU;P-3;2024\n"
SHEET = (HEADER + READY + DOUBTFUL + WRONG).encode()


def carried(page: Page, **answers: str) -> Mapping[str, str]:
    """What the page's form sends on, with *answers*."""
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text)
    return {name: html.unescape(value) for name, value in hidden} | answers


async def test_a_preview_sends_nothing_and_says_what_is_doubtful(clerk: Visitor) -> None:
    """Row by row: ready, doubtful with candidates in words, wrong with the reason."""
    page = await clerk.upload({"step": "preview"}, SHEET)
    assert page.status == 200
    assert "Nada foi enviado ainda" in page.text
    assert "Enviar a linha pronta" in page.text
    assert "Vila Exemplo" in page.text
    assert "Falta o parceiro" in page.text


async def test_answers_make_rows_ready_and_the_sheet_goes_once(clerk: Visitor, peopled: Ingest) -> None:
    """The page carries a small sheet along: nothing is chosen twice, and no script is needed."""
    preview = await clerk.upload({"step": "preview"}, SHEET)
    answered = await clerk.upload(
        carried(preview, **{"step": "preview", "other.0": "Vila Exemplo (cidade, Itália)"})
    )
    assert "Enviar as 2 linhas prontas" in answered.text
    sent = await clerk.upload(carried(answered, step="send"))
    messages = await messages_in(peopled.vhost, "registry.backfill", 2)
    events = [told(message.body) for message in messages]
    assert {event["door"] for event in events} == {"import"}
    assert {event["senderperson"] for event in events} == {"p-clerk"}
    partners = {event["data"]["partners"][0]["country"] for event in events}
    assert partners == {"PT", "IT"}
    assert all(str(message.headers["protocol"]) in sent.text for message in messages)
    assert "Linha 4: ficou com dúvida ou erro." in sent.text


async def test_the_returned_sheet_is_a_workbook(clerk: Visitor) -> None:
    """The same sheet with a protocol beside each row, to be corrected and sent again."""
    preview = await clerk.upload({"step": "preview"}, SHEET)
    report = await clerk.upload(carried(preview, step="report"))
    assert report.headers["Content-Disposition"] == 'attachment; filename="malha-recibos.xlsx"'
    assert report.text.startswith("PK")


async def test_a_large_sheet_is_chosen_again_and_must_be_the_same(clerk: Visitor) -> None:
    """What was checked is what is sent."""
    rows = READY.replace("P-1", "P-{n}").replace("Saneamento", "Saneamento " + "x" * 900)
    large = (HEADER + "".join(rows.format(n=number) for number in range(900))).encode()
    assert len(large) > CARRIED_BYTES
    preview = await clerk.upload({"step": "preview"}, large)
    fields = carried(preview, step="send")
    assert "carried" not in fields
    assert "escolha o mesmo arquivo de novo" in preview.text
    forgotten = await clerk.upload(fields)
    assert (forgotten.status, "Escolha a planilha de novo" in forgotten.text) == (422, True)
    other = await clerk.upload(fields, SHEET)
    assert "não é a que foi conferida" in other.text


async def test_a_file_that_is_no_sheet_is_refused_in_words(clerk: Visitor) -> None:
    """A photo, nothing at all, a page of somebody's own making."""
    photo = await clerk.upload({"step": "preview"}, b"\x89PNG\r\n\x1a\n" + b"x" * 100)
    assert photo.status == 415
    assert 'id="file-error"' in photo.text
    assert (await clerk.upload({"step": "preview"})).status == 422
    assert (await clerk.upload({"step": "preview", "carried": "???"})).status == 400
    assert (await clerk.post("/registrar/planilha", {"step": "preview"})).status == 415


async def test_a_column_that_was_misunderstood_is_set_right(clerk: Visitor) -> None:
    """By its letter; the preview is made anew."""
    odd = (HEADER.replace("Objeto", "Xyz") + READY).encode()
    preview = await clerk.upload({"step": "preview"}, odd)
    assert "não é enviada" in preview.text
    set_right = await clerk.upload(carried(preview, **{"step": "preview", "column.B": "object"}))
    assert "Saneamento fictício" in set_right.text


async def test_the_coordination_says_whose_the_rows_are(sign_in: SignIn, peopled: Ingest) -> None:
    """And nobody else's become anybody's by a slip."""
    coordinator = await sign_in(COORDINATOR)
    preview = await coordinator.upload({"step": "preview", "member": "Uberlândia"}, SHEET)
    await coordinator.upload(carried(preview, step="send"))
    (message,) = await messages_in(peopled.vhost, "registry.backfill", 1)
    assert told(message.body)["member"] == OTHER
    clerk = await sign_in()
    foreign = f"Município;{HEADER}{OTHER};{READY}{CITY};{READY.replace('P-1', 'P-9')}".encode()
    page = await clerk.upload({"step": "preview"}, foreign)
    assert "não pode falar por este membro" in page.text


async def test_cells_are_shown_as_text_whatever_is_in_them(clerk: Visitor) -> None:
    """Scripts, formulas and turned letters in names of columns and in rows."""
    bad = '"><script>alert(1)</script>\u202e=1+1'
    sheet = io.StringIO()
    rows = [
        ["Parceiro", "Objeto", "Tipo", bad],
        ["Cidade Exemplo (cidade, Portugal)", bad, "MOU", bad * 50],
        [bad, bad, bad, ""],
    ]
    csv.writer(sheet, delimiter=";").writerows(rows)
    page = await clerk.upload({"step": "preview"}, sheet.getvalue().encode())
    assert page.status == 200
    assert "Enviar a linha pronta" in page.text
    assert "<script>alert" not in page.text
