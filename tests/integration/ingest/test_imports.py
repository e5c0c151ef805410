"""Sheets through HTTP with the real registry: previewed, confirmed, sent again, corrected."""

import asyncio
import csv
import io
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import openpyxl
import pytest

from services.ingest import app as ingest
from services.ingest.settings import Settings as IngestSettings
from services.registry import app as registry
from services.registry.network import keys
from services.registry.settings import Settings as RegistrySettings
from shared.lifecycle import build_app
from shared.settings import load
from tests.integration.ingest.conftest import CITY
from tests.support.house import SESSION_KEY, serving
from tests.support.registry import connected
from tests.support.servers import Vhost

READY_SECONDS = 30
HEADER = "Processo;Tipo;Parceiro;País;Tipo do parceiro;Objeto;Data de assinatura;Fim da vigência;Situação"
ROWS = (
    "P-1/2020;Memorando;Cidade Fictícia;Portugal;cidade;Águas (fictício);10/03/2020;Indeterminado;Vigente",
    "P-2/2021;Acordo de Cooperação;Rede Fictícia;;rede;Clima (fictício);05/2021;;",
    "P-3/2019;PI;Vila Inventada;Itália;cidade;Café (fictício);2019-01-02 00:00:00;02/01/2022;Encerrado",
)


def sheet(*rows: str) -> bytes:
    """A CSV as Excel in Portuguese saves it."""
    return "\r\n".join([HEADER, *(rows or ROWS), ""]).encode("cp1252")


class CityHall:
    """A clerk with a file."""

    def __init__(self, http: aiohttp.ClientSession, database: str) -> None:
        self.http = http
        self._database = database

    async def post(
        self,
        file: bytes,
        *,
        choices: Mapping[str, Any] | None = None,
        mapping: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        **query: str,
    ) -> tuple[int, bytes]:
        """Send *file*: the status and the body of the answer."""
        form = aiohttp.FormData()
        form.add_field("file", io.BytesIO(file), filename="acordos.csv", content_type="text/csv")
        for name, part in (("choices", choices), ("mapping", mapping)):
            if part is not None:
                form.add_field(name, msgspec.json.encode(part).decode(), content_type="application/json")
        async with self.http.post("/v1/imports", data=form, params=query, headers=headers) as answer:
            return answer.status, await answer.read()

    async def preview(self, file: bytes, **more: Any) -> dict[str, Any]:
        """The preview of *file*."""
        status, body = await self.post(file, **more)
        assert status == 200, body
        found: dict[str, Any] = msgspec.json.decode(body)
        return found

    async def confirm(self, file: bytes, **more: Any) -> dict[str, Any]:
        """Preview *file*, without answers, and confirm it."""
        choices = more.pop("choices", None)
        digest = (await self.preview(file, **more))["digest"]
        status, body = await self.post(file, choices=choices, confirm=digest, **more)
        assert status == 202, body
        found: dict[str, Any] = msgspec.json.decode(body)
        return found

    async def head(self) -> int:
        """The position of the last registered notice."""
        async with connected(self._database) as connection:
            position: int = await connection.fetchval("SELECT position FROM head")
        return position

    async def agreement(self, subject: str) -> dict[str, Any]:
        """The agreement of that subject."""
        async with self.http.get("/v1/agreements", params={"subject": subject}) as answer:
            body = await answer.json()
            assert answer.status == 200, body
        (found,) = body["items"]
        agreement: dict[str, Any] = found
        return agreement


