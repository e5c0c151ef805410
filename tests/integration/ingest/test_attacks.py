"""Whatever comes from outside ends as a 4xx that is a problem: never as a 5xx, never as a hang."""

import asyncio
from collections.abc import Iterable

import msgspec
import pytest

from tests.integration.ingest.conftest import CITY_KEY, Ingest, Starter, event

STRUCTURED = b"application/cloudevents+json"
BATCH = b"application/cloudevents-batch+json"
JSON = b"application/json"
DEADLINE_SECONDS = 60


def request(
    body: bytes = b"",
    *headers: bytes,
    content_type: bytes | None = STRUCTURED,
    key: bytes | None = b"Bearer " + str(CITY_KEY).encode(),
    start: bytes = b"POST /v1/notices HTTP/1.1",
    length: bool = True,
) -> bytes:
    """A request as it goes over the line, with nothing in between that would tidy it up."""
    lines = [start, b"Host: malha", *headers]
    if key is not None:
        lines.append(b"Authorization: " + key)
    if content_type is not None:
        lines.append(b"Content-Type: " + content_type)
    if length:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def chunked(chunks: Iterable[bytes], last: bytes = b"0\r\n\r\n") -> bytes:
    """A body in *chunks*, each as it goes over the line."""
    return request(b"".join(chunks) + last, b"Transfer-Encoding: chunked", length=False)


EVENT = msgspec.json.encode(event())
DATA = msgspec.json.encode(event()["data"])
HEADERS = [f"ce-{name}: {value}".encode() for name, value in event().items() if name != "data"]
WITHOUT_ID = [header for header in HEADERS if not header.startswith(b"ce-id")]


def binary(*headers: bytes, body: bytes = DATA) -> bytes:
    """An event in binary mode, without an id of its own."""
    return request(body, *WITHOUT_ID, *headers, content_type=JSON)


REFUSED: dict[str, tuple[bytes, int]] = {
    "no UTF-8": (request(EVENT.replace(b"Porto", b"P\xffrto")), 400),
    "nothing": (request(b""), 400),
    "cut off": (request(EVENT[:-1]), 400),
    "NaN": (request(EVENT.replace(b'"Porto"', b"NaN")), 400),
    "deep": (request(b"[" * 100_000), 400),
    "deep data": (
        request(EVENT.replace(b'"data":{', b'"data":{"x":' + b"[" * 5000 + b"]" * 5000 + b",")),
        400,
    ),
    "deep batch": (request(b"[" + b"[" * 5000 + b"]" * 5000 + b"]", content_type=BATCH), 400),
    "a name twice": (request(EVENT.replace(b'"id":"1"', b'"id":"1","id":"2"')), 400),
    "null": (request(b"null"), 422),
    "a list, not of a batch": (request(b"[" + EVENT + b"]"), 422),
    "a batch that is none": (request(b"{}", content_type=BATCH), 422),
    "a batch of junk": (request(b'[1,"a",null,{},[]]', content_type=BATCH), 422),
    "lone surrogate": (request(EVENT.replace(b"Porto", b"\\ud800")), 422),
    "lone surrogate, id": (request(EVENT.replace(b'"id":"1"', b'"id":"\\udfff"')), 422),
    "lone surrogate, member": (request(EVENT.replace(b'"3106200"', b'"\\udfff"')), 403),
    "NUL": (request(EVENT.replace(b'"id":"1"', b'"id":"\\u0000"')), 422),
    "NUL in a name": (request(EVENT.replace(b'"title"', b'"ti\\u0000tle"')), 422),
    "a number of 4,000 digits": (request(EVENT.replace(b'"id":"1"', b'"id":' + b"9" * 4000)), 422),
    "an id of 100,000 letters": (request(EVENT.replace(b'"id":"1"', b'"id":"' + b"1" * 100_000 + b'"')), 422),
    "no data": (request(msgspec.json.encode(event(data=None))), 422),
    "the year 0": (request(msgspec.json.encode(event(time="0000-01-01T00:00:00Z"))), 422),
    "the year 9999": (request(msgspec.json.encode(event(time="9999-12-31T23:59:59-23:59"))), 422),
    "a time without zone": (request(msgspec.json.encode(event(time="2026-01-01T00:00:00"))), 422),
    "too long": (request(b"x" * 300_000), 413),
    "too long a batch": (request(b"x" * 5_000_000, content_type=BATCH), 413),
    "too long, it says": (request(b"{}", b"Content-Length: 99999999999", length=False), 413),
    "too long, in chunks": (chunked(b"10000\r\n" + b"x" * 65536 + b"\r\n" for _ in range(10)), 413),
    "binary: NUL": (binary(b"ce-id: a%00b"), 422),
    "binary: no UTF-8": (binary(b"ce-id: %ff"), 422),
    "binary: raw bytes": (binary(b"ce-id: \xff\xfe"), 422),
    "binary: a surrogate": (binary(b"ce-id: %ED%A0%80"), 422),
    "binary: twice": (binary(b"ce-id: 1", b"ce-id: 2"), 400),
    "binary: backfill": (binary(b"ce-id: 1", b"ce-backfill: maybe"), 422),
    "binary: no data": (binary(b"ce-id: 1", body=b""), 422),
    "binary: no JSON": (binary(b"ce-id: 1", body=b"{"), 400),
    "gzip": (request(EVENT, b"Content-Encoding: gzip"), 415),
    "an encoding of bytes": (request(EVENT, b"Content-Encoding: \xff"), 415),
    "no type": (request(EVENT, content_type=None), 415),
    "a type of bytes": (request(EVENT, content_type=b"\xff\xfe"), 415),
    "a form": (request(EVENT, content_type=b"application/x-www-form-urlencoded"), 415),
    "no key": (request(EVENT, key=None), 401),
    "another scheme": (request(EVENT, key=b"Basic YTpi"), 401),
    "a key of bytes": (request(EVENT, key=b"Bearer \xff\xfe"), 401),
    "a long key": (request(EVENT, key=b"Bearer " + b"a" * 7000), 401),
    "two keys": (request(EVENT, b"Authorization: Bearer mlh_test_aaaaaaaaaaaa_" + b"0" * 64), 401),
    "a cookie of bytes": (request(EVENT, b"Cookie: malha_session=\xff\xfe; a", key=None), 401),
    "a language of bytes": (request(b"{", b"Accept-Language: \xff;q=nan, en;q=inf, ;;;,"), 400),
    "another method": (request(start=b"PUT /v1/notices HTTP/1.1"), 405),
    "another address": (request(start=b"POST /v1/notices%00 HTTP/1.1"), 404),
    "a length of letters": (request(b"{}", b"Content-Length: two", length=False), 400),
    "a negative length": (request(b"{}", b"Content-Length: -1", length=False), 400),
    "two lengths": (request(b"{}", b"Content-Length: 3"), 400),
    "a length and chunks": (request(b"2\r\n{}\r\n0\r\n\r\n", b"Transfer-Encoding: chunked"), 400),
    "a broken chunk": (chunked([b"zz\r\n{}\r\n"]), 400),
    "a chunk too long": (chunked([b"2\r\n{}xx\r\n"]), 400),
    "another transfer": (request(b"{}", b"Transfer-Encoding: gzip", length=False), 400),
    "a long header": (request(EVENT, b"X-Long: " + b"a" * 20_000), 400),
    "many headers": (request(EVENT, *(b"X-%d: a" % number for number in range(10_000))), 400),
    "NUL in a header": (request(EVENT, b"X-Nul: a\0b"), 400),
    "no method": (request(EVENT, start=b"SEND /v1/notices HTTP/1.1"), 400),
    "an address of bytes": (request(EVENT, start=b"POST /v1/notices\xff HTTP/1.1"), 400),
    "a long address": (request(EVENT, start=b"POST /" + b"a" * 9000 + b" HTTP/1.1"), 400),
    "no HTTP": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    "an expectation": (request(EVENT, b"Expect: the-impossible"), 417),
}
ACCEPTED: dict[str, bytes] = {
    "chunks": chunked([b"%x\r\n" % len(EVENT) + EVENT + b"\r\n"]),
    "a preference of bytes": request(EVENT, b"Prefer: \xff=\xfe; wait"),
    "a long preference": request(EVENT, b"Prefer: wait=" + b"9" * 5000),
    "a trace of bytes": request(EVENT, b"traceparent: \xff\xff"),
    "an expected continuation": request(EVENT, b"Expect: 100-continue"),
    "binary": binary(b"ce-id: 1"),
    "an old protocol": request(EVENT, start=b"POST /v1/notices HTTP/1.0"),
}


