"""What happened since: corrections, retractions, questions, one click each; the nil return; the receipt."""

import json
from typing import Any

import pytest

from shared.notices.protocol import protocol_of
from tests.integration.ingest.conftest import CITY, Ingest, messages_in
from tests.integration.ingest.pages.conftest import (
    AIDE,
    ANSWERS,
    COORDINATOR,
    Fields,
    SignIn,
    Visitor,
    field,
    told,
)

OF_IT: Fields = {"member": CITY, "subject": "PROC-1", "once": "eeee", "back": "/acordos/AG-1"}
NOTICE = protocol_of(CITY, "/convenios", "1")
BEFORE = {
    "instrument": "OUT",
    "title": "Cooperação fictícia",
    "partners": [{"name": "Cidade Exemplo", "kind": "city", "country": "PT"}],
    "participants": [],
    "object": None,
    "themes": ["AGUA"],
    "ends_on": "2030-01-01",
}


async def _sent(peopled: Ingest) -> dict[str, Any]:
    (message,) = await messages_in(peopled.vhost, "registry.live", 1)
    sent = told(message.body)
    return {"type": sent["type"].split(".")[3], "subject": sent.get("subject"), "data": sent["data"]}


FACTS: list[tuple[str, Fields, dict[str, Any]]] = [
    ("confirmed", {}, {}),
    ("renewed", {"signed_on": "2/1/2026", "ends_on": "2/1/2030"},
     {"signed_on": "2026-01-02", "ends_on": "2030-01-02"}),
    ("renewed", {"signed_on": "2026", "open_ended": "1"}, {"signed_on": "2026", "ends_on": None}),
    ("terminated", {"effective_on": "2025-05", "reason": "Fim\r\ncombinado", "side": "mutual"},
     {"effective_on": "2025-05", "reason": "Fim\ncombinado", "side": "mutual"}),
    ("gate_updated", {"gate": "federal", "status": "consulted", "body": "MRE", "since": ""},
     {"gate": "federal", "status": "consulted", "body": "MRE"}),
    ("merged", {"into": "PROC-2"}, {"into": "PROC-2"}),
    ("document_attached", {"document.kind": "acordo", "document.sha256": "a" * 64},
     {"document": {"kind": "acordo", "sha256": "a" * 64}}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "fields", "data"), FACTS)
async def test_one_click_tells_a_fact(
    clerk: Visitor, peopled: Ingest, name: str, fields: Fields, data: dict[str, Any]
) -> None:
    """A form of any page of this site may send it, and people go back to where they were."""
    answer = await clerk.post("/registrar/fato", {**OF_IT, "type": name, **fields})
    assert await _sent(peopled) == {"type": name, "subject": "PROC-1", "data": data}
    assert 'href="/acordos/AG-1"' in (await clerk.get(answer.receipt)).text


async def test_a_fact_without_its_answers_is_a_form(clerk: Visitor) -> None:
    """A link is enough; nothing is told by looking, and nothing is wrong yet."""
    query = "type=renewed&member=3106200&subject=PROC-1&title=Um+acordo&back=/acordos/AG-1"
    asked = await clerk.get(f"/registrar/fato?{query}")
    assert asked.status == 200
    assert "Um acordo" in asked.text
    opened = await clerk.post("/registrar/fato", {**OF_IT, "type": "renewed"})
    assert opened.status == 200
    assert 'role="alert"' not in opened.text
    wrong = await clerk.post("/registrar/fato", {**OF_IT, "type": "renewed", "signed_on": "", "ends_on": ""})
    assert wrong.status == 422
    assert (await clerk.get("/registrar/fato?type=expired")).status == 404
    assert (await clerk.get("/registrar/fato?type=question_asked")).status == 404


async def test_a_correction_opens_filled_in_and_sends_what_was_changed(
    clerk: Visitor, peopled: Ingest
) -> None:
    """The page that asks hands over what it shows; ingest knows no agreement."""
    before = json.dumps(BEFORE)
    form = await clerk.post("/registrar/corrigir", {**OF_IT, "title": "Um acordo", "before": before})
    assert form.status == 200
    assert field(form, "changes.title") == "Cooperação fictícia"
    assert field(form, "changes.ends_on") == "01/01/2030"
    whole: Fields = {
        **OF_IT,
        "whole": "1",
        "before": before,
        "changes.title": "Cooperação fictícia",
        "changes.partners.0.name": "Cidade Exemplo",
        "changes.partners.0.kind": "city",
        "changes.partners.0.country": "ES",
        "changes.instrument": "MOU",
        "changes.themes": ["AGUA", "EDU"],
        "changes.ends_on": "",
        "reason": "Erro de digitação",
    }
    assert (await clerk.post("/registrar/corrigir", {**whole, "reason": " "})).status == 422
    emptied = await clerk.post("/registrar/corrigir", {**whole, "changes.title": ""})
    assert 'href="#changes.title">O que é o acordo?' in emptied.text
    await clerk.post("/registrar/corrigir", whole)
    assert await _sent(peopled) == {
        "type": "corrected",
        "subject": "PROC-1",
        "data": {
            "changes": {
                "partners": [{"name": "Cidade Exemplo", "kind": "city", "country": "ES"}],
                "instrument": "MOU",
                "themes": ["AGUA", "EDU"],
                "ends_on": None,
            },
            "reason": "Erro de digitação",
        },
    }


