"""`malha send`: notices from a file, with their receipts."""

import asyncio
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from services.command.failure import Failure
from services.command.output import as_json, as_table
from services.command.stack import Stack

if TYPE_CHECKING:
    import aiohttp

BATCH_EVENTS = 1_000
BATCH_BYTES = 4 * 1024 * 1024
WAIT_SECONDS = 30
STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
ALONE = {"Content-Type": STRUCTURED, "Prefer": f"wait={WAIT_SECONDS}"}
NOT_FOUND, CONFLICT, TOO_MANY_REQUESTS, UNAVAILABLE = 404, 409, 429, 503


def send(
    file: Annotated[
        str,
        typer.Argument(help="Um evento ou uma lista, em JSON; - é a entrada padrão · one event or a list"),
    ],
    *,
    wait: Annotated[bool, typer.Option("--wait", help="Espera o registro · wait until registered")] = False,
    key: Annotated[str | None, typer.Option(help="Chave de API, em vez de MALHA_API_KEY · API key")] = None,
    patience: Annotated[
        float, typer.Option(help="Segundos em que se tenta de novo · seconds of trying again", min=0)
    ] = 60.0,
    json: Annotated[bool, typer.Option("--json", help="Recibos em JSON · receipts as JSON")] = False,
) -> None:
    """Envia avisos e mostra os recibos · Sends notices and shows their receipts.

    Enviar de novo o mesmo arquivo não repete nada · Sending the same file again repeats nothing.
    """
    from services.command.calling import Refused  # noqa: PLC0415 (only the commands that call pay for the client)

    events = _events(_content(file))
    stack = Stack.current()
    chosen = key or stack.sending_key({_member(event) for event in events})
    try:
        receipts = asyncio.run(_send(stack, chosen, events, wait=wait, deadline=time.monotonic() + patience))
    except Refused as refused:
        refused.show_errors()
        raise
    if json:
        as_json(receipts)
    else:
        _show(receipts)
    if wait and any(receipt["status"] != "registered" for receipt in receipts):
        raise typer.Exit(1)


