"""What ends soon: the soonest first, in 30, 90 and 180 days."""

from datetime import timedelta
from typing import Any

from services.registry.http.answers import today
from tests.support.pages import order_of, read, said
from tests.support.registry import BELO_HORIZONTE, UBERLANDIA, Registry, Teller, sister_city

TODAY = today()


async def ending(teller: Teller, subject: str, days: int, **more: Any) -> None:
    """An agreement in force that ends in so many days, called after its *subject*."""
    member = more.pop("member", BELO_HORIZONTE)
    ends_on = (TODAY + timedelta(days)).isoformat()
    data = sister_city(title=subject, ends_on=ends_on, **more)
    await teller.tell("agreement.signed", data, subject=subject, member=member)


async def test_the_soonest_stands_first(registry: Registry, teller: Teller) -> None:
    """However they were told; what ends later, has ended, or has no end is not there."""
    await ending(teller, "PROC-120", 120)
    await ending(teller, "PROC-10", 10, renewal="manual")
    await ending(teller, "PROC-60", 60)
    await ending(teller, "PROC-300", 300)
    await ending(teller, "PROC-ONTEM", -3)
    await teller.tell("agreement.signed", sister_city(title="PROC-SEM", ends_on=None), subject="PROC-SEM")
    text = said(await read(registry, "/quadros/vencimentos", "office"))
    names = ("PROC-120", "PROC-10", "PROC-60", "PROC-300", "PROC-ONTEM", "PROC-SEM")
    assert order_of(text, *names) == ["PROC-10", "PROC-60", "PROC-120"]
    assert "1 vencem em até 30 dias 2 vencem em até 90 dias 3 vencem em até 180 dias" in text
    assert "por termo aditivo" in text


async def test_filters_leave_what_they_ask_for(registry: Registry, teller: Teller) -> None:
    """By the days left and by region."""
    await ending(teller, "PROC-10", 10)
    await ending(teller, "PROC-60", 60, member=UBERLANDIA)
    for query, left in {
        "within=30": ["PROC-10"],
        "within=90": ["PROC-10", "PROC-60"],
        "mesoregion=Metropolitana+de+Belo+Horizonte": ["PROC-10"],
    }.items():
        text = said(await read(registry, f"/quadros/vencimentos?{query}"))
        assert order_of(text, "PROC-10", "PROC-60") == left, query


async def test_a_renewal_takes_it_off(registry: Registry, teller: Teller) -> None:
    """What was renewed for years does not end soon."""
    await ending(teller, "PROC-10", 10)
    renewal = {"signed_on": TODAY.isoformat(), "ends_on": (TODAY + timedelta(900)).isoformat()}
    await teller.tell("agreement.renewed", renewal, subject="PROC-10")
    assert "Nada vence neste prazo" in said(await read(registry, "/quadros/vencimentos"))


async def test_the_next_page_goes_on_where_the_first_ended(registry: Registry, teller: Teller) -> None:
    """Also among many that end on one day: none is missed, none stands twice."""
    names = [f"PROC-{n:02}." for n in range(60)]
    for name in names:
        await ending(teller, name, 25)
    first = await read(registry, "/quadros/vencimentos")
    [following] = [part.partition('"')[0] for part in first.split('href="')[1:] if "cursor=" in part[:80]]
    second = await read(registry, following)
    assert order_of(said(first), *names) + order_of(said(second), *names) == names


async def test_the_question_is_ready_in_portuguese(registry: Registry, teller: Teller) -> None:
    """Whoever reads English asks the city hall in its language all the same."""
    await ending(teller, "PROC-10", 10)
    markup = await read(registry, "/quadros/vencimentos", language="en")
    assert "text=O+prazo+deste+acordo+acaba" in markup or "text=O%20prazo%20deste%20acordo%20acaba" in markup
