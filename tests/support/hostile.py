"""Requests of somebody who means harm, as bytes on a line: every trick in every place of the interface."""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, Final
from urllib.parse import quote

from shared.doors import DOORS
from tests.support.contract import applications, operations
from tests.support.events import event
from tests.support.raw_line import Answer, Hostile, Line

MARK: Final = "<malha-hostile>"
"""Stands in each trick of markup; in a page it must stand as text."""
TRICKS: Final = (
    "", " ", "\0", "a\0b", "\r\nX-Hostile: 1", "%0d%0aX-Hostile:%201", "'", "' OR '1'='1",
    "'; DROP TABLE entry;--", '" OR ""="', "\\", "%", "%%", "%s%s%n", "{{7*7}}", "${7*7}",
    "{% include '/etc/passwd' %}", "$(id)", "`id`", "; id", "| id", "../../../../etc/passwd",
    "..%2f..%2f..%2fetc%2fpasswd", "....//....//etc/passwd", "/etc/passwd%00.pdf", "file:///etc/passwd",
    "http://169.254.169.254/latest/meta-data/", "gopher://127.0.0.1:6379/", f'"><script>{MARK}</script>',
    f"javascript:{MARK}", f"'-{MARK}-'", f"<svg/onload={MARK}>", "<!--", "]]>",
    '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>', '=HYPERLINK("http://evil.test")',
    "+1", "-1", "0", "1", "-0", "1e999", "NaN", "Infinity", "9" * 20, "9" * 400, "18446744073709551616",
    "0x41", "1_000", "\u0661\u0662", "\u00b2", "\uff11", "\ufdfa" * 40, "\u202e\u2066", "\ufeff",
    "\U0001f600", "i\u0307\u0131\u0130", "null", "true", "undefined", "[]", "{}", "[[[[[[[[", "*", "?",
    "(" * 200, "(a+)+$", "a" * 300, "a" * 5_000, "2026-02-30", "0000-00-00", "9999-12-31",
    "0001-01-01T00:00:00-23:59", "2026-11-21T15:00:00+99:99", "24:00", "AG-7FJRXBPMCRCB7",
    "MG-7FJRXBPMCRCB7", "3106200", "31", "org-", "org-" + "a" * 200, "PT|" * 50, "Q0", "bytes=0-",
    "bytes=-1", "bytes=9-1", "bytes=0-0,1-1,2-2," * 40, "*/*;q=nan", "en;q=1e309", "text/html;" * 50,
    "gzip, deflate, br, zstd", "identity;q=0, *;q=0", "wait=999999999999", 'wait="', 'W/""',
    '"a", W/"b", *', "multipart/form-data", 'multipart/form-data; boundary="',
    "application/json; charset=utf-16", "a/b;c=d;" * 60, "100-continue", "Bearer ",
    "Bearer mlh_test_aaaaaaaaaaaa_" + "0" * 64, "Basic Og==", "malha_session=", "a=b; " * 80,
    "unknown, 127.0.0.1", "[::1", "::ffff:127.0.0.1%lo", "00-" + "0" * 32 + "-" + "0" * 16 + "-01",
)  # fmt: skip
HEADERS: Final = (
    "Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Cookie", "Content-Type",
    "Content-Encoding", "Expect", "If-Match", "If-Modified-Since", "If-None-Match", "If-Range",
    "Last-Event-ID", "Origin", "Prefer", "Range", "Referer", "Sec-Fetch-Site", "User-Agent",
    "X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "X-HTTP-Method-Override", "X-Original-URL",
    "traceparent", "tracestate", "ce-id", "ce-type", "ce-source", "ce-specversion", "ce-time",
    "ce-member", "ce-subject", "ce-backfill", "Upgrade", "Via", "TE", "Cache-Control",
)  # fmt: skip
_METHODS: Final = (
    "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get",
    "X" * 40,
)  # fmt: skip
_NEVER: Final = {"/sair"}
"""Whoever is signed in would be signed out."""
_FIELDS: Final = (
    "member", "subject", "title", "once", "signed_on", "partners.0.name", "partners.0.country", "type",
    "gate", "nome", "email", "codigo", "de", "ids", "reason", "why", "q", "note", "document.sha256",
    "conta", "text",
)  # fmt: skip
_ASKERS: Final = ("anonymous", "member", "coordination", "person")


def requests(count: int, seed: int = 853) -> list[Hostile]:
    """*count* of them, from all kinds by turns, always the same for one *seed*."""
    choose = random.Random(seed)  # noqa: S311 (which ones is no secret)
    kinds = [list(kind()) for kind in (_addresses, _headers, _bodies, _forms, _methods)]
    for kind in kinds:
        choose.shuffle(kind)
    turns = [each for turn in _by_turns(kinds) for each in turn][:count]
    return [each._replace(asker=_ASKERS[number % len(_ASKERS)]) for number, each in enumerate(turns)]


def _by_turns(kinds: Sequence[list[Hostile]]) -> Iterator[list[Hostile]]:
    for at in range(max(map(len, kinds))):
        yield [kind[at] for kind in kinds if at < len(kind)]


def _pages(method: str) -> list[str]:
    doors = {door for app in applications().values() if DOORS in app for door in app[DOORS]}
    return sorted({door.path for door in doors if door.method == method} - _NEVER)


def _said(text: str) -> str:
    return quote(text, safe="%")


