"""No log holds a secret or anything about a person, whatever was sent to whatever door, whatever failed."""

import json
import os
from typing import Any, Final

import aio_pika

from tests.integration.seeing.test_following import post, traces_of
from tests.support.broker import channel_of
from tests.support.events import agreement, event
from tests.support.house import SESSION_KEY
from tests.support.registry import connected
from tests.support.stage import TERMINATE
from tests.support.street import NAMES, Street
from tests.support.world import eventually

NAME: Final = "Zzfulana"
MAILBOX: Final = "zzfulana@prefeitura.example"
PHONE: Final = "31999887766"
CPF: Final = "529.982.247-25"
SECRET: Final = "zzsecretzz"
PERSONAL: Final = (NAME, NAME.lower(), MAILBOX, PHONE, CPF, "52998224725", SECRET)
"""What is sent everywhere; in no log may any of it stand."""


def about_a_person(**changes: Any) -> dict[str, Any]:
    """A notice with somebody's data in every text."""
    data = agreement(
        title=f"Visita de {NAME}",
        object=f"{NAME}, CPF {CPF}, {MAILBOX}, {PHONE}",
        partners=[{"name": NAME, "kind": "city", "country": "PT", "place": MAILBOX}],
        signatories=[{"office": "Prefeitura", "name": NAME}],
        department=f"{NAME} {PHONE}",
    )
    return event(**{"subject": f"PROC {NAME}", "source": f"/{NAME}", "data": data, **changes})


async def send_notices(way: Street) -> list[str]:
    """Good ones, repeats, conflicts; the protocols."""
    run = os.urandom(6).hex()
    told = about_a_person(id=f"{NAME}-{run}")
    contact = event(
        id=f"contact-{run}",
        type="br.malha.member.contact_changed.v1",
        subject=...,
        data={"office": NAME, "email": MAILBOX, "phone": PHONE},
    )
    conflicting = about_a_person(id=f"{NAME}-{run}", subject=f"other {NAME}")
    return [(await post(way, each))["protocol"] for each in (told, contact, told, conflicting)]


async def send_faults(way: Street) -> None:
    """What every door refuses, or fails at; headers, cookies, queries and paths full of it."""
    hostile = {
        "User-Agent": NAME,
        "Cookie": f"__Host-malha_session={SECRET}; {NAME}={MAILBOX}",
        "X-Forwarded-For": MAILBOX,
        "Referer": f"https://{NAME}.example/{CPF}",
        "traceparent": f"{SECRET}",
        "tracestate": f"{NAME}={SECRET}",
        "Last-Event-ID": NAME,
    }
    wrong = {"Authorization": f"Bearer mlh_test_k7q2mzx4c5td_{SECRET}"}
    paths = (
        f"/{NAME}/{CPF}?email={MAILBOX}",
        f"/v1/receipts/{NAME}",
        f"/v1/agreements?q={NAME}&x={CPF}",
        f"/v1/me?key={SECRET}",
        f"/v1/feed?after={NAME}",
        f"/protocolos/{NAME}",
    )
    for name in NAMES:
        for path in paths:
            for asker in ({}, wrong, way.headers("member")):
                async with way.http.get(way.url(name) + path, headers={**hostile, **asker}) as answer:
                    assert answer.status < 500, (name, path)
    url = way.url("ingest") + "/v1/notices"
    for body in (
        json.dumps(about_a_person(id=CPF)),
        json.dumps(about_a_person(data={"title": NAME, NAME: MAILBOX})),
        json.dumps(about_a_person(type=f"br.malha.{NAME}.x.v1", member=PHONE)),
        '{"' + NAME + '": "' + MAILBOX,
    ):
        told = {**way.headers("member"), "Content-Type": "application/cloudevents+json", **hostile}
        async with way.http.post(url, data=body.encode(), headers=told) as answer:
            assert 400 <= answer.status < 500
    for path, form in (
        ("/entrar", {"email": MAILBOX}),
        ("/entrar/codigo", {"code": SECRET}),
        ("/erro", {"what": f"{NAME} {CPF}", "email": MAILBOX, "page": f"/{NAME}"}),
        (f"/entrar/{SECRET}", {"code": NAME}),
    ):
        async with way.http.post(way.url("registry") + path, data=form, headers=hostile) as answer:
            assert answer.status < 500


async def send_poison(way: Street) -> None:
    """What an operator's hand puts into the queue: junk that is buried, and junk on the feed."""
    bodies = [
        about_a_person(specversion="0.3"), {"id": NAME}, [MAILBOX], {"specversion": "1.0", "member": NAME},
    ]  # fmt: skip
    async with channel_of(way.vhost.amqp_url) as channel:
        exchange = await channel.get_exchange("notices", ensure=False)
        for body in bodies:
            headers: dict[str, Any] = {"member": NAME, "traceparent": SECRET}
            message = aio_pika.Message(
                json.dumps(body).encode(), headers=headers, message_id=NAME, delivery_mode=2
            )
            await exchange.publish(message, routing_key="live.x.y.z", timeout=60)
        for stream in ("feed", "directory"):
            junk = json.dumps({"type": "br.malha.feed.item.v1", "data": {"member": NAME}}).encode()
            await channel.default_exchange.publish(
                aio_pika.Message(junk, delivery_mode=2), stream, timeout=60
            )

    async def is_buried() -> bool:
        return len(way.facts("registry", "notice_dead")) >= len(bodies)

    await eventually(is_buried, "the junk is buried")


async def test_no_log_holds_a_secret_or_anything_about_a_person(way: Street) -> None:
    """All of it is sent, everywhere, with the log at its most talkative; then every line is searched."""
    protocols = await send_notices(way)
    await send_faults(way)
    await send_poison(way)
    async with connected(way.database_url) as sql:  # the registry's next statements fail
        await sql.execute(TERMINATE)
    await way.ready()
    await traces_of(way, protocols[0])
    secrets = [
        SESSION_KEY,
        *(str(key) for key in way.keys.values()),
        *(str(key).rpartition("_")[2] for key in way.keys.values()),
    ]
    secrets += [
        way.vhost.url_of(name).partition("://")[2].partition("@")[0].partition(":")[2] for name in NAMES
    ]
    found = [
        (name, line[:300])
        for name in NAMES
        for line in way.log(name).splitlines()
        if any(word in line for word in (*PERSONAL, *secrets))
    ]
    assert found == []