async def answer_to(ingest: Ingest, raw: bytes) -> tuple[int, str, bytes]:
    """The status, the content type and the body of the answer to *raw*; TimeoutError if there is none."""
    port = int(ingest.url.rpartition(":")[2])
    async with asyncio.timeout(DEADLINE_SECONDS):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(raw)
            head = await reader.readuntil(b"\r\n\r\n")
            if head.startswith(b"HTTP/1.1 100"):
                head = await reader.readuntil(b"\r\n\r\n")
            first, *lines = head.decode().rstrip().split("\r\n")
            headers = dict(line.split(": ", 1) for line in lines)
            body = await reader.readexactly(int(headers["Content-Length"]))
            return int(first.split()[1]), headers["Content-Type"], body
        finally:
            writer.close()


@pytest.fixture
async def patient(start: Starter) -> Ingest:
    """An ingest that takes all of it from one key."""
    found: Ingest = await start(requests_per_second=1000)
    return found


async def test_what_is_wrong_from_outside_ends_as_a_problem_of_its_own(patient: Ingest) -> None:
    """Bad input gets a 4xx that names its fault; nothing from outside causes a 5xx."""
    wrong: dict[str, object] = {}
    for name, (raw, expected) in REFUSED.items():
        status, content_type, body = await answer_to(patient, raw)
        if (status, content_type) != (expected, "application/problem+json"):
            wrong[name] = (status, content_type, body[:200])
        elif msgspec.json.decode(body)["status"] != expected:
            wrong[name] = body[:200]
    assert wrong == {}


async def test_what_is_odd_but_right_is_taken(patient: Ingest) -> None:
    """What a standard says is ignored is not refused."""
    wrong = {}
    for name, raw in ACCEPTED.items():
        status, _, body = await answer_to(patient, raw)
        if status != 202:
            wrong[name] = (status, body[:200])
    assert wrong == {}


async def test_after_all_of_it_ingest_is_ready_and_takes_a_notice(patient: Ingest) -> None:
    """Hang-ups in the middle of a request, too, leave nothing behind."""
    port = int(patient.url.rpartition(":")[2])
    for cut in range(0, len(request(EVENT)), 25):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request(EVENT)[:cut])
        writer.transport.abort()
    await patient.until_ready()
    assert (await patient.post(event()))[0] == 202
