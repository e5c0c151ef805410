"""`malha import`: a spreadsheet, first looked at and then sent."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from services.command.failure import Failure
from services.command.output import as_json, as_table, console
from services.command.stack import Stack

if TYPE_CHECKING:
    import aiohttp

ANSWER_SECONDS = 900.0
"""Fifty thousand rows at the rate of one key, and as many again."""
SHOWN_ROWS = 40
_REPORTS = {".csv": "csv", ".xlsx": "xlsx"}
_CANDIDATES_SHOWN = 3
_HOW = {
    "exact": "pelo título",
    "similar": "por semelhança: confira",
    "mapping": "como você disse",
    "unknown": "não entendida",
    "repeated": "repete outra",
    "ignored": "não é enviada",
}
_SAID = {
    "rows": "linhas",
    "ready": "prontas",
    "doubtful": "com dúvidas",
    "wrong": "com erros",
    "notices": "avisos",
    "registered": "registrado",
    "repeated": "já registrado, sem mudança",
    "corrected": "corrigido",
    "accepted": "recebido, ainda sem resposta do registro",
    "refused": "não permitido",
}


def import_sheet(
    file: Annotated[Path, typer.Argument(help="CSV, XLSX, XLS ou ODS · the sheet", dir_okay=False)],
    *,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Envia as linhas prontas · sends what is ready")
    ] = False,
    choices: Annotated[
        Path | None,
        typer.Option(help='Respostas em JSON {"linha": {"coluna": "valor"}} · answers', dir_okay=False),
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option(help='Colunas em JSON {"coluna": "campo"} · columns', dir_okay=False)
    ] = None,
    suggest: Annotated[
        Path | None,
        typer.Option(
            help="Grava a primeira sugestão de cada dúvida · writes the first candidates", dir_okay=False
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(help="Grava a planilha com os protocolos (.csv, .xlsx) · the report", dir_okay=False),
    ] = None,
    member: Annotated[str | None, typer.Option(help="De quem são os acordos · whose agreements")] = None,
    live: Annotated[bool, typer.Option("--live", help="Não é histórico · rings the live feed")] = False,
    key: Annotated[str | None, typer.Option(help="Chave de API, em vez de MALHA_API_KEY · API key")] = None,
    json: Annotated[bool, typer.Option("--json", help="Em JSON · as JSON")] = False,
) -> None:
    """Confere uma planilha de acordos e, com --confirm, a envia · Previews a sheet, and sends it.

    Enviar de novo a mesma planilha não repete nada · Sending the same sheet again repeats nothing.
    """
    from services.command.calling import Refused  # noqa: PLC0415 (only the commands that call pay for the client)

    if report is not None and (report.suffix.lower() not in _REPORTS or not confirm):
        raise Failure(
            "O relatório é um .csv ou .xlsx e vem com --confirm.",
            "The report is a .csv or .xlsx, with --confirm.",
        )
    stack = Stack.current()
    parts = {"choices": choices, "mapping": mapping}
    sheet = _Sheet(
        stack,
        key or stack.importing_key(member),
        name=file.name,
        content=_content(file),
        parts={name: _content(part) for name, part in parts.items() if part is not None},
        query={**({} if member is None else {"member": member}), **({"backfill": "false"} if live else {})},
    )
    try:
        asyncio.run(_import(sheet, confirm=confirm, suggest=suggest, report=report, as_documents=json))
    except Refused as refused:
        refused.show_errors()
        raise


class _Sheet:
    """A file on its way to ingest."""

    def __init__(
        self,
        stack: Stack,
        key: str,
        *,
        name: str,
        content: bytes,
        parts: Mapping[str, bytes],
        query: Mapping[str, str],
    ) -> None:
        self.key = key
        self._url = f"{stack.ingest_url}/v1/imports"
        self._name = name
        self._content = content
        self._parts = parts
        self._query = query

    async def post(self, http: "aiohttp.ClientSession", **query: str) -> bytes:
        """The answer; Refused for a problem."""
        import aiohttp  # noqa: PLC0415 (as above)

        from services.command.calling import refusal, unreachable  # noqa: PLC0415 (as above)

        form = aiohttp.FormData()
        form.add_field("file", self._content, filename=self._name)
        for name, part in self._parts.items():
            form.add_field(name, part, filename=f"{name}.json", content_type="application/json")
        try:
            async with http.post(self._url, data=form, params={**self._query, **query}) as answer:
                content = await answer.read()
                if not answer.ok:
                    raise refusal(answer, content)
                return content
        except (aiohttp.ClientError, TimeoutError) as error:
            raise unreachable(self._url, error) from None


async def _import(
    sheet: _Sheet, *, confirm: bool, suggest: Path | None, report: Path | None, as_documents: bool
) -> None:
    from services.command.calling import calling  # noqa: PLC0415 (as above)

    async with calling(sheet.key, answer_seconds=ANSWER_SECONDS) as http:
        preview = msgspec.json.decode(await sheet.post(http))
        if suggest is not None:
            _write(suggest, msgspec.json.format(msgspec.json.encode(_suggested(preview["rows"])), indent=1))
        if not confirm:
            as_json(preview) if as_documents else _show_preview(preview)
            return
        digest = preview["digest"]
        if report is not None:
            _write(report, await sheet.post(http, confirm=digest, report=_REPORTS[report.suffix.lower()]))
            console.print(f"{report}: {_spoken(preview['counts'])}")
            return
        sent = msgspec.json.decode(await sheet.post(http, confirm=digest))
    if as_documents:
        as_json(sent)
    else:
        _show_sent(sent)
    if sent["skipped"] or sent["unsettled"]:
        raise typer.Exit(1)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Failure(
            f"Não consegui ler {file}: {error.strerror}.", f"Could not read {file}: {error.strerror}."
        ) from None


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise Failure(
            f"Não consegui gravar {file}: {error.strerror}.", f"Could not write {file}: {error.strerror}."
        ) from None


def _suggested(rows: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """The first candidate of every doubt, as answers to be looked through."""
    return {
        str(row["row"]): {
            doubt["column"]: doubt["candidates"][0] if doubt["candidates"] else "" for doubt in row["doubts"]
        }
        for row in rows
        if row["doubts"]
    }


def _show_preview(preview: Mapping[str, Any]) -> None:
    as_table(
        ("coluna", "título", "entendida como", "como"),
        (
            (
                column["letter"],
                column["column"],
                column["meaning"] or "—",
                _HOW.get(how := column["how"], how),
            )
            for column in preview["columns"]
        ),
    )
    open_rows = [row for row in preview["rows"] if row["status"] != "ready"]
    if open_rows:
        console.print()
        as_table(("linha", "situação", "coluna", "valor", "o que falta"), _questions(open_rows[:SHOWN_ROWS]))
    if len(open_rows) > SHOWN_ROWS:
        console.print(
            f"… mais {len(open_rows) - SHOWN_ROWS} linhas com dúvidas ou erros (--json mostra todas)"
        )
    console.print()
    console.print(_spoken(preview["counts"]))


def _questions(rows: Sequence[Mapping[str, Any]]) -> Iterable[tuple[object, ...]]:
    for row in rows:
        for error in row["errors"]:
            yield row["row"], "erro", error["column"], None, error["detail"]
        for doubt in row["doubts"]:
            shown = " | ".join(doubt["candidates"][:_CANDIDATES_SHOWN])
            wanted = f"{doubt['detail']}\n→ {shown}" if shown else doubt["detail"]
            yield row["row"], "dúvida", doubt["column"], doubt["value"], wanted


def _spoken(counts: Mapping[str, int]) -> str:
    return (
        f"{counts['rows']} linhas: {counts['ready']} prontas, {counts['doubtful']} com dúvidas, "
        f"{counts['wrong']} com erros"
    )


def _show_sent(sent: Mapping[str, Any]) -> None:
    as_table(
        ("linha", "protocolo", "membro", "situação"),
        (
            (receipt["row"], receipt["protocol"], receipt["member"], _said(receipt["outcome"]))
            for receipt in sent["receipts"][:SHOWN_ROWS]
        ),
    )
    if len(sent["receipts"]) > SHOWN_ROWS:
        console.print(f"… mais {len(sent['receipts']) - SHOWN_ROWS} recibos (--json mostra todos)")
    for row in sent["skipped"][:SHOWN_ROWS]:
        console.print(
            f"linha {row['row']}: não enviada ({_said(row['status'])}: {', '.join(row['columns'])})"
        )
    if sent["unsettled"]:
        console.print(sent["note"])
    console.print(", ".join(f"{_said(name)}: {number}" for name, number in sent["counts"].items() if number))


def _said(code: str) -> str:
    return _SAID.get(code, code)