def _addresses() -> Iterator[Hostile]:
    """Each parameter of each operation and page, with each trick for its value."""
    for method, path, told in operations():
        names = [each["name"] for each in told.get("parameters", ()) if each["in"] == "query"]
        for name, trick in product(names, TRICKS):
            yield Hostile(method, f"{_filled(path, '3106200')}?{_said(name)}={_said(trick)}")
        yield from (Hostile(method, _filled(path, _said(trick))) for trick in TRICKS if "{" in path)
    for path, trick in product(_pages("GET"), TRICKS):
        name = ("q", "de", "lang", "member", "cursor", "as_of", "feito")[len(trick + path) % 7]
        yield Hostile(
            "GET", f"{_filled(path, _said(trick))}?{name}={_said(trick)}", (("Accept", b"text/html"),)
        )


def _filled(path: str, value: str) -> str:
    return re.sub(r"\{[^}]*\}", lambda _: value or "%20", path)


def _headers() -> Iterator[Hostile]:
    """Each header, with each trick, on an address of each service."""
    targets = (("GET", "/v1/agreements"), ("GET", "/"), ("POST", "/v1/notices"), ("GET", "/acordos"),
               ("GET", "/v1/stream"), ("POST", "/v1/imports"), ("GET", "/v1/members/3106200"))  # fmt: skip
    for at, (name, trick) in enumerate(product(HEADERS, TRICKS)):
        value = re.sub(rb"[\r\n\0]", b"\xff", trick.encode())
        method, target = targets[at % len(targets)]
        yield Hostile(method, target, ((name, value),), b"{}" if method == "POST" else b"")


def _bodies() -> Iterator[Hostile]:
    """Notices with each trick in each place, in each mode; and what is no JSON at all."""
    modes = ("application/cloudevents+json", "application/json", "application/cloudevents-batch+json")
    places = [*event(), *(f"data.{name}" for name in event()["data"]), "data.partners.name", "data.x"]
    for at, (place, trick) in enumerate(product(places, TRICKS)):
        told = json.dumps(
            _with(event(id=f"h{at}"), place.split("."), trick), ensure_ascii=at % 2 == 0
        ).encode()
        mode = modes[at % 3]
        told = b"[" + told + b"]" if "batch" in mode else told
        told = told.replace(b"\\u0000", b"\0") if at % 5 == 0 else told
        path = "/v1/notices/validate" if at % 4 else "/v1/notices"
        yield Hostile("POST", path, (("Content-Type", mode.encode()),), told)


def _with(told: dict[str, Any], place: list[str], trick: str) -> dict[str, Any]:
    inner: Any = told
    for step in place[:-1]:
        inner = inner[step]
        inner = inner[0] if isinstance(inner, list) else inner
    inner[place[-1]] = trick
    return told


def _forms() -> Iterator[Hostile]:
    """Each form and upload, with each trick in a field; some as multipart, some with parts that break off."""
    for at, (path, trick) in enumerate(product([*_pages("POST"), "/v1/imports"], TRICKS)):
        field = _FIELDS[at % len(_FIELDS)]
        if at % 3 or path == "/v1/imports":
            kind, told = (
                b"application/x-www-form-urlencoded",
                f"{field}={_said(trick)}&{_said(trick)}=1".encode(),
            )
        if at % 3 == 0 or path == "/v1/imports":
            name, content = (field, trick) if at % 2 else ("file", "a;b\r\n" + trick)
            kind = b"multipart/form-data; boundary=x"
            told_of = f'Content-Disposition: form-data; name="{name}"; filename="{at}"'
            part = f"--x\r\n{told_of}\r\n\r\n{content}\r\n--x"
            told = part.encode() + (b"--\r\n" if at % 4 else b"")
        yield Hostile(
            "POST", _filled(path, "3106200"), (("Content-Type", kind), ("Accept", b"text/html")), told
        )


def _methods() -> Iterator[Hostile]:
    """Each method on each address."""
    paths = sorted({path for _, path, _ in operations()} | {*_pages("GET")} | {*_pages("POST")})
    for method, path in product(_METHODS, paths):
        yield Hostile(
            method, _filled(path, "3106200"), body=b"{}" if method in {"POST", "PUT", "PATCH"} else b""
        )


def faults(request: Hostile, answer: Answer) -> list[str]:
    """What is wrong with *answer*, whatever was asked."""
    found = []
    if answer.status >= 500:
        found.append(f"{answer.status} {answer.body[:300]!r}")
    if "\r\nx-hostile:" in answer.head:
        found.append("a header of theirs")
    if "\r\nx-content-type-options: nosniff" not in answer.head and answer.status != 101:
        found.append("no security headers")
    if "text/html" in answer.head and MARK.encode() in answer.body:
        found.append("their markup")
    if re.search(rb"Traceback|root:x:0|asyncpg\.|File \"/", answer.body):
        found.append(f"what is inside: {answer.body[:300]!r}")
    return [f"{request}: {fault}" for fault in found]


async def attack(
    port: int, proofs: dict[str, bytes], told: Sequence[Hostile], lines: int, seconds: float
) -> tuple[list[str], Counter[int]]:
    """Send all of them over so many *lines* at once; what was wrong with the answers, and their statuses."""
    waiting = iter(told)
    found: list[str] = []
    statuses: Counter[int] = Counter()

    async def go_on() -> None:
        line = Line(port, proofs, seconds)
        try:
            for request in waiting:
                try:
                    answer = await line.ask(request)
                except (TimeoutError, ConnectionError) as error:
                    found.append(f"{request}: {error!r}")
                else:
                    statuses[answer.status] += 1
                    found.extend(faults(request, answer))
        finally:
            line.close()

    await asyncio.gather(*(go_on() for _ in range(lines)))
    return found, statuses