def _content(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise Failure(
            f"Não consegui ler {file}: {error.strerror}.", f"Could not read {file}: {error.strerror}."
        ) from None


def _events(content: bytes) -> list[bytes]:
    """The events as they were written: a retry must say the same, and ingest judges what they say."""
    text = content.removeprefix(b"\xef\xbb\xbf").strip()
    try:
        if text.startswith(b"["):
            events = [bytes(event) for event in msgspec.json.decode(text, type=list[msgspec.Raw])]
        else:
            msgspec.json.decode(text, type=dict[str, msgspec.Raw])
            events = [text]
    except (msgspec.DecodeError, UnicodeError) as error:
        raise Failure(
            f"O arquivo não é um evento nem uma lista de eventos em JSON: {error}.",
            f"The file is neither an event nor a list of events in JSON: {error}.",
        ) from None
    if not events:
        raise Failure("O arquivo não tem nenhum evento.", "The file holds no event.")
    return events


class _Whose(msgspec.Struct, frozen=True):
    """As much of an event as decides which key to use."""

    member: str = ""


def _member(event: bytes) -> str:
    try:
        return msgspec.json.decode(event, type=_Whose).member
    except msgspec.DecodeError:
        return ""


def _batches(events: Sequence[bytes]) -> Iterator[tuple[int, bytes]]:
    """The events in bodies that ingest takes, each with the index of its first event."""
    first, batch, size = 0, list[bytes](), 2
    for index, event in enumerate(events):
        if batch and (len(batch) == BATCH_EVENTS or size + len(event) + 1 > BATCH_BYTES):
            yield first, b"[" + b",".join(batch) + b"]"
            first, batch, size = index, [], 2
        batch.append(event)
        size += len(event) + 1
    yield first, b"[" + b",".join(batch) + b"]"


async def _send(
    stack: Stack, key: str, events: Sequence[bytes], *, wait: bool, deadline: float
) -> list[dict[str, Any]]:
    from services.command.calling import calling  # noqa: PLC0415 (only the commands that call pay for the client)

    url = f"{stack.ingest_url}/v1/notices"
    receipts: list[dict[str, Any]] = []
    async with calling(key) as http:
        if len(events) == 1:
            headers = ALONE if wait else {"Content-Type": STRUCTURED}
            return [await _post(http, url, events[0], headers, deadline=deadline)]
        for first, body in _batches(events):
            answer = await _post(http, url, body, {"Content-Type": BATCH}, first=first, deadline=deadline)
            receipts.extend(answer["receipts"])
        if wait:
            return [
                await _settled(http, stack, event, receipt, deadline)
                for event, receipt in zip(events, receipts, strict=True)
            ]
    return receipts


async def _post(
    http: "aiohttp.ClientSession",
    url: str,
    body: bytes,
    headers: dict[str, str],
    *,
    deadline: float,
    first: int = 0,
) -> dict[str, Any]:
    """The answer to a body; sent again, unchanged, while the outcome is unknown or the rate is too high."""
    from services.command.calling import Refused, ask  # noqa: PLC0415 (as above)

    while True:
        try:
            _, answer = await ask(http, "POST", url, body=body, headers=headers)
        except Refused as refused:
            pause = refused.retry_after_seconds or 1.0
            if refused.status not in {TOO_MANY_REQUESTS, UNAVAILABLE} or time.monotonic() + pause > deadline:
                refused.errors = [
                    {**error, "index": first + error["index"]} if error.get("index") is not None else error
                    for error in refused.errors
                ]
                raise
            await asyncio.sleep(pause)
        else:
            return dict(answer)


async def _settled(
    http: "aiohttp.ClientSession", stack: Stack, event: bytes, receipt: dict[str, Any], deadline: float
) -> dict[str, Any]:
    """The receipt of *event* with what became of it, once that is known.

    What the registry says of a protocol is about the first notice of that identity. One that arrived later is
    a repeat or a conflict, and nothing but sending it once more, to be waited for, tells which.
    """
    from services.command.calling import Refused  # noqa: PLC0415 (as above)

    known = await _registered(http, stack, receipt, deadline)
    if known["received_at"] in {None, receipt["received_at"]}:
        return known
    try:
        return await _post(http, f"{stack.ingest_url}/v1/notices", event, ALONE, deadline=deadline)
    except Refused as refused:
        if refused.status != CONFLICT:
            raise
        return {**receipt, "status": "conflict"}


async def _registered(
    http: "aiohttp.ClientSession", stack: Stack, receipt: dict[str, Any], deadline: float
) -> dict[str, Any]:
    """The receipt with what the registry knows of its protocol; as it was if it knows nothing in time."""
    from services.command.calling import Refused, ask  # noqa: PLC0415 (as above)

    url = f"{stack.registry_url}/v1/receipts/{receipt['protocol']}"
    while True:
        try:
            _, answer = await ask(http, "GET", url)
        except Refused as refused:
            pause = min(refused.retry_after_seconds or 1.0, 1.0)
            if refused.status not in {NOT_FOUND, UNAVAILABLE}:
                raise
            if time.monotonic() + pause > deadline:
                return receipt
            await asyncio.sleep(pause)
        else:
            said = {name: answer[name] for name in ("status", "digest", "remarks") if name in answer}
            return {**receipt, **answer["stages"], **said}


def _show(receipts: Sequence[dict[str, Any]]) -> None:
    as_table(
        ("protocolo", "membro", "id", "situação", "observações"),
        (
            (
                receipt["protocol"],
                receipt["member"],
                receipt["id"],
                receipt["status"],
                "; ".join(remark["detail"] for remark in receipt.get("remarks") or []),
            )
            for receipt in receipts
        ),
    )
