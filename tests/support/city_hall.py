"""A clerk of a city hall with a spreadsheet, all of it fiction."""

import io
from collections.abc import Mapping
from typing import Any

import aiohttp
import msgspec

from tests.support.registry import connected

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
