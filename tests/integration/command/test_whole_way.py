"""A notice's whole way, as those who use it see it: sent, registered, read, followed, verified."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import pytest

from services.command.feed import Reader
from services.command.stack import Stack
from services.ingest import app as ingest
from services.ingest.settings import Settings as IngestSettings
from services.notifier import app as notifier
from services.notifier.settings import Settings as NotifierSettings
from services.registry import app as registry
from services.registry.network import keys
from services.registry.settings import Settings as RegistrySettings
from shared.accounts import ApiKey
from shared.lifecycle import build_app
from shared.settings import load
from tests.support.house import environment_of, serving
from tests.support.registry import BELO_HORIZONTE, THE_STATE, connected, sister_city
from tests.support.servers import Vhost

PATIENCE_SECONDS = 120


class House(NamedTuple):
    """The three services in this process, and two keys."""

    url: str
    city: ApiKey
    office: ApiKey

    async def ask(self, path: str, key: ApiKey | None = None) -> Any:
        """The JSON at *path*."""
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        async with aiohttp.ClientSession(headers=headers) as http, http.get(self.url + path) as answer:
            return await answer.json(content_type=None)

    async def until(self, path: str, holds: Callable[[Any], bool]) -> Any:
        """The JSON at *path*, once *holds* is true of it."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not holds(found := await self.ask(path)):  # noqa: ASYNC110 - it is asked of a program
                await asyncio.sleep(0.1)
        return found

    async def malha(self, *arguments: str, given: object = None) -> "Answer":
        """What the program answers, with *given* as JSON on its standard input."""
        program = await asyncio.create_subprocess_exec(
            sys.executable, "-c", "from services.command import main; main()", *arguments,
            stdin=PIPE, stdout=PIPE, stderr=PIPE,
        )  # fmt: skip
        async with asyncio.timeout(PATIENCE_SECONDS):
            output, errors = await program.communicate(json.dumps(given).encode())
        return Answer(program.returncode, output.decode(), errors.decode())


class Answer(NamedTuple):
    """How a program ended, and what it said."""

    status: int | None
    output: str
    errors: str


