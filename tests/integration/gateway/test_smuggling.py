"""Requests that two parsers might read differently: whatever hides in one must never arrive as another."""

import re

import pytest

from tests.support.fortress import NAME, Fortress

HIDDEN = b"GET /smuggled HTTP/1.1\r\nHost: malha.test\r\n\r\n"
TE = b"Transfer-Encoding: chunked"
LENGTH = b"Content-Length: %d" % len(HIDDEN)
CHUNK = b"%x\r\n" % len(HIDDEN) + HIDDEN + b"\r\n0\r\n\r\n"
CHUNKED = b"0\r\n\r\n" + HIDDEN
CHUNKED_LENGTH = b"Content-Length: %d" % len(CHUNKED)


def post(*headers: bytes, body: bytes = b"") -> bytes:
    """A POST with exactly these *headers* after its host."""
    lines = b"".join(header + b"\r\n" for header in headers)
    return b"POST /v1/notices HTTP/1.1\r\nHost: malha.test\r\n" + lines + b"\r\n" + body


AMBIGUOUS = {
    "CL.TE": post(CHUNKED_LENGTH, TE, body=CHUNKED),
    "TE.CL": post(TE, b"Content-Length: 4", body=CHUNK),
    "TE twice": post(TE, b"Transfer-Encoding: identity", body=CHUNKED),
    "TE.TE": post(TE, b"Transfer-Encoding: x", b"Content-Length: 4", body=CHUNKED),
    "TE unknown": post(b"Transfer-Encoding: xchunked", b"Content-Length: 0", body=CHUNKED),
    "TE with a list": post(b"Transfer-Encoding: gzip, chunked", body=CHUNKED),
    "TE with a tab": post(b"Transfer-Encoding:\tchunked", b"Content-Length: 5", body=CHUNKED),
    "TE before a space": post(b"Transfer-Encoding : chunked", CHUNKED_LENGTH, body=CHUNKED),
    "TE with a vertical tab": post(b"Transfer-Encoding: \x0bchunked", b"Content-Length: 5", body=CHUNKED),
    "TE quoted": post(b'Transfer-Encoding: "chunked"', b"Content-Length: 5", body=CHUNKED),
    "TE by underscore": post(b"Transfer_Encoding: chunked", CHUNKED_LENGTH, body=CHUNKED),
    "TE folded": post(b"Transfer-Encoding:\r\n chunked", b"Content-Length: 5", body=CHUNKED),
    "TE after a line feed": post(b"X: x\n" + TE, CHUNKED_LENGTH, body=CHUNKED),
    "TE after a carriage return": post(b"X: x\r" + TE, CHUNKED_LENGTH, body=CHUNKED),
    "a folded header": post(b"X: x\r\n Content-Length: 0", LENGTH, body=HIDDEN),
    "CL twice": post(b"Content-Length: 0", LENGTH, body=HIDDEN),
    "CL as a list": post(b"Content-Length: 0, 44", body=HIDDEN),
    "CL signed": post(b"Content-Length: +44", body=HIDDEN),
    "CL hexadecimal": post(b"Content-Length: 0x2c", body=HIDDEN),
    "CL with a space inside": post(b"Content-Length: 4 4", body=HIDDEN),
    "CL beyond any number": post(b"Content-Length: 18446744073709551616", body=HIDDEN),
    "CL before a NUL": post(b"Content-Length: 44\0", body=HIDDEN),
    "a chunk beyond any number": post(TE, body=b"10000000000000000\r\n" + HIDDEN + b"\r\n0\r\n\r\n"),
    "a chunk of less than nothing": post(TE, body=b"-1\r\n" + HIDDEN),
    "a chunk that ends early": post(TE, body=b"1\r\nab" + CHUNKED),
    "HTTP/1.0 with TE": post(TE, body=CHUNKED).replace(b"HTTP/1.1", b"HTTP/1.0", 1),
    "HTTP/0.9": b"POST /v1/notices\r\n" + HIDDEN,
    "another HTTP": post(LENGTH, body=HIDDEN).replace(b"HTTP/1.1", b"HTTP/1.9", 1),
    "a space in the path": b"GET /v1/notices HTTP/1.1 /smuggled HTTP/1.1\r\nHost: malha.test\r\n\r\n",
    "no name": post(b": x", LENGTH, body=HIDDEN),
    "a request that is upgraded": post(
        b"Connection: Upgrade, HTTP2-Settings",
        b"Upgrade: h2c",
        b"HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA",
        LENGTH,
        body=HIDDEN,
    ),
}
BODIES = {
    "of a GET": b"GET / HTTP/1.1\r\nHost: malha.test\r\n" + LENGTH + b"\r\n\r\n" + HIDDEN,
    "of a POST": post(LENGTH, body=HIDDEN),
    "in a chunk": post(TE, body=CHUNK),
    "in a chunk with an extension": post(TE, body=CHUNK.replace(b"\r\n", b";x=y\r\n", 1)),
    "before a trailer": post(TE, body=CHUNK[:-2] + b"X-Forwarded-For: 1.2.3.4\r\n\r\n"),
    "of a document, which goes through as it comes": b"PUT /v1/documents/x HTTP/1.1\r\nHost: malha.test\r\n"
    + TE
    + b"\r\n\r\n"
    + CHUNK,
}


