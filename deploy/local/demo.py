"""`make demo`: a fresh stack in the foreground, with what is known and a gentle stream of fiction."""

from __future__ import annotations

import asyncio
import itertools
import random
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import aiohttp
import msgspec

from deploy.local import progress, stack
from deploy.local.fiction import FICTION, Told, fictional_year
from deploy.local.known_ties import known_ties
from deploy.local.layout import CannotRunError, Layout
from shared.notices.dates import day_of

SOURCE = "/demonstracao"
INTERVAL_SECONDS = 2.0
BATCH = 500
_RETRY_SECONDS = 2.0
_PATIENCE_SECONDS = 120
_AGAIN = {HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}

_TITLES = (
    ("IRM", "irmanamento e intercâmbio de jovens", ["CULT", "ESP"]),
    ("MOU", "gestão de resíduos sólidos", ["RESID", "CLIMA"]),
    ("ACT", "formação de professores de línguas", ["EDU"]),
    ("MOU", "café e cooperativas de produtores", ["AGRO", "COM"]),
    ("ACT", "água e saneamento em bairros altos", ["AGUA"]),
    ("AMI", "turismo em cidades históricas", ["TUR", "CULT"]),
    ("ACAD", "pesquisa em energia renovável", ["ENER", "TEC"]),
    ("MOU", "corredores de ônibus elétricos", ["MOB", "CLIMA"]),
)
_COUNTRIES = ("PT", "ES", "IT", "JP", "CN", "AR", "UY", "MZ", "CV", "FR", "DE", "US", "CO", "MX", "CA", "KR")


async def run(home: Layout, shape: stack.Shape) -> int:
    """Run the demonstration until it is cancelled."""
    layout = Layout(home.home, "demo")
    with layout.lock() as held:
        if not held:
            raise CannotRunError("A stack is up already: make down first")
        await stack.end_leftovers(layout)
        layout.forget()
        try:
            with progress.shown() as report:
                async with stack.running(layout, report, shape) as described:
                    await _show(described, report)
        finally:
            layout.forget()
            progress.console.print("[green]✓[/] Parou tudo · all of it has stopped")
    return 0


async def _show(described: stack.Description, report: progress.Report) -> None:
    report("The known ties are being told")
    ties = known_ties()
    for first in range(0, len(ties), BATCH):
        await _post(described, described.coordination_key, ties[first : first + BATCH])
    report("A fictional year is being told")
    year = fictional_year(day_of(datetime.now(UTC)))
    for key, told in itertools.groupby(year, lambda told: _key(described, told)):
        await _post(described, key, [each.event for each in told])
    report.rest()
    progress.console.print(
        f"\n[bold]Acordos de Minas[/] — demonstração · demonstration\n\n"
        f"  [bold]{described.office_login_url}[/]\n"
        f"  (entra uma única vez · signs in once; sem entrar · without: {described.url})\n\n"
        f"  {len(ties)} vínculos reais e públicos; um ano e um fluxo fictícios, assim rotulados\n"
        f"  {len(ties)} real, public ties; a year and a stream of fiction, labelled so\n"
        f"  Ctrl-C encerra tudo · stops all of it\n"
    )
    random_source = random.Random(853)  # noqa: S311 - fiction
    for event in fictions(sorted(described.api_keys), random_source):
        await _post(described, described.api_keys[event["member"]], [event])
        await asyncio.sleep(random_source.uniform(0.5, 1.5) * INTERVAL_SECONDS)


def _key(described: stack.Description, told: Told) -> str:
    return described.api_keys[told.event["member"]] if told.who == "member" else described.coordination_key


def fictions(members: list[str], random_source: random.Random) -> Iterator[dict[str, Any]]:
    """Endless plainly fictional events of *members*: signatures, and now and then what follows one."""
    signed: list[tuple[str, str]] = []
    for number in itertools.count(1):
        member = random_source.choice(members)
        event: dict[str, Any] = {
            "specversion": "1.0",
            "id": uuid.uuid4().hex,
            "source": SOURCE,
            "member": member,
            "time": datetime.now(UTC).isoformat(),
        }
        # Never a nil return: it names no partner, and so nothing in it could say that it is fiction.
        [fact] = random_source.choices(("signed", "entered_into_force", "terminated"), (13, 6, 1))
        if signed and fact != "signed":
            event["member"], event["subject"] = signed.pop(random_source.randrange(len(signed)))
            yesterday = datetime.now(UTC).date() - timedelta(days=1)
            yield event | {
                "type": f"br.malha.agreement.{fact}.v1",
                "data": {"effective_on": yesterday.isoformat()},
            }
        else:
            subject = f"{FICTION} {number}"
            signed.append((member, subject))
            yield event | {
                "type": "br.malha.agreement.signed.v1",
                "subject": subject,
                "data": _signature(number, random_source),
            }


def _signature(number: int, random_source: random.Random) -> dict[str, Any]:
    instrument, title, themes = random_source.choice(_TITLES)
    today = datetime.now(UTC).date() - timedelta(days=random_source.randrange(1, 30))
    return {
        "instrument": instrument,
        "basis": "bilateral",
        "title": f"{FICTION}: {title}",
        "partners": [
            {
                "name": f"{FICTION}: Cidade Exemplo {number}",
                "kind": "city",
                "country": random_source.choice(_COUNTRIES),
            }
        ],
        "themes": themes,
        "signed_on": today.isoformat(),
    }


async def _post(described: stack.Description, key: str, events: list[dict[str, Any]]) -> None:
    """Send *events* until they are accepted: a 503 means that the same is sent again, unchanged."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/cloudevents-batch+json"}
    body = msgspec.json.encode(events)
    async with (
        asyncio.timeout(_PATIENCE_SECONDS),
        aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(total=15)) as http,
    ):
        while True:
            try:
                async with http.post(f"{described.url}/v1/notices", data=body) as answer:
                    if answer.status == HTTPStatus.ACCEPTED:
                        return
                    said = await answer.text()
                    if answer.status not in _AGAIN:
                        raise CannotRunError(f"A notice was refused: {answer.status} {said[:500]}")
            except (aiohttp.ClientError, TimeoutError):
                pass
            await asyncio.sleep(_RETRY_SECONDS)