async def test_a_form_in_which_nothing_was_changed_tells_nothing(clerk: Visitor) -> None:
    """The clerk is told so."""
    untouched = {**OF_IT, "whole": "1", "before": '{"title": "A"}', "changes.title": "A", "reason": "x"}
    answer = await clerk.post("/registrar/corrigir", untouched)
    assert answer.status == 422
    assert "Nada foi mudado" in answer.text
    assert (await clerk.post("/registrar/corrigir", {**OF_IT, "before": "["})).status == 400


async def test_a_board_corrects_one_field_by_one_click(sign_in: SignIn, peopled: Ingest) -> None:
    """What it does not name stays as it is."""
    coordinator = await sign_in(COORDINATOR)
    named: Fields = {"changes.instrument": "MOU", "clear": "ends_on", "reason": "Classificado"}
    await coordinator.post("/registrar/corrigir", {**OF_IT, **named})
    assert (await _sent(peopled))["data"] == {
        "changes": {"ends_on": None, "instrument": "MOU"},
        "reason": "Classificado",
    }


async def test_what_changed_from_a_day_on_is_an_amendment(clerk: Visitor, peopled: Ingest) -> None:
    """Not an error of the record: it was otherwise before."""
    amended: Fields = {**OF_IT, "changes.title": "Novo título", "since": "day"}
    asked = await clerk.post("/registrar/corrigir", amended)
    assert 'href="#effective_on"' in asked.text
    await clerk.post("/registrar/corrigir", {**amended, "effective_on": "1/3/2026"})
    assert await _sent(peopled) == {
        "type": "amended",
        "subject": "PROC-1",
        "data": {"changes": {"title": "Novo título"}, "effective_on": "2026-03-01"},
    }


async def test_a_retraction_is_confirmed_with_a_reason(clerk: Visitor, peopled: Ingest) -> None:
    """One click leads to the question why; a protocol may be typed as it was read out."""
    opened = await clerk.post("/registrar/retirar", {**OF_IT, "notice": NOTICE})
    assert opened.status == 200
    assert NOTICE in opened.text
    said = NOTICE.lower().replace("0", "o")
    wrong = await clerk.post(
        "/registrar/retirar", {**OF_IT, "notice": "MG-7FJRXBPMCRCB8", "reason": "Engano"}
    )
    assert "erro de digitação" in wrong.text
    await clerk.post("/registrar/retirar", {**OF_IT, "subject": "", "notice": said, "reason": "Engano"})
    assert await _sent(peopled) == {
        "type": "retracted",
        "subject": NOTICE,
        "data": {"notice": NOTICE, "reason": "Engano"},
    }


async def test_the_office_asks_and_the_member_answers(
    clerk: Visitor, sign_in: SignIn, peopled: Ingest
) -> None:
    """Each by its own door, and not by the other's."""
    aide = await sign_in(AIDE)
    await aide.post("/registrar/pergunta", {**OF_IT, "text": "Quando começa?", "answer_by": "1/12/2026"})
    assert await _sent(peopled) == {
        "type": "question_asked",
        "subject": "PROC-1",
        "data": {"text": "Quando começa?", "answer_by": "2026-12-01"},
    }
    await clerk.post("/registrar/resposta", {**OF_IT, "text": "Em janeiro."})
    assert (await _sent(peopled))["type"] == "question_answered"
    assert (await clerk.post("/registrar/pergunta", {**OF_IT, "text": "?"})).status == 403
    assert (await aide.post("/registrar/resposta", {**OF_IT, "text": "!"})).status == 403


async def test_nothing_to_declare_is_one_click_and_a_dated_statement(clerk: Visitor, peopled: Ingest) -> None:
    """Said twice on a day it is said once."""
    first = await clerk.post("/registrar/nada-a-declarar", {})
    sent = await _sent(peopled)
    assert (sent["type"], list(sent["data"])) == ("nothing_to_declare", ["as_of"])
    statement = await clerk.get(first.receipt)
    assert "O município de Belo Horizonte declara que" in statement.text
    assert (await clerk.post("/registrar/nada-a-declarar", {})).protocol == first.protocol


async def test_the_coordination_declares_for_nobody(sign_in: SignIn) -> None:
    """What a municipality has not, only itself can say."""
    coordinator = await sign_in(COORDINATOR)
    assert (await coordinator.get("/registrar/nada-a-declarar")).status == 403


async def test_nobody_writes_a_receipt_of_their_own(clerk: Visitor) -> None:
    """What a receipt says is sealed; of a number alone it says only where to ask."""
    answer = await clerk.post("/registrar", ANSWERS)
    other = protocol_of(CITY, "/formulario", "other")
    swapped = answer.receipt.replace(answer.protocol, other)
    meddled = answer.receipt.replace("recibo=g", "recibo=h")
    for address in (swapped, meddled, f"/registrar/recebido?protocolo={other}"):
        receipt = await clerk.get(address)
        assert receipt.status == 200
        assert "Cooperação fictícia" not in receipt.text
    assert (await clerk.get("/registrar/recebido?protocolo=MG-123")).status == 404
    away = await clerk.get(f"/registrar/recebido?protocolo={other}&de=https://x.example")
    assert 'href="https://x.example' not in away.text


async def test_whoever_is_not_signed_in_is_led_to_the_door(peopled: Ingest) -> None:
    """And back to the form."""
    async with peopled.http.get(f"{peopled.url}/registrar?member=1", allow_redirects=False) as answer:
        assert answer.headers["Location"] == "/entrar?de=%2Fregistrar%3Fmember%3D1"
    async with peopled.http.post(f"{peopled.url}/registrar", allow_redirects=False) as answer:
        assert answer.headers["Location"] == "/entrar?de=%2Fregistrar"  # where the draft waits