@pytest.fixture
async def house(vhost: Vhost, database: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """All three services over fresh servers, ready; `malha` is pointed at them."""
    async with connected(database) as connection:
        city = await keys.issue_key(connection, "test", BELO_HORIZONTE, "member", "")
        office = await keys.issue_key(connection, "test", THE_STATE, "office", "")
    environ = {**environment_of(vhost, database), "MALHA_PUBLIC_URL": "http://malha.test"}
    app = build_app("test")
    ingest.install(app, load(IngestSettings, environ))
    registry.install(app, load(RegistrySettings, environ))
    notifier.install(app, load(NotifierSettings, environ))
    async with serving(app) as url:
        monkeypatch.setenv("MALHA_PUBLIC_URL", url)
        monkeypatch.setenv("MALHA_DATABASE_URL", database)
        monkeypatch.setenv("MALHA_API_KEY", str(city))
        found = House(url, city, office)
        await found.until("/healthz/ready", lambda health: health["status"] == "ready")
        yield found


def signed(number: int, **changes: Any) -> dict[str, Any]:
    """The event of a city hall that signed its agreement *number*."""
    return {
        "specversion": "1.0",
        "id": str(number),
        "source": "/convenios",
        "type": "br.malha.agreement.signed.v1",
        "member": BELO_HORIZONTE,
        "subject": f"PROC-{number}",
        "data": sister_city(),
        **changes,
    }


async def test_a_sent_notice_is_registered_counted_and_followed(house: House) -> None:
    """From `malha send --wait` to the one click, the feed, the stream and the verified chain."""
    sent = await house.malha("send", "-", "--wait", "--json", given=signed(1))
    assert sent.status == 0, sent.errors
    (receipt,) = json.loads(sent.output)
    assert receipt["status"] == "registered"

    many = await house.malha("send", "-", "--wait", "--json", given=[signed(n) for n in range(1, 21)])
    receipts = json.loads(many.output)
    assert [one["status"] for one in receipts] == ["registered"] * 20
    assert receipts[0]["protocol"] == receipt["protocol"]

    member = await house.ask(f"/v1/members/{BELO_HORIZONTE}")
    assert member["signed"] == {"ever": 20, "this_mandate": 20}
    assert member["by_country"] == {"PT": 20}
    listed = await house.ask(f"/v1/agreements?member={BELO_HORIZONTE}&limit=500")
    assert len(listed["items"]) == 20
    page = await house.ask("/v1/feed")
    assert [item["position"] for item in page["items"]] == list(range(1, 21))
    verified = await house.malha("ledger", "verify", "--json")
    assert [(chain["length"], chain["intact"]) for chain in json.loads(verified.output)] == [(20, True)]
    shown = await house.malha("feed", "--json")
    assert [json.loads(line)["position"] for line in shown.output.splitlines()] == list(range(1, 21))
    known = await house.until(
        f"/v1/receipts/{receipt['protocol']}", lambda shown: shown["stages"]["published_at"] is not None
    )
    assert known["digest"] == receipt["digest"]


async def test_a_refused_file_names_every_fault(house: House, tmp_path: Path) -> None:
    """Nothing of it was sent; the table says where to look, by the event's place in the whole file."""
    bad = signed(2, data={**sister_city(), "instrument": "X", "signed_on": "2026-13"})
    file = tmp_path / "notices.json"
    file.write_text(json.dumps([signed(1), bad]))
    refused = await house.malha("send", str(file))
    assert (refused.status, refused.output) == (1, "")
    lines = refused.errors.splitlines()
    for pointer in ("/data/instrument", "/data/signed_on"):
        assert [line.split()[0] for line in lines if pointer in line] == ["1"], refused.errors
    assert (await house.ask("/v1/feed"))["head"] == 0


async def test_a_conflict_is_said_and_changes_nothing(house: House) -> None:
    """The same identity with other content: alone a 409, in a batch told by the receipt."""
    await house.malha("send", "-", "--wait", given=signed(1))
    other = signed(1, data=sister_city(title="Outro"))
    alone = await house.malha("send", "-", "--wait", given=other)
    assert (alone.status, "conflict" in alone.errors) == (1, True)
    batch = await house.malha("send", "-", "--wait", "--json", given=[other, signed(2)])
    assert batch.status == 1
    assert [receipt["status"] for receipt in json.loads(batch.output)] == ["conflict", "registered"]
    repeat = await house.malha("send", "-", "--wait", "--json", given=[signed(1), signed(2)])
    assert [receipt["status"] for receipt in json.loads(repeat.output)] == ["registered", "registered"]
    (agreement,) = (await house.ask("/v1/agreements?subject=PROC-1"))["items"]
    assert agreement["data"]["title"] == sister_city()["title"]


async def test_a_follower_sees_each_item_once(house: House) -> None:
    """What was there before it came, what comes while it listens, and what came while it was away."""
    await house.malha("send", "-", "--wait", given=[signed(n) for n in range(1, 4)])
    seen: list[int] = []
    arrived = asyncio.Event()

    def show(item: Any) -> None:
        seen.append(item["position"])
        arrived.set()

    async def wait_for(count: int) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(seen) < count:
                arrived.clear()
                await arrived.wait()

    reader = Reader(Stack.current(), str(house.office), {}, show)
    listening = asyncio.create_task(reader.follow(0))
    await wait_for(3)
    await house.malha("send", "-", given=signed(4))
    await wait_for(4)
    listening.cancel()
    await house.malha("send", "-", "--wait", given=signed(5))
    listening = asyncio.create_task(reader.follow(reader.position))
    await wait_for(5)
    listening.cancel()
    assert seen == [1, 2, 3, 4, 5]


async def test_what_is_erased_is_gone_everywhere_and_the_chain_holds(house: House) -> None:
    """From the agreement, the feed and the one click; the notice sent again restores nothing."""
    event = signed(1, data=sister_city(title="Nome que não devia estar aqui"))
    (receipt,) = json.loads((await house.malha("send", "-", "--wait", "--json", given=event)).output)
    erased = await house.malha(
        "ledger", "erase", receipt["protocol"], "title", "partners", "--yes",
        "--ground", "LGPD, art. 18", "--decided-by", "coordination", "--request", "SEI 1/2026",
    )  # fmt: skip
    assert erased.status == 0, erased.errors
    for _ in range(2):
        (agreement,) = (await house.ask("/v1/agreements?subject=PROC-1"))["items"]
        assert agreement["erased"] == ["partners", "title"]
        assert agreement["data"]["title"] is agreement["data"]["partners"] is None
        assert agreement["state"] == "in_force"
        assert "devia" not in json.dumps(await house.ask("/v1/feed"), ensure_ascii=False)
        assert (await house.ask(f"/v1/members/{BELO_HORIZONTE}"))["by_country"] == {}
        (chain,) = json.loads((await house.malha("ledger", "verify", "--json")).output)
        assert (chain["length"], chain["erased"], chain["intact"]) == (2, 2, True)
        (again,) = json.loads((await house.malha("send", "-", "--wait", "--json", given=event)).output)
        assert (again["status"], again["position"]) == ("registered", receipt["position"])
    twice = await house.malha(
        "ledger", "erase", receipt["protocol"], "title", "--yes",
        "--ground", "x", "--decided-by", "x", "--request", "x",
    )  # fmt: skip
    assert twice.status == 1
    assert twice.errors.splitlines() == [
        f"Não há o que apagar: o aviso 1 de {BELO_HORIZONTE} não tem valor em title.",
        f"There is nothing to erase: notice 1 of {BELO_HORIZONTE} has no value in title.",
    ]
