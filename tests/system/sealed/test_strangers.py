"""What strangers send to the whole, by TLS through the gateway: refused in words, and nobody calls out."""

import asyncio
import gzip
import json
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import aiohttp
import pytest
from yarl import URL

from tests.support.events import agreement, event
from tests.support.sealed import Sealed

TRICKS = (
    "/static/../../../../etc/passwd",
    "/static/%2e%2e/%2e%2e/settings.py",
    "/static/..%2f..%2fsettings.py",
    "/static/%252e%252e/settings.py",
    "/static/..\\..\\settings.py",
    "/static//etc/passwd",
    "/static/%00",
    "/static/style.css%00.png",
    "/v1/documents/../../etc/passwd",
    "/v1/documents/..%2f..%2fetc%2fpasswd",
    "/v1/notices/..;/../metrics",
    "//metrics",
    "/./healthz/../healthz/live",
    "/v1/members/%c0%ae%c0%ae/",
    "/v1/members/%ff%fe",
    "/v1/members/3106200/../../..",
    "/municipios/..%5c..%5c",
    "/protocolos/%0d%0aSet-Cookie:%20x=y",
    "/entrar/%0d%0aLocation:%20https://evil.test",
    "/entrar?volta=https://evil.test/",
    "/entrar?volta=//evil.test/",
    "/" + "a/" * 4000,
    "/?" + "a=b&" * 3000,
)
NOT_OURS = ("root:x:", "class Settings", "-----BEGIN")
BOMB_BYTES = 64 << 20


async def ask(malha: Sealed, method: str, path: str, body: bytes | None = None, **headers: str) -> Any:
    """The answer to a request whose *path* is sent as it stands; its body is read."""
    async with (
        aiohttp.ClientSession() as http,
        http.request(
            method,
            URL(malha.origin + path, encoded=True),
            data=body,
            headers={"Authorization": f"Bearer {malha.key}", **headers},
            ssl=malha.trust,
            allow_redirects=False,
        ) as answer,
    ):
        await answer.read()
        return answer


@pytest.mark.parametrize("path", TRICKS, ids=lambda path: path[:40])
async def test_paths_lead_nowhere_else(malha: Sealed, path: str) -> None:
    """No file of the machine, no header of a stranger's, no other site; and no error of ours."""
    answer = await ask(malha, "GET", path)
    assert answer.status < HTTPStatus.INTERNAL_SERVER_ERROR
    text = await answer.text(errors="replace")
    assert not [found for found in NOT_OURS if found in text]
    assert "evil.test" not in answer.headers.get("Location", "")
    assert "x=y" not in answer.headers.get("Set-Cookie", "")


@pytest.mark.parametrize("path", ["/v1/notices", "/v1/imports", "/v1/notices/validate"])
@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "gzip, gzip"])
async def test_compressed_bodies_are_not_unpacked(malha: Sealed, path: str, coding: str) -> None:
    """64 MiB of nothing in 64 KiB would be unpacked in memory: it is refused as it comes."""
    bomb = gzip.compress(bytes(BOMB_BYTES)) if coding.startswith("gzip") else zlib.compress(bytes(BOMB_BYTES))
    answer = await ask(
        malha, "POST", path, bomb, **{"Content-Encoding": coding, "Content-Type": "application/json"}
    )
    assert HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR
    assert answer.content_type == "application/problem+json"


async def test_links_in_answers_are_of_our_own_name(malha: Sealed) -> None:
    """A proxy's headers, if a stranger sends them, do not choose where a receipt leads."""
    answer = await ask(
        malha,
        "POST",
        "/v1/notices",
        json.dumps(event(id="links")).encode(),
        **{
            "Content-Type": "application/cloudevents+json",
            "X-Forwarded-Host": "evil.test",
            "X-Original-URL": "/evil",
            "Forwarded": "host=evil.test",
        },
    )
    receipt = await answer.json()
    assert receipt["links"]["status"].startswith(f"{malha.origin}/v1/receipts/")


@asynccontextmanager
async def listening_for_calls() -> AsyncIterator[tuple[str, list[object]]]:
    """An address that notes down whoever connects to it."""
    calls: list[object] = []

    async def note(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.append(writer.get_extra_info("peername"))
        writer.close()

    server = await asyncio.start_server(note, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", calls
        # Somebody who would call does so before this, which was begun later, is answered.
        _reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        await _reader.read()
        writer.close()


async def test_addresses_in_notices_are_never_called(malha: Sealed) -> None:
    """What a notice names is written down, not fetched: no door into the network behind."""
    async with listening_for_calls() as (url, calls):
        data = agreement(
            gazette={"name": "Diário", "date": "2024-05-02", "url": url},
            documents=[{"kind": "instrument", "lang": "pt", "url": url}],
            provenance=[{"kind": "public_source", "url": url}],
        )
        answer = await ask(
            malha,
            "POST",
            "/v1/notices",
            json.dumps(event(id="calls", subject="PROC 2/2024", data=data, source=url)).encode(),
            **{"Content-Type": "application/cloudevents+json", "Prefer": "wait=30"},
        )
        receipt = await answer.json()
        assert answer.status == HTTPStatus.CREATED, receipt
        for path in (f"/protocolos/{receipt['protocol']}", "/v1/agreements?subject=PROC%202/2024"):
            assert (await ask(malha, "GET", path)).status == HTTPStatus.OK
    assert len(calls) == 1