@pytest.mark.parametrize("attack", AMBIGUOUS)
async def test_what_could_be_read_in_two_ways_hides_nothing(fortress: Fortress, attack: str) -> None:
    """It is refused, or it is one request; and no service sees what hid in it."""
    answer = await fortress.send(AMBIGUOUS[attack])
    assert "/smuggled" not in fortress.paths
    assert len(fortress.paths) <= 1
    statuses = [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]
    assert statuses or b'"code":"malformed_request"' in answer  # HTTP/0.9 knows no status
    assert max(statuses, default=0) < 500
    for seen in fortress.seen:
        assert "upgrade" not in seen.headers
        assert seen.headers.get("connection", "").lower() not in {"upgrade", "upgrade, http2-settings"}
    assert await fortress.is_well()


@pytest.mark.parametrize("kind", BODIES)
async def test_a_body_is_a_body(fortress: Fortress, kind: str) -> None:
    """What is told to be a body arrives as one, whole, and the next request after it."""
    answer = await fortress.send(BODIES[kind])
    assert [seen.body for seen in fortress.seen] == [HIDDEN, b""]
    assert [seen.path for seen in fortress.seen][1] == "/probe"
    assert "1.2.3.4" not in fortress.seen[0].headers["x-forwarded-for"]
    assert answer.count(b"HTTP/1.1 200 ") == 2


async def test_the_hidden_request_arrives_in_the_open(fortress: Fortress) -> None:
    """Sent as what it is, it is seen: so that a test that does not see it says something."""
    await fortress.send(HIDDEN)
    assert fortress.paths == ["/smuggled"]


async def test_who_asks_is_told_by_the_gateway_alone(fortress: Fortress) -> None:
    """What a client says of itself stands before what the gateway saw; and it can have nothing dropped."""
    await fortress.send(
        f"GET /v1/members HTTP/1.1\r\nHost: {NAME}\r\n"
        "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 7.7.7.7\r\nX-Forwarded-Proto: http\r\n"
        "X_Forwarded_For: 8.8.8.8\r\nAuthorization: Bearer x\r\n"
        "Connection: X-Forwarded-For, Authorization, Host\r\n\r\n".encode()
    )
    headers = fortress.seen[0].headers
    assert headers["x-forwarded-for"].rpartition(", ")[2] == "127.0.0.1"
    assert headers["x-forwarded-proto"] == "https"
    assert headers["authorization"] == "Bearer x"
    assert headers["host"] == NAME
    assert "x_forwarded_for" not in headers


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET / HTTP/1.1\r\nHost: evil.test",
        b"GET https://evil.test/ HTTP/1.1\r\nHost: malha.test",
        b"GET //evil.test/ HTTP/1.1\r\nHost: evil.test",
        b"GET / HTTP/1.1\r\nHost: malha.test\r\nHost: evil.test",
        b"GET / HTTP/1.1\r\nHost: malha.test@evil.test",
        b"GET / HTTP/1.1\r\nHost: malha.test.evil.test",
        b"GET / HTTP/1.1\r\nHost: malha.test,evil.test",
        b"GET / HTTP/1.1\r\nHost: ",
        b"GET / HTTP/1.1\r\nX: y",
    ],
)
async def test_a_host_that_is_not_ours_is_refused(fortress: Fortress, request_line: bytes) -> None:
    """Links and redirects are made of names: one that a stranger chose never gets in."""
    answer = await fortress.send(request_line + b"\r\n\r\n")
    assert fortress.paths == []
    assert answer.split(b" ")[1] in {b"400", b"421"}
    assert b"application/problem+json" in answer
