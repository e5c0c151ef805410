"""Documents: kept once, by their digest, for those who may see an agreement that refers to them."""

import asyncio
import hashlib
import io
import os
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientResponse, hdrs, web

from services.registry.http import documents
from services.registry.papers.documents import PART_BYTES
from tests.support.registry import Registry, Teller, connected, sister_city
from tests.support.world import eventually

PDF = b"%PDF-1.7\n" + b"um termo assinado\n" * 20
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 100
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100
LARGE = b"%PDF-" + os.urandom(3 * PART_BYTES + 17)


def digest_of(content: bytes) -> str:
    """The digest that names *content*."""
    return hashlib.sha256(content).hexdigest()


async def put(
    registry: Registry,
    content: bytes | AsyncIterator[bytes],
    asker: str = "own",
    *,
    sha256: str | None = None,
    media_type: str = "application/octet-stream",
) -> ClientResponse:
    """Hand in *content* under its digest, or another one."""
    if sha256 is None:
        assert isinstance(content, bytes)
        sha256 = digest_of(content)
    return await registry.client.put(
        f"/v1/documents/{sha256}",
        data=io.BytesIO(content) if isinstance(content, bytes) else content,
        headers={**registry.headers(asker), "Content-Type": media_type},
    )


@pytest.mark.parametrize(
    ("content", "media_type", "ending"),
    [(PDF, "application/pdf", "pdf"), (JPEG, "image/jpeg", "jpg"), (PNG, "image/png", "png")],
)
async def test_a_document_comes_back_as_it_was_handed_in(
    registry: Registry, content: bytes, media_type: str, ending: str
) -> None:
    """Its type is what its content says, it is saved and never shown, and nothing in it runs."""
    sha256 = digest_of(content)
    answer = await put(registry, content, media_type="text/html")
    assert answer.status == 201
    assert await answer.json() == {
        "sha256": sha256,
        "media_type": media_type,
        "size": len(content),
        "links": {"self": f"http://malha.test/v1/documents/{sha256}"},
    }
    answer = await registry.get(f"/v1/documents/{sha256}", "own")
    assert (answer.status, await answer.read()) == (200, content)
    assert answer.content_type == media_type
    assert answer.headers["Content-Disposition"] == f'attachment; filename="documento-{sha256[:12]}.{ending}"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["ETag"] == f'"{sha256}"'
    head = await registry.request("HEAD", f"/v1/documents/{sha256}", "own")
    assert (head.status, head.headers["Content-Length"]) == (200, str(len(content)))


async def test_handing_in_again_changes_nothing(registry: Registry, database: str) -> None:
    """201 first and 200 ever after, also when two come at once; whoever hands it in has it."""
    answers = await asyncio.gather(*(put(registry, LARGE, asker) for asker in ("own", "other", "own")))
    assert sorted(answer.status for answer in answers) == [200, 200, 201]
    assert (await put(registry, LARGE, "coordination")).status == 200
    for asker in ("own", "other", "coordination", "office"):
        answer = await registry.get(f"/v1/documents/{digest_of(LARGE)}", asker)
        assert await answer.read() == LARGE, asker
    async with connected(database) as sql:
        assert await sql.fetchval("SELECT count(*) FROM document_part") == 4
        holders = await sql.fetch("SELECT member FROM document_holder ORDER BY 1")
        assert [row["member"] for row in holders] == ["31", "3106200", "3170206"]


async def test_a_document_is_seen_with_an_agreement_that_refers_to_it(
    registry: Registry, teller: Teller
) -> None:
    """Handed in: for the member, the office and the coordination. Referred to: for whom the agreement is."""
    sha256 = digest_of(PDF)

    async def seen_by(*askers: str) -> None:
        for asker in ("anonymous", "other", "own", "office", "coordination"):
            answer = await registry.get(f"/v1/documents/{sha256}", asker)
            assert answer.status == (200 if asker in askers else 404), asker

    await seen_by()
    await put(registry, PDF)
    await seen_by("own", "office", "coordination")
    referring = {"documents": [{"kind": "termo", "sha256": sha256}]}
    await teller.tell("agreement.signed", sister_city(visibility="restricted", **referring), subject="A")
    await seen_by("own", "office", "coordination")
    await teller.tell("agreement.signed", sister_city(visibility="network", **referring), subject="B")
    await seen_by("own", "other", "office", "coordination")
    await teller.tell("agreement.signed", sister_city(**referring), subject="C")
    await seen_by("anonymous", "own", "other", "office", "coordination")


