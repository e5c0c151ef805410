"""The form: five answers, a protocol at once, and whatever may go wrong on a bad line."""

import asyncio
import re
from types import SimpleNamespace

import aiohttp
import msgspec
import pytest

from services.ingest import limits
from tests.integration.ingest.conftest import CITY, OTHER, VENDOR, Ingest, Starter, messages_in
from tests.integration.ingest.pages.conftest import (
    AIDE,
    ANSWERS,
    CLERK,
    CONSULTANT,
    COOKIE,
    COORDINATOR,
    PEOPLED,
    SignIn,
    Visitor,
    cookie_of,
    field,
    told,
)
from tests.support.fault_proxy import fault_proxy
from tests.support.servers import Vhost
from tests.support.world import eventually

HOSTILE = '"><script>alert(1)</script>\u202e=HYPERLINK("x") {{ 7*7 }} %(name)s'


async def test_five_answers_become_a_notice_in_the_clerk_s_name(peopled: Ingest, clerk: Visitor) -> None:
    """The ledger keeps who told it, and by which door."""
    answer = await clerk.post("/registrar", ANSWERS)
    (message,) = await messages_in(peopled.vhost, "registry.live", 1)
    sent = told(message.body)
    assert sent["type"] == "br.malha.agreement.reported.v1"
    assert sent["data"] == {
        "title": "Cooperação fictícia em saneamento",
        "partners": [{"name": "Cidade Exemplo", "kind": "city", "country": "PT"}],
        "instrument": "OUT",
        "signed_on": "2025-05-30",
    }
    spoken = {name: sent[name] for name in ("member", "senderrole", "sendermember", "senderkey", "door")}
    assert spoken == {
        "member": CITY, "senderrole": "member", "sendermember": CITY, "senderkey": "", "door": "form",
    }  # fmt: skip
    assert sent["senderperson"] == CLERK
    receipt = await clerk.get(answer.receipt)
    assert answer.protocol in receipt.text
    assert "Belo Horizonte" in receipt.text


async def test_the_protocol_comes_while_the_registry_is_away(clerk: Visitor) -> None:
    """Nobody answers behind the queue here; the number needs nothing but the broker."""
    answer = await clerk.post("/registrar", ANSWERS)
    receipt = await clerk.get(answer.receipt)
    assert "O registro leva alguns instantes" in receipt.text
    assert f'href="/protocolos/{answer.protocol}"' in receipt.text


async def test_a_double_tap_is_one_notice(clerk: Visitor) -> None:
    """The form's own number makes it one, however often it is sent."""
    first, second = await asyncio.gather(*(clerk.post("/registrar", ANSWERS) for _ in range(2)))
    assert first.protocol == second.protocol
    anew = await clerk.post("/registrar", {**ANSWERS, "once": "ddddccccbbbbaaaa"})
    assert anew.protocol != first.protocol


async def test_a_form_without_a_number_is_one_notice_a_day(clerk: Visitor) -> None:
    """A link of another page may have none: the same words are the same notice."""
    fields = {"member": CITY, "subject": "A-1", "type": "confirmed"}
    first, second = [await clerk.post("/registrar/fato", fields) for _ in range(2)]
    assert first.protocol == second.protocol
    other = await clerk.post("/registrar/fato", {**fields, "note": "Visto"})
    assert other.protocol != first.protocol


async def test_what_is_missing_is_said_at_its_field_and_nothing_typed_is_lost(clerk: Visitor) -> None:
    """With the field's name in the summary, for whoever hears the page."""
    fields = {**ANSWERS, "partners.0.country": "", "signed_on": "31/02/2020", "object": HOSTILE}
    answer = await clerk.post("/registrar", fields)
    assert answer.status == 422
    assert 'href="#partners.0.country">Parceiro 1: País – Escolha o país do parceiro.' in answer.text
    assert 'id="signed_on-error"' in answer.text
    assert field(answer, "title") == ANSWERS["title"]
    assert field(answer, "signed_on") == "31/02/2020"
    assert field(answer, "once") == ANSWERS["once"]
    assert '<option value="city" selected>' in answer.text
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text
    assert "{{ 7*7 }}" in answer.text


async def test_an_empty_form_names_all_that_is_needed(clerk: Visitor) -> None:
    """Whose it is follows from the account."""
    answer = await clerk.post("/registrar", {})
    wrong = re.findall(r'href="#([\w.]+)"', answer.text)
    assert [name for name in wrong if name != "content"] == ["title", "partners.0.name"]


@pytest.mark.parametrize("length", [501, 10_000])
async def test_a_text_that_is_too_long_is_kept_and_refused(clerk: Visitor, length: int) -> None:
    """Ten thousand characters come back to be shortened."""
    answer = await clerk.post("/registrar", {**ANSWERS, "title": "á" * length})
    assert answer.status == 422
    assert "mais de 500 caracteres" in answer.text
    assert "á" * length in answer.text


async def test_a_cpf_stands_in_no_reference(clerk: Visitor) -> None:
    """References are public: the clerk is told, not the world."""
    answer = await clerk.post("/registrar", {**ANSWERS, "subject": "529.982.247-25"})
    assert answer.status == 422
    assert "Há um CPF aqui" in answer.text


