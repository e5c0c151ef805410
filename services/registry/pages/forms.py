"""What a form brought, whatever bytes it was sent as."""

from typing import Final
from urllib.parse import parse_qsl

from aiohttp import web
from multidict import MultiDict

from shared.http import read_body

LONGEST_BYTES: Final = 128 * 1024
"""10,000 characters of any script, percent-encoded, and what goes with them."""


async def fields(request: web.Request) -> MultiDict[str]:
    """The fields, as text without NUL; what is no UTF-8 stands as U+FFFD.

    Raises TooLarge (413) past LONGEST_BYTES, RequestTimeout (408).
    """
    body = await read_body(request, LONGEST_BYTES)
    told = parse_qsl(body.decode(errors="replace"), keep_blank_values=True)
    return MultiDict((name.replace("\x00", ""), value.replace("\x00", "")) for name, value in told)


def line(value: str | None) -> str:
    """*value* in one line, its spaces single."""
    return " ".join((value or "").split())