@pytest.fixture
async def clerk(vhost: Vhost, database: str) -> AsyncIterator[CityHall]:
    """A clerk of the city hall, at both services, ready."""
    async with connected(database) as connection:
        key = await keys.issue_key(connection, "test", CITY, "member", "")
    environ = {
        "MALHA_ENVIRONMENT": "test",
        "MALHA_PUBLIC_URL": "https://malha.example",
        "MALHA_SESSION_KEY": SESSION_KEY,
        "MALHA_DATABASE_URL": database,
        "MALHA_AMQP_MANAGEMENT_URL": vhost.management_url,
        "MALHA_INGEST_AMQP_URL": vhost.url_of("ingest"),
        "MALHA_REGISTRY_AMQP_URL": vhost.url_of("registry"),
    }
    app = build_app("test")
    ingest.install(app, load(IngestSettings, environ))
    registry.install(app, load(RegistrySettings, environ))
    headers = {"Authorization": f"Bearer {key}", "Accept-Language": "pt-BR"}
    async with serving(app) as url, aiohttp.ClientSession(url, headers=headers) as http:
        async with asyncio.timeout(READY_SECONDS):
            while (await http.get("/healthz/ready")).status != 200:  # noqa: ASYNC110 - it is asked of a program
                await asyncio.sleep(0.05)
        yield CityHall(http, database)


async def test_a_preview_says_what_will_be_sent_and_sends_nothing(clerk: CityHall) -> None:
    """What each row becomes is shown before anything leaves the city hall."""
    preview = await clerk.preview(sheet())
    assert preview["counts"] == {"rows": 3, "ready": 3, "doubtful": 0, "wrong": 0, "notices": 3}
    first = preview["rows"][0]
    assert (first["row"], first["status"], first["doubts"], first["errors"]) == (2, "ready", [], [])
    notice = first["notice"]
    assert (notice["member"], notice["subject"], notice["backfill"]) == (CITY, "P-1/2020", True)
    assert notice["data"]["partners"] == [{"name": "Cidade Fictícia", "kind": "city", "country": "PT"}]
    assert notice["data"]["ends_on"] is None
    assert await clerk.head() == 0


async def test_a_repeated_upload_changes_nothing(clerk: CityHall) -> None:
    """A clerk who is not sure whether the sheet went out sends it again."""
    sent = await clerk.confirm(sheet())
    assert [receipt["outcome"] for receipt in sent["receipts"]] == ["registered"] * 3
    head = await clerk.head()
    again = await clerk.confirm(sheet())
    assert [receipt["outcome"] for receipt in again["receipts"]] == ["repeated"] * 3
    assert [receipt["protocol"] for receipt in again["receipts"]] == [
        receipt["protocol"] for receipt in sent["receipts"]
    ]
    assert await clerk.head() == head == 3


@pytest.mark.parametrize(
    ("before", "after", "field", "value"),
    [
        ("Águas (fictício)", "Águas e saneamento (fictício)", "object", "Águas e saneamento (fictício)"),
        ("10/03/2020", "09/03/2018", "signed_on", "2018-03-09"),
        ("10/03/2020", "11/04/2022", "signed_on", "2022-04-11"),
        ("Indeterminado", "31/12/2030", "ends_on", "2030-12-31"),
    ],
)
async def test_of_a_corrected_sheet_only_the_changed_row_has_an_effect(
    clerk: CityHall, before: str, after: str, field: str, value: str
) -> None:
    """One new position, and the agreement shows what the sheet says now: the signature's day too."""
    await clerk.confirm(sheet())
    head = await clerk.head()
    corrected = sheet(ROWS[0].replace(before, after), *ROWS[1:])
    sent = await clerk.confirm(corrected)
    assert [receipt["outcome"] for receipt in sent["receipts"]] == ["corrected", "repeated", "repeated"]
    assert await clerk.head() == head + 1
    assert (await clerk.agreement("P-1/2020"))["data"][field] == value
    again = await clerk.confirm(corrected)
    assert [receipt["outcome"] for receipt in again["receipts"]] == ["repeated"] * 3
    assert await clerk.head() == head + 1


async def test_a_sheet_that_goes_back_and_forth_leaves_what_it_said_last(clerk: CityHall) -> None:
    """A correction taken back is a correction: one position each time, and a repeat stays a repeat."""
    first, second = sheet(ROWS[0]), sheet(ROWS[0].replace("Águas", "Rios"))
    outcomes = []
    for content in (first, second, first, first, second, first):
        (receipt,) = (await clerk.confirm(content))["receipts"]
        outcomes.append((receipt["outcome"], await clerk.head()))
    assert outcomes == [
        ("registered", 1), ("corrected", 2), ("corrected", 3), ("repeated", 3), ("corrected", 4),
        ("corrected", 5),
    ]  # fmt: skip
    assert (await clerk.agreement("P-1/2020"))["data"]["object"] == "Águas (fictício)"


