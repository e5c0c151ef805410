"""Any list as a file: all its pages, one after the other, in memory that does not grow with them."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import wraps
from time import thread_time
from typing import Any, Final

import msgspec
from aiohttp import hdrs, web

from services.registry.http.answers import (
    JSON,
    PRIVATE,
    PUBLIC_URL,
    ListAnswer,
    caller_of,
    connection_of,
    json_answer,
    media_type_of,
    now,
)
from services.registry.http.cells import Cell, written
from services.registry.http.paging import NAMES, Paging
from services.registry.http.parameters import Parameters
from services.registry.http.sheets import sheet_writer
from services.registry.http.streams import cut, send
from services.registry.http.tables import Names, Table
from services.registry.http.tables.about import Line, Making, about
from services.registry.http.turns import Turns
from services.registry.network import audit
from services.registry.papers.licence import LICENCE
from services.registry.papers.sheet import Closing, Sheet, SheetColumn
from services.registry.shapes import Page
from shared import data
from shared.accounts import Caller
from shared.directory import FOLLOWER
from shared.lifecycle import STOPPING
from shared.pressure import PRESSURE
from shared.problems import Unavailable

CSV: Final = "text/csv"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EXPORTS: web.AppKey[Turns] = web.AppKey("exports", Turns)
FORMATS: Final = {"json": JSON, "csv": CSV, "xlsx": XLSX}
"""What `format` may name: an address that somebody opens in a browser sends no Accept of their own."""
PAGE_ROWS: Final = 50
"""Rows that are read and written in one go: what a request for a page waits for, at worst."""
WHOLE_SECONDS: Final = 3600.0
_LONGEST_REST_SECONDS: Final = 0.1
_CHUNK_BYTES: Final = 256 * 1024

Rows = AsyncIterator[list[list[Cell]]]


def turns() -> Turns:
    """How many files are made at once."""
    return Turns(in_all=4, each=2, strangers=2, retry_after_seconds=30)


def listed(
    handler: ListAnswer,
    *,
    table: Table,
    json: Callable[[web.Request], Awaitable[Any]] | None = None,
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """A handler that answers with a page of *handler* as JSON, or with all of them as a file.

    `format` in the address goes before Accept. With a `limit` the file is that page. *json*, if given,
    answers what is no file.
    """

    @wraps(handler)
    async def answer(request: web.Request) -> web.StreamResponse:
        media_type = _form(request)
        if media_type == JSON:
            return json_answer(await (json(request) if json else handler(request, Paging.of(request.query))))
        return await _File(request, handler, table).answer(media_type)

    return answer


def _form(request: web.Request) -> str:
    named = Parameters(request.query, {*request.query}, once=("format",)).one_of("format", tuple(FORMATS))
    return media_type_of(request, tuple(FORMATS.values())) if named is None else FORMATS[named]


class _File:
    """One list, being written as a file for one asker."""

    def __init__(self, request: web.Request, handler: ListAnswer, table: Table) -> None:
        self._request = request
        self._handler = handler
        self._table = table
        self._paging = Paging.of(request.query)
        self._whole = "limit" not in request.query
        if self._whole:
            self._paging = msgspec.structs.replace(self._paging, limit=table.page_rows or PAGE_ROWS)
        directory = request.app[FOLLOWER].current
        self._names: Names = (
            data.members() if directory is None else {**data.members(), **directory.member_by_id}
        )
        self._count = 0
        self._begun = False
        self._is_open = False
        self._worked = thread_time()

    async def answer(self, media_type: str) -> web.StreamResponse:
        """The whole file. What is wrong with the request is told before it begins."""
        caller = await caller_of(self._request)
        self._is_open = caller.role == "anonymous"
        try:
            self._request.app[PRESSURE].require("exports")
            with self._request.app[EXPORTS].taken(caller.actor):
                async with asyncio.timeout(WHOLE_SECONDS):
                    first = await self._page()
                    await self._note(caller)
                    if media_type == CSV or self._request.method == hdrs.METH_HEAD:
                        return await self._csv(first, media_type)
                    return await self._xlsx(first, caller)
        except Exception as error:
            if self._begun:
                cut(self._request, error)
            if isinstance(error, TimeoutError):
                raise Unavailable from error
            raise

    async def _note(self, caller: Caller) -> None:
        """Note who takes the list away. Of what is open to everybody, nobody in particular does."""
        if caller.role == "anonymous":
            return
        async with connection_of(self._request) as connection:
            await audit.note(connection, caller, "export", self._request.path, self._request.query_string)

    async def _csv(self, first: Page, media_type: str) -> web.StreamResponse:
        response = await self._begin(media_type, first)
        if self._request.method == hdrs.METH_HEAD:
            return response
        kinds = [column.kind for column in self._table.columns]
        await send(response, csv_text([[column.name for column in self._table.columns]]))
        async for rows in self._rows(first):
            lines = [[written(*cell) for cell in zip(row, kinds, strict=True)] for row in rows]
            await send(response, csv_text(lines))
        await response.write_eof()
        return response

    async def _xlsx(self, first: Page, caller: Caller) -> web.StreamResponse:
        columns = tuple(SheetColumn(each.name, each.kind, each.width) for each in self._table.columns)
        async with sheet_writer(Sheet(self._table.title, columns)) as writer:
            async for rows in self._rows(first):
                await writer.write(rows)
            file = await writer.finish(Closing(self._about(first, caller)))
        with file:
            response = await self._begin(XLSX, first, size=file.seek(0, io.SEEK_END))
            file.seek(0)
            while chunk := await asyncio.to_thread(file.read, _CHUNK_BYTES):
                await send(response, chunk)
        await response.write_eof()
        return response

    async def _rows(self, first: Page) -> Rows:
        """The rows of the first page, and unless one page was asked for, of all that follow it."""
        page, stopping = first, self._request.app[STOPPING]
        while True:
            self._count += len(page.items)
            yield self._table.rows(page.items, self._names)
            if page.next is None or not self._whole:
                return
            if stopping.is_set():
                raise Unavailable
            self._paging = self._paging.following(page.next)
            page = await self._page()

    async def _page(self) -> Page:
        """The next page. All files together take half of this thread: whoever asks for a page goes first."""
        async with self._request.app[EXPORTS].one_by_one:
            page = await self._handler(self._request, self._paging)
            await asyncio.sleep(self._spent())
        return page

    def _spent(self) -> float:
        """How many seconds this thread has worked since the last time."""
        before, self._worked = self._worked, thread_time()
        return min(self._worked - before, _LONGEST_REST_SECONDS)

    async def _begin(self, media_type: str, first: Page, *, size: int | None = None) -> web.StreamResponse:
        ending = "csv" if media_type == CSV else "xlsx"
        name = f"{self._table.file}-{first.as_of.isoformat()}.{ending}"
        response = web.StreamResponse(
            headers={
                **PRIVATE,
                hdrs.CONTENT_TYPE: f"{CSV}; charset=utf-8; header=present" if media_type == CSV else XLSX,
                hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}"',
            }
        )
        if self._is_open:
            response.headers[hdrs.LINK] = f'<{LICENCE.url}>; rel="license"'
        response.content_length = size
        self._begun = True
        await response.prepare(self._request)
        return response

    def _about(self, first: Page, caller: Caller) -> tuple[Line, ...]:
        request = self._request
        return about(
            self._table,
            Making(
                as_of=first.as_of,
                known_at=request.query.get("known_at"),
                filters={name: value for name, value in request.query.items() if name not in NAMES},
                source=f"{request.app[PUBLIC_URL]}{request.rel_url}",
                role=caller.role,
                rows=self._count,
                begun=self._paging.now,
                ended=now(),
                definition=getattr(first, "definition", None),
                total=msgspec.structs.asdict(first.total) if hasattr(first, "total") else {},
            ),
        )


def csv_text(lines: Sequence[Sequence[Cell]]) -> bytes:
    """*lines* as RFC 4180 has them, in UTF-8."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(lines)
    return text.getvalue().encode()
