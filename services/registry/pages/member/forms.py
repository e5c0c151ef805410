"""What a small form brought, and what it could not mean."""

from typing import Final
from urllib.parse import parse_qsl

from aiohttp import web
from multidict import MultiDict

from shared.http import read_body

LONGEST_BYTES: Final = 16 * 1024
_NUL: Final = "\x00"


async def fields(request: web.Request) -> MultiDict[str]:
    """The fields, as text without NUL. Raises TooLarge (413) past LONGEST_BYTES, RequestTimeout (408)."""
    body = await read_body(request, LONGEST_BYTES)
    told = parse_qsl(body.decode(errors="replace").replace("%00", ""), keep_blank_values=True)
    return MultiDict((name.replace(_NUL, ""), value.replace(_NUL, "")) for name, value in told)


def line(value: str | None) -> str:
    """*value* in one line, its spaces single."""
    return " ".join((value or "").split())