async def test_to_name_a_digest_shows_nobody_what_somebody_else_handed_in(
    registry: Registry, teller: Teller
) -> None:
    """Whoever has the paper hands it in; a vendor may have done so for its city hall."""
    sha256 = digest_of(PDF)
    referring = {"documents": [{"kind": "termo", "sha256": sha256}]}
    await put(registry, PDF)
    await teller.tell("agreement.signed", sister_city(visibility="restricted", **referring), subject="A")
    await teller.tell("agreement.signed", sister_city(**referring), subject="Claimed", member="3170206")
    for asker in ("anonymous", "other"):
        assert (await registry.get(f"/v1/documents/{sha256}", asker)).status == 404, asker
    await teller.tell(
        "agreement.signed", sister_city(**referring), subject="V", member="3136702", by=("member", "3106200")
    )
    assert (await registry.get(f"/v1/documents/{sha256}", "anonymous")).status == 200


async def test_who_hands_in_what_it_named_before_shows_it(registry: Registry, teller: Teller) -> None:
    """Paper and notice come in any order."""
    sha256 = digest_of(PDF)
    await put(registry, PDF)
    await teller.tell(
        "agreement.signed",
        sister_city(documents=[{"kind": "termo", "sha256": sha256}]),
        subject="A",
        member="3170206",
    )
    await put(registry, PDF, "other")
    assert (await registry.get(f"/v1/documents/{sha256}", "anonymous")).status == 200


async def test_only_members_and_the_coordination_hand_in(registry: Registry) -> None:
    """The office reads; a stranger shows a key first."""
    for asker, status in (("anonymous", 401), ("office", 403), ("coordination", 201)):
        assert (await put(registry, PDF, asker)).status == status, asker


@pytest.mark.parametrize(
    ("content", "sha256", "told"),
    [
        (PDF, digest_of(PNG), (422, "digest_mismatch")),
        (PDF, digest_of(PDF).upper(), (400, "invalid_parameter")),
        (PDF, "x", (400, "invalid_parameter")),
        (b"<html>%PDF-", None, (415, "unsupported_media_type")),
        (b"", None, (415, "unsupported_media_type")),
        (b"%PD", None, (415, "unsupported_media_type")),
        (b"%PDF-" + b"x" * documents.MOST_BYTES, None, (413, "too_large")),
    ],
)
async def test_what_is_no_document_is_refused_by_its_fault(
    registry: Registry, database: str, content: bytes, sha256: str | None, told: tuple[int, str]
) -> None:
    """A 4xx that says what is wrong, and nothing is kept."""
    answer = await put(registry, content, sha256=sha256)
    problem = await answer.json(content_type="application/problem+json")
    assert (answer.status, problem["code"]) == told
    if answer.status == 422:
        assert problem["found"] == digest_of(content)
    async with connected(database) as sql:
        assert await sql.fetchval("SELECT count(*) FROM document") == 0