async def test_live_or_history_the_row_is_the_same(clerk: CityHall) -> None:
    """Whether the feed is to ring is not what the sheet says."""
    await clerk.confirm(sheet())
    again = await clerk.confirm(sheet(), backfill="false")
    assert [receipt["outcome"] for receipt in again["receipts"]] == ["repeated"] * 3


async def test_doubtful_rows_wait_for_an_answer(clerk: CityHall) -> None:
    """Nothing is guessed silently: without an answer a row stays at home, with one it goes."""
    content = sheet(
        ROWS[0], "P-9/2019;Convênio;Torino / Milano;Itália;cidade;Trens (fictício);01/02/19;;Rescindido"
    )
    preview = await clerk.preview(content)
    assert [row["status"] for row in preview["rows"]] == ["ready", "doubtful"]
    answers = {doubt["column"]: doubt["candidates"][0] for doubt in preview["rows"][1]["doubts"]}
    assert answers["Parceiro"] == "Torino (city, IT); Milano (city, IT)"
    assert answers["Situação"] == "-"
    sent = await clerk.confirm(content)
    assert [receipt["row"] for receipt in sent["receipts"]] == [2]
    assert [(row["row"], row["status"]) for row in sent["skipped"]] == [(3, "doubtful")]
    answers["Situação"] = "Rescindido em 2021-05-06"
    answered = await clerk.confirm(content, choices={"3": answers})
    assert [(receipt["row"], receipt["outcome"]) for receipt in answered["receipts"]] == [
        (2, "repeated"), (3, "registered"), (3, "registered"),
    ]  # fmt: skip
    agreement = await clerk.agreement("P-9/2019")
    assert (agreement["state"], len(agreement["data"]["partners"])) == ("terminated", 2)
    assert agreement["contradictions"] == []


async def test_an_end_told_for_another_day_is_taken_back_and_told_anew(clerk: CityHall) -> None:
    """And what the row says otherwise is corrected although the agreement has ended."""
    row = "P-9/2019;Convênio;Rede Fictícia;;rede;Trens (fictício);01/02/2019;;Rescindido em {}"
    await clerk.confirm(sheet(row.format("06/05/2021")))
    changed = row.replace("Trens", "Bondes").format("07/06/2022")
    await clerk.confirm(sheet(changed))
    agreement = await clerk.agreement("P-9/2019")
    assert (agreement["state"], agreement["data"]["object"]) == ("terminated", "Bondes (fictício)")
    assert agreement["contradictions"] == []
    head = await clerk.head()
    await clerk.confirm(sheet(changed))
    assert await clerk.head() == head
    async with clerk.http.get(
        "/v1/agreements", params={"subject": "P-9/2019", "as_of": "2022-01-01"}
    ) as answer:
        (before,) = (await answer.json())["items"]
    assert before["state"] == "signed"


async def test_the_report_is_the_sheet_with_its_protocols(clerk: CityHall) -> None:
    """Sent again as it came back, nothing changes; with a cell put right, that row is corrected."""
    content = sheet("S/N;MOU;Vila Inventada;Itália;cidade;Café (fictício);2019;;", "S/N;MOU;-;;;;;;")
    digest = (await clerk.preview(content))["digest"]
    status, report = await clerk.post(content, confirm=digest, report="csv")
    rows = list(csv.reader(io.StringIO(report.decode("utf-8-sig")), delimiter=";"))
    assert (status, rows[0][-3:]) == (202, ["protocolo", "situacao_envio", "observacao"])
    assert rows[1][-3].startswith("MG-")
    assert [row[-2] for row in rows[1:]] == ["registrado", "com erros"]
    assert "Parceiro" in rows[2][-1]
    again = await clerk.confirm(report)
    assert [receipt["outcome"] for receipt in again["receipts"]] == ["repeated"]
    put_right = report.replace("Café".encode(), b"Cacau").replace(b"2019;;;MG", b"2018;;;MG")
    sent = await clerk.confirm(put_right)
    assert [receipt["outcome"] for receipt in sent["receipts"]] == ["corrected"]
    agreement = await clerk.agreement(rows[1][-3])
    assert (agreement["data"]["object"], agreement["data"]["signed_on"]) == ("Cacau (fictício)", "2018")
    assert await clerk.head() == 2


