"""A photo or a file of the text, handed in from the page of its agreement."""

import asyncio
import io
from collections.abc import AsyncIterator
from hashlib import sha256
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from aiohttp import ClientResponse

from services.registry.http.documents import MOST_BYTES
from services.registry.pages.agreements import uploading
from shared.notices.protocol import agreement_id
from tests.integration.agreements.asking import Read, read
from tests.support.registry import BELO_HORIZONTE, Registry, Teller, sister_city

PAGE = f"/acordos/{agreement_id(BELO_HORIZONTE, 'P')}"
PNG = b"\x89PNG\r\n\x1a\n" + b"fotografia" * 100
DIGEST = sha256(PNG).hexdigest()


async def _hand_in(registry: Registry, body: bytes, asker: str = "own", **fields: str) -> ClientResponse:
    form = aiohttp.FormData(quote_fields=False)
    for name, value in fields.items():
        form.add_field(name, value)
    form.add_field("file", io.BytesIO(body), filename="IMG 0001.PNG", content_type="application/octet-stream")
    return await registry.client.post(
        f"{PAGE}/documentos", data=form, headers=registry.headers(asker), allow_redirects=False
    )


async def test_a_photo_is_kept_and_leads_to_where_it_is_told(registry: Registry, teller: Teller) -> None:
    """The door of ingest tells it, like any other fact; then the page offers the file itself."""
    await teller.tell("agreement.signed", sister_city(), subject="P")
    answer = await _hand_in(registry, PNG, kind="tradução")
    assert answer.status == HTTPStatus.SEE_OTHER
    target = urlsplit(answer.headers["Location"])
    assert target.path == "/registrar/fato"
    assert parse_qs(target.query) == {
        "type": ["document_attached"],
        "member": [BELO_HORIZONTE],
        "subject": ["P"],
        "title": ["Irmanamento com o Porto"],
        "back": [PAGE],
        "document.kind": ["tradução"],
        "document.sha256": [DIGEST],
    }
    assert not (await read(registry, PAGE)).leads_to("/v1/documents/")
    await teller.tell(
        "agreement.document_attached", {"document": {"kind": "tradução", "sha256": DIGEST}}, subject="P"
    )
    assert (await read(registry, PAGE)).leads_to(f"/v1/documents/{DIGEST}")
    kept = await registry.get(f"/v1/documents/{DIGEST}")
    assert await kept.read() == PNG
    assert kept.headers["Content-Disposition"].startswith("attachment")


async def test_what_cannot_be_kept_is_said_at_the_field(registry: Registry, teller: Teller) -> None:
    """Too large, neither PDF nor picture, or no file at all: the form comes again with the reason."""
    await teller.tell("agreement.signed", sister_city(), subject="P")
    for body, status, words in (
        (b"MZ a program", HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "não é um PDF"),
        (b"", HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "não é um PDF"),
        (PNG + b"x" * MOST_BYTES, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "20 MiB"),
    ):
        answer = await _hand_in(registry, body)
        assert answer.status == status
        page = Read(await answer.text())
        assert words in page.words
        assert page.leads_to(f"{PAGE}/documentos")
    answer = await registry.client.post(
        f"{PAGE}/documentos", data={"kind": "acordo"}, headers=registry.headers("own")
    )
    assert answer.status == HTTPStatus.UNSUPPORTED_MEDIA_TYPE


@pytest.mark.parametrize(
    ("boundary", "body"),
    [
        ("", b"x"),
        ("; boundary=B", b""),
        ("; boundary=B", b"no boundary at all\r\n" * 50),
        ("; boundary=B", b"--B\r\nContent-Dispo"),
        ("; boundary=B", b'--B\r\nContent-Disposition: form-data; name="file"\r\n\r\n%PDF-1.4 half'),
        ("; boundary=B", b"--B\r\nA: " + b"x" * 70_000 + b"\r\n\r\n--B--"),
    ],
)
async def test_a_form_that_came_broken_is_asked_for_again(
    registry: Registry, teller: Teller, boundary: str, body: bytes
) -> None:
    """A line breaks, a program writes no form: no fault of ours."""
    await teller.tell("agreement.signed", sister_city(), subject="P")
    headers = {**registry.headers("own"), "Content-Type": f"multipart/form-data{boundary}"}
    answer = await registry.client.post(f"{PAGE}/documentos", data=body, headers=headers)
    assert answer.status == HTTPStatus.BAD_REQUEST
    page = Read(await answer.text())
    assert "incompleto" in page.words
    assert page.leads_to(f"{PAGE}/documentos")


async def test_whoever_drips_is_let_go(
    registry: Registry, teller: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A form that never ends holds no connection for ever, whatever its parts are called."""
    monkeypatch.setattr(uploading, "PAUSE_SECONDS", 0.2)
    await teller.tell("agreement.signed", sister_city(), subject="P")
    left = asyncio.Event()

    async def dripping() -> AsyncIterator[bytes]:
        yield b'--B\r\nContent-Disposition: form-data; name="other"\r\n\r\n'
        await left.wait()

    headers = {**registry.headers("own"), "Content-Type": "multipart/form-data; boundary=B"}
    answer = await registry.client.post(f"{PAGE}/documentos", data=dripping(), headers=headers)
    left.set()
    assert answer.status == HTTPStatus.REQUEST_TIMEOUT


async def test_only_its_member_hands_papers_in(registry: Registry, teller: Teller) -> None:
    """Neither another member, nor the office, nor the coordination, nor a stranger."""
    await teller.tell("agreement.signed", sister_city(), subject="P")
    for asker in ("other", "office", "coordination"):
        assert (await _hand_in(registry, PNG, asker)).status == HTTPStatus.FORBIDDEN
    assert (await _hand_in(registry, PNG, "anonymous")).status == HTTPStatus.SEE_OTHER
    assert (await registry.get(f"/v1/documents/{DIGEST}", "own")).status == HTTPStatus.NOT_FOUND
    assert (await read(registry, f"{PAGE}/documentos", "own")).leads_to(f"{PAGE}/documentos")