async def test_a_body_without_a_length_is_counted_as_it_comes(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chunked bodies are taken up to the same limit."""
    monkeypatch.setattr(documents, "MOST_BYTES", len(LARGE))

    async def pieces(content: bytes) -> AsyncIterator[bytes]:
        for begin in range(0, len(content), 100_000):
            yield content[begin : begin + 100_000]

    longer = LARGE + b"x"
    assert (await put(registry, pieces(LARGE), sha256=digest_of(LARGE))).status == 201
    assert (await put(registry, pieces(longer), sha256=digest_of(longer))).status == 413


async def test_a_body_that_drips_is_given_up(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sender that stops sending does not hold a turn for ever."""
    monkeypatch.setattr(documents, "PAUSE_SECONDS", 0.2)
    goes_on = asyncio.Event()

    async def dripping() -> AsyncIterator[bytes]:
        yield PDF[:50]
        await goes_on.wait()
        yield PDF[50:]

    answer = await put(registry, dripping(), sha256=digest_of(PDF))
    goes_on.set()
    assert answer.status == 408


async def test_a_key_hands_in_few_documents_at_once(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond its turns a key is asked to come again; the others are not kept waiting."""
    app = registry.client.app
    assert app is not None
    going_on, goes_on = asyncio.Event(), asyncio.Event()

    async def waiting() -> AsyncIterator[bytes]:
        yield PDF[:50]
        going_on.set()
        await goes_on.wait()
        yield PDF[50:]

    monkeypatch.setattr(app[documents.UPLOADS], "_each", 1)
    first = asyncio.create_task(put(registry, waiting(), sha256=digest_of(PDF)))
    await going_on.wait()
    await eventually(lambda: _is_held(app), "the first has its turn", every_seconds=0.01)
    second = await put(registry, PDF)
    assert (second.status, second.headers["Retry-After"]) == (429, "5")
    assert (await put(registry, PDF, "other")).status == 201
    goes_on.set()
    assert (await first).status == 200


async def _is_held(app: web.Application) -> bool:
    return app[documents.UPLOADS].held > 0


@pytest.mark.parametrize(
    ("asked", "status", "first", "last"),
    [
        ("bytes=0-99", 206, 0, 99),
        (f"bytes={PART_BYTES - 5}-{2 * PART_BYTES + 5}", 206, PART_BYTES - 5, 2 * PART_BYTES + 5),
        ("bytes=-10", 206, len(LARGE) - 10, len(LARGE) - 1),
        (f"bytes={PART_BYTES}-", 206, PART_BYTES, len(LARGE) - 1),
        ("bytes=0-99999999", 206, 0, len(LARGE) - 1),
        ("bytes=5-1", 200, 0, len(LARGE) - 1),
        ("bytes=0-1,5-6", 200, 0, len(LARGE) - 1),
        ("lines=1-2", 200, 0, len(LARGE) - 1),
    ],
)
async def test_a_download_goes_on_where_it_broke_off(
    registry: Registry, asked: str, status: int, first: int, last: int
) -> None:
    """One range is served; what is no single range is answered with the whole."""
    await put(registry, LARGE)
    answer = await registry.get(f"/v1/documents/{digest_of(LARGE)}", "own", Range=asked)
    assert (answer.status, await answer.read()) == (status, LARGE[first : last + 1])
    if status == 206:
        assert answer.headers[hdrs.CONTENT_RANGE] == f"bytes {first}-{last}/{len(LARGE)}"


async def test_conditions_are_kept(registry: Registry) -> None:
    """What a reader has is not sent again; a range of another document is not this one's."""
    sha256 = digest_of(PDF)
    await put(registry, PDF)
    path = f"/v1/documents/{sha256}"
    answer = await registry.get(path, "own", If_None_Match=f'W/"x", "{sha256}"')
    assert (answer.status, await answer.read()) == (304, b"")
    assert (await registry.get(path, "anonymous", If_None_Match=f'"{sha256}"')).status == 404
    assert (await registry.get(path, "own", Range="bytes=0-1", If_Range='"other"')).status == 200
    answer = await registry.get(path, "own", Range="bytes=5000-")
    assert (answer.status, answer.headers["Content-Range"]) == (416, f"bytes */{len(PDF)}")


async def test_a_document_that_ends_too_soon_does_not_look_whole(registry: Registry, database: str) -> None:
    """The connection ends before the length that was announced."""
    await put(registry, LARGE)
    async with connected(database) as sql:
        await sql.execute("DELETE FROM document_part WHERE part = 2")
    answer = await registry.get(f"/v1/documents/{digest_of(LARGE)}", "own")
    with pytest.raises(Exception, match=r"."):
        await answer.read()