async def test_a_row_that_waits_for_an_answer_again_keeps_its_protocol(clerk: CityHall) -> None:
    """The report sent back without the answers asks again, and forgets nothing that it held."""
    content = sheet("P-3/2021;MOU;Torino / Milano;Itália;cidade;Trens (fictício);2021;;")
    answers = {"2": {"Parceiro": "Torino (city, IT); Milano (city, IT)"}}
    digest = (await clerk.preview(content))["digest"]
    _, report = await clerk.post(content, choices=answers, confirm=digest, report="csv")
    digest = (await clerk.preview(report))["digest"]
    _, again = await clerk.post(report, confirm=digest, report="csv")
    first, second = (
        list(csv.reader(io.StringIO(each.decode("utf-8-sig")), delimiter=";"))[1] for each in (report, again)
    )
    assert (first[-2], second[-2]) == ("registrado", "com dúvidas")
    assert first[-3] == second[-3] != ""


async def test_a_blank_answer_is_none(clerk: CityHall) -> None:
    """It leaves the doubt as it is, and never the cell out."""
    content = sheet("P-3/2021;MOU;Torino / Milano;Itália;cidade;Trens (fictício);2021;;")
    _, body = await clerk.post(content, choices={"2": {"Parceiro": " "}})
    (row,) = msgspec.json.decode(body)["rows"]
    assert (row["status"], row["doubts"][0]["column"]) == ("doubtful", "Parceiro")


async def test_the_report_may_be_a_workbook(clerk: CityHall) -> None:
    """By `Accept`, as for every list."""
    digest = (await clerk.preview(sheet()))["digest"]
    xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    status, report = await clerk.post(sheet(), confirm=digest, headers={"Accept": xlsx})
    book = openpyxl.load_workbook(io.BytesIO(report))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert (status, len(rows)) == (202, 4)
    assert all(str(row[-3]).startswith("MG-") for row in rows[1:])
    preview = await clerk.preview(report)
    assert preview["counts"]["ready"] == 3


async def test_what_was_not_previewed_is_not_confirmed(clerk: CityHall) -> None:
    """Another file, or the same read in another way."""
    digest = (await clerk.preview(sheet()))["digest"]
    for content, mapping in ((sheet(ROWS[0]), None), (sheet(), {"Situação": None})):
        status, body = await clerk.post(content, mapping=mapping, confirm=digest)
        assert (status, msgspec.json.decode(body)["code"]) == (409, "file_changed")
    assert await clerk.head() == 0


async def test_a_client_that_leaves_takes_its_worker_along(clerk: CityHall) -> None:
    """A city hall that hangs up does not leave a process behind."""
    rows = [f"P-{at};MOU;Rede {at};;rede;Objeto fictício {at};2020;;" for at in range(50_000)]
    asking = asyncio.create_task(clerk.preview(sheet(*rows)))
    async with asyncio.timeout(30):
        while not workers_running():  # noqa: ASYNC110 - it is asked of the operating system
            await asyncio.sleep(0.01)
    asking.cancel()
    async with asyncio.timeout(10):
        while workers_running():  # noqa: ASYNC110 - the same
            await asyncio.sleep(0.01)


def workers_running() -> list[str]:
    """The workers that are children of this process."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        with suppress(OSError):
            parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
            if int(parent) == os.getpid() and b"imports.worker" in (entry / "cmdline").read_bytes():
                found.append(entry.name)
    return found
