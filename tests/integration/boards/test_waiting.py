"""Waiting on Brasília: by age as told, by body, without what is over."""

from datetime import timedelta
from typing import Any

from services.registry.http.answers import today
from tests.support.pages import order_of, read, said
from tests.support.registry import BELO_HORIZONTE, UBERLANDIA, Registry, Teller


def ago(days: int) -> str:
    """The day so many days ago."""
    return (today() - timedelta(days)).isoformat()


def negotiation(title: str, **federal: str) -> dict[str, Any]:
    """A negotiation that waits for an answer of the federal government."""
    return {
        "instrument": "MOU",
        "title": title,
        "partners": [{"name": "Cidade Exemplo", "kind": "city", "country": "PT"}],
        "gates": {"federal": {"status": "consulted", **federal}},
    }


async def opened(teller: Teller, subject: str, member: str = BELO_HORIZONTE, **federal: str) -> None:
    """A negotiation called after its *subject*."""
    data = negotiation(subject, **federal)
    await teller.tell("agreement.negotiation_opened", data, subject=subject, member=member)


async def test_the_longest_waiting_stands_first(registry: Registry, teller: Teller) -> None:
    """Whatever order the notices came in; what nobody knows since when comes last, and is no zero."""
    await opened(teller, "PROC-NOVO", body="MRE", since=ago(20))
    await opened(teller, "PROC-SEM-DATA")
    await opened(teller, "PROC-VELHO", body="COFIEX", since=ago(400))
    text = said(await read(registry, "/quadros/brasilia", "office"))
    assert order_of(text, "PROC-NOVO", "PROC-SEM-DATA", "PROC-VELHO") == [
        "PROC-VELHO", "PROC-NOVO", "PROC-SEM-DATA",
    ]  # fmt: skip
    assert "3 acordos esperam" in text
    assert "sem informação" in text


async def test_a_month_alone_counts_from_its_last_day(registry: Registry, teller: Teller) -> None:
    """Of what is told as a month nobody claims more days than are certain."""
    await opened(teller, "PROC-MES", since="2020-02")
    await opened(teller, "PROC-DIA", since="2020-02-10")
    text = said(await read(registry, "/quadros/brasilia"))
    assert order_of(text, "PROC-MES", "PROC-DIA") == ["PROC-DIA", "PROC-MES"]
    assert "desde fevereiro de 2020" in text


async def test_filters_leave_what_they_ask_for(registry: Registry, teller: Teller) -> None:
    """By body, by age, by region; the tallies go on counting all."""
    await opened(teller, "PROC-MRE", body="MRE", since=ago(20))
    await opened(teller, "PROC-STN", UBERLANDIA, body="STN", since=ago(200))
    for query, left in {
        "body=MRE": ["PROC-MRE"],
        "age=180": ["PROC-STN"],
        "age=365": [],
        "mesoregion=Metropolitana+de+Belo+Horizonte": ["PROC-MRE"],
        "body=&age=&mesoregion=": ["PROC-MRE", "PROC-STN"],
    }.items():
        text = said(await read(registry, f"/quadros/brasilia?{query}"))
        assert sorted(order_of(text, "PROC-MRE", "PROC-STN")) == left, query
    await read(registry, "/quadros/brasilia?body=XYZ", status=400)
    await read(registry, "/quadros/brasilia?cursor=x", status=400)


async def test_what_is_answered_or_over_does_not_wait(registry: Registry, teller: Teller) -> None:
    """An answer ends the waiting, and so does calling it off."""
    await opened(teller, "PROC-RESPONDIDO", body="MRE", since=ago(90))
    await opened(teller, "PROC-DESISTIU", body="MRE", since=ago(90))
    answer = {"gate": "federal", "status": "favourable", "body": "MRE", "since": ago(5)}
    await teller.tell("agreement.gate_updated", answer, subject="PROC-RESPONDIDO")
    await teller.tell("agreement.withdrawn", {"reason": "Sem interesse."}, subject="PROC-DESISTIU")
    text = said(await read(registry, "/quadros/brasilia"))
    assert order_of(text, "PROC-RESPONDIDO", "PROC-DESISTIU") == []
    assert "Nada espera por Brasília" in text


async def test_the_next_page_goes_on_where_the_first_ended(registry: Registry, teller: Teller) -> None:
    """Sixty wait: fifty on the first page, ten on the second, none twice."""
    for n in range(60):
        await opened(teller, f"PROC-{n:02}.", since=ago(100 + n))
    first = await read(registry, "/quadros/brasilia")
    [following] = [part.partition('"')[0] for part in first.split('href="')[1:] if "cursor=" in part[:80]]
    second = await read(registry, following)
    names = [f"PROC-{n:02}." for n in range(60)]
    assert len(order_of(said(first), *names)) == 50
    assert order_of(said(second), *names) == [f"PROC-{n:02}." for n in range(9, -1, -1)]


async def test_the_coordination_records_and_the_office_asks(registry: Registry, teller: Teller) -> None:
    """The office never edits: it is offered the question alone."""
    await opened(teller, "PROC-1", since=ago(10))
    for asker, offered in {"coordination": True, "office": False}.items():
        markup = await read(registry, "/quadros/brasilia", asker)
        assert ("/registrar/fato?" in markup) is offered
        assert "/registrar/pergunta?member=3106200&amp;subject=PROC-1" in markup
