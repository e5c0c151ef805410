"""Sheets through HTTP with the real registry: previewed, confirmed, sent again, corrected."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp
import asyncpg
import msgspec
import openpyxl
import pytest

from services.ingest import app as ingest
from services.ingest.settings import Settings as IngestSettings
from services.registry import app as registry
from services.registry import people
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
    "P-1/2020;Memorando de Entendimento;Cidade Fictícia;Portugal;cidade;Águas (fictício);10/03/2020;Indeterminado;Vigente",
    "P-2/2021;Acordo de Cooperação;Rede Fictícia;;rede;Clima (fictício);05/2021;;",
    "P-3/2019;Protocolo de Intenções;Vila Inventada;Itália;cidade;Café (fictício);2019-01-02 00:00:00;02/01/2022;Encerrado",
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
        form.add_field("file", file, filename="acordos.csv", content_type="text/csv")
        for name, part in (("choices", choices), ("mapping", mapping)):
            if part is not None:
                form.add_field(name, msgspec.json.encode(part), content_type="application/json")
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
        key = await people.issue_key(connection, "test", CITY, "member", "")
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
