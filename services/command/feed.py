"""`malha feed`: what the registry has announced, page by page or live."""

import asyncio
import contextlib
import random
import sys
from collections.abc import AsyncGenerator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from services.command.failure import Failure
from services.command.output import as_line, console
from services.command.stack import Stack

if TYPE_CHECKING:
    import aiohttp

PAGE_ITEMS = 500
SILENCE_SECONDS = 45.0  # three heartbeats
BACKOFF_SECONDS = (0.5, 10.0)
LINE_BYTES = 1024 * 1024


def feed(
    filters: Annotated[
        list[str] | None, typer.Argument(help="nome=valor: member=3106200 country=PT type=… · name=value")
    ] = None,
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Continua ao vivo · go on, live")] = False,
    after: Annotated[
        int | None,
        typer.Option(help="Depois desta posição; sem ela, ao vivo, do fim · after this position", min=0),
    ] = None,
    key: Annotated[str | None, typer.Option(help="Chave de API, em vez de MALHA_API_KEY · API key")] = None,
    anonymous: Annotated[
        bool, typer.Option("--anonymous", help="Só o que é público · only what is public")
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Um item por linha, em JSON · one item a line")
    ] = False,
) -> None:
    """Mostra o que foi anunciado · Shows what was announced."""
    wanted = dict(_named(given) for given in filters or [])
    stack = Stack.current()
    reader = Reader(
        stack, None if anonymous else key or stack.api_key, wanted, as_line if json else _as_sentence
    )
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(reader.follow(after) if follow else reader.page_through(after or 0))


def _named(given: str) -> tuple[str, str]:
    name, equals, value = given.partition("=")
    if not equals or not name:
        raise Failure(f"Um filtro é nome=valor, não {given}.", f"A filter is name=value, not {given}.")
    return name, value


def _say(sentence: str) -> None:
    """What is not an item goes beside them, to standard error."""
    sys.stderr.write(f"{sentence}\n")


def _as_sentence(item: Mapping[str, Any]) -> None:
    from services.command.calling import language  # noqa: PLC0415 (only the commands that call pay for the client)

    english = language() == "en"
    headline = item["headline"]["en" if english else "pt"]
    history = " (history)" if english else " (histórico)"
    marks = "".join(
        mark for mark, shown in ((" ⚑", item.get("remarks")), (history, item.get("backfill"))) if shown
    )
    console.print(
        f"{item['position']:>8}  {item['registered_at'][:16].replace('T', ' ')}  {item['protocol']}  "
        f"{headline}{marks}",
        markup=False,
        soft_wrap=True,
    )


class Reader:
    """A reader of the feed that shows each position once, across any number of connections."""

    def __init__(self, stack: Stack, key: str | None, filters: Mapping[str, str], show: Any) -> None:
        self._stack = stack
        self._key = key
        self._filters = filters
        self._show = show
        self.position: int | None = None

    async def page_through(self, after: int) -> None:
        """Everything after a position, up to the head as it is now."""
        from services.command.calling import calling  # noqa: PLC0415 (only the commands that call pay for the client)

        async with calling(self._key) as http:
            self.position = after
            await self._catch_up(http, {})

    async def follow(self, after: int | None) -> None:
        """The live stream, for ever: reconnects where it stopped, catches up where it must."""
        from services.command.calling import Refused, calling  # noqa: PLC0415 (as above)

        self.position = after
        least, most = BACKOFF_SECONDS
        backoff = least
        async with calling(self._key) as http:
            while True:
                before = self.position
                try:
                    await self._listen(http)
                except Refused as refused:
                    if refused.status < 500 and refused.status != 429:  # noqa: PLR2004 (HTTP's own numbers)
                        raise
                    _say(f"… {refused.pt}")
                except Failure as failure:
                    _say(f"… {failure.pt}")
                backoff = least if self.position != before else min(backoff * 2, most)
                await asyncio.sleep(random.uniform(backoff / 2, backoff))  # noqa: S311 (jitter)

    async def _catch_up(self, http: "aiohttp.ClientSession", usual: Mapping[str, str]) -> None:
        """Page up to the head; *usual* holds unless the filters say otherwise."""
        from services.command.calling import ask  # noqa: PLC0415 (as above)

        url = f"{self._stack.registry_url}/v1/feed"
        while True:
            params = {**usual, **self._filters, "after": str(self.position or 0), "limit": str(PAGE_ITEMS)}
            _, page = await ask(http, "GET", url, params=params)
            for item in page["items"]:
                self._show(item)
            self.position = page["position"]
            if page["position"] >= page["head"]:
                return

    async def _listen(self, http: "aiohttp.ClientSession") -> None:
        async with contextlib.aclosing(self._events(http)) as events:
            async for event, data in events:
                match event:
                    case "hello" | "cursor":
                        self.position = data["position"]
                    case "notice":
                        self._show(data)
                        self.position = data["position"]
                    case "reset":
                        _say(f"… reset: {data['reason']}")
                        await self._catch_up(http, {"backfill": "false"})
                        return

    async def _events(
        self, http: "aiohttp.ClientSession"
    ) -> AsyncGenerator[tuple[str, dict[str, Any]], None]:
        """Each event of one connection, with its data."""
        import aiohttp  # noqa: PLC0415 (only the commands that call pay for the client)

        from services.command.calling import CONNECT_SECONDS, refusal, unreachable  # noqa: PLC0415 (as above)

        url = f"{self._stack.notifier_url}/v1/stream"
        headers = {"Accept": "text/event-stream"}
        if self.position is not None:
            headers["Last-Event-ID"] = str(self.position)
        patience = aiohttp.ClientTimeout(sock_connect=CONNECT_SECONDS, sock_read=SILENCE_SECONDS)
        try:
            async with http.get(
                url, params=self._filters, headers=headers, timeout=patience, read_bufsize=LINE_BYTES
            ) as answer:
                if not answer.ok:
                    raise refusal(answer, await answer.read())
                event, data = "message", list[bytes]()
                async for line in answer.content:
                    field, _, value = line.rstrip(b"\r\n").partition(b":")
                    if field == b"event":
                        event = value.strip().decode()
                    elif field == b"data":
                        data.append(value.removeprefix(b" "))
                    elif not line.strip():
                        if data:
                            yield event, msgspec.json.decode(b"\n".join(data))
                        event, data = "message", []
        except (aiohttp.ClientError, TimeoutError) as error:
            raise unreachable(url, error) from None