async def test_nobody_registers_for_another_city(clerk: Visitor) -> None:
    """Whatever the form says, the account decides."""
    answer = await clerk.post("/registrar", {**ANSWERS, "member": OTHER})
    assert answer.status == 403
    assert "não fala por este membro" in answer.text
    assert field(answer, "title") == ANSWERS["title"]


async def test_a_consultant_tells_what_was_delegated(sign_in: SignIn, peopled: Ingest) -> None:
    """Signed agreements of that city, and nothing else of it; of its own firm everything."""
    consultant = await sign_in(CONSULTANT)
    form = await consultant.get("/registrar")
    assert re.findall(r'<option value="(\w[^"]*)"[^>]*>(?:Vendor|Belo Horizonte)<', form.text) == [
        VENDOR,
        CITY,
    ]
    refused = await consultant.post("/registrar", {**ANSWERS, "member": CITY})
    assert refused.status == 403
    await consultant.post("/registrar", {**ANSWERS, "member": CITY, "signed_on": "2026-11-21"})
    (message,) = await messages_in(peopled.vhost, "registry.live", 1)
    assert told(message.body)["sendermember"] == VENDOR


async def test_the_coordination_names_any_member(sign_in: SignIn, peopled: Ingest) -> None:
    """By name, by code, or as the list offers it."""
    coordinator = await sign_in(COORDINATOR)
    for number, named in enumerate(("uberlandia", OTHER, f"Uberlândia ({OTHER})")):
        await coordinator.post("/registrar", {**ANSWERS, "member": named, "once": f"once-{number}"})
    messages = await messages_in(peopled.vhost, "registry.live", 3)
    assert {told(message.body)["member"] for message in messages} == {OTHER}
    nobody = await coordinator.post("/registrar", {**ANSWERS, "member": "Lisboa"})
    assert nobody.status == 422
    assert "Escolha um município" in nobody.text


async def test_the_office_registers_nothing(sign_in: SignIn) -> None:
    """It reads and asks."""
    aide = await sign_in(AIDE)
    assert (await aide.post("/registrar", ANSWERS)).status == 403
    assert (await aide.get("/registrar")).status == 403


async def test_news_is_told_as_signed_and_history_as_reported(clerk: Visitor, peopled: Ingest) -> None:
    """The clerk answers when; what that is called is not asked."""
    await clerk.post("/registrar", {**ANSWERS, "signed_on": "21/11/2026"})
    await clerk.post("/registrar", {**ANSWERS, "once": "b", "signed_on": ""})
    await clerk.post("/registrar", {**ANSWERS, "once": "c", "state": "negotiating"})
    messages = await messages_in(peopled.vhost, "registry.live", 3)
    facts = [told(message.body)["type"].split(".")[3] for message in messages]
    assert facts == ["signed", "reported", "negotiation_opened"]
    assert "signed_on" not in told(messages[2].body)["data"]


async def test_a_script_gets_what_programs_get(clerk: Visitor) -> None:
    """So that a page may send again when the line is back, and go where the receipt is."""
    answer = await clerk.post("/registrar", ANSWERS, Accept="application/json")
    receipt = msgspec.json.decode(answer.text)
    assert (answer.status, receipt["status"]) == (202, "accepted")
    assert answer.headers["Location"].startswith(f"/registrar/recebido?protocolo={receipt['protocol']}")
    wrong = await clerk.post("/registrar", {}, Accept="application/json")
    assert (wrong.status, wrong.headers["Content-Type"]) == (422, "application/problem+json")


async def test_a_person_has_a_rate_of_their_own(
    clerk: Visitor, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever holds a key down is told to wait, with the form kept; others go on."""
    monkeypatch.setattr(limits, "time", SimpleNamespace(monotonic=lambda: 1000.0))  # all within a second
    answers = await asyncio.gather(*(clerk.post("/registrar", ANSWERS) for _ in range(30)))
    slow = [answer for answer in answers if answer.status == 429]
    assert slow
    assert "Retry-After" in slow[0].headers
    assert field(slow[0], "title") == ANSWERS["title"]
    consultant = await sign_in(CONSULTANT)
    assert (await consultant.post("/registrar", {**ANSWERS, "member": VENDOR})).status == 303


async def test_another_site_cannot_register(clerk: Visitor) -> None:
    """A page elsewhere may make a browser send a form; ours is refused."""
    answer = await clerk.post("/registrar", ANSWERS, **{"Sec-Fetch-Site": "cross-site"})
    assert answer.status == 403


async def test_a_broker_that_is_away_costs_no_typed_word(start: Starter, vhost: Vhost) -> None:
    """503, the form as it was, and the same number: pressing again repeats nothing."""
    async with fault_proxy(vhost.url_of("ingest")) as proxy:
        ingest: Ingest = await start(directory=PEOPLED, amqp_url=proxy.url)
        async with aiohttp.ClientSession(cookies={COOKIE: cookie_of(CLERK)}) as http:
            clerk = Visitor(ingest.url, http)
            proxy.pause()
            answer = await clerk.post("/registrar", ANSWERS)
            assert answer.status == 503
            assert "Retry-After" in answer.headers
            assert field(answer, "title") == ANSWERS["title"]
            proxy.resume()
            await ingest.until_ready()
            again = {**ANSWERS, "once": field(answer, "once")}

            async def is_taken() -> bool:
                status = (await clerk.post("/registrar", again)).status
                assert status in {303, 503}  # while the line is made anew
                return status == 303

            await eventually(is_taken, "pressed again, it is taken")
