"""`/quadros/silencio`: who was not heard for a year, who was never heard, who declared nothing."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

from aiohttp import web

from services.registry import queries
from services.registry.http.answers import connection_of
from services.registry.http.members import contact_of
from services.registry.http.paging import bad_cursor, cursor
from services.registry.pages.boards.asked import ROWS, Asked, export
from services.registry.shapes import Contact
from services.registry.watch import almanac
from shared import web as look
from shared.accounts import Caller
from shared.notices.dates import day_of

Voice = Literal["silent", "never", "nil", "heard"]
VOICES: Final[tuple[Voice, ...]] = ("silent", "never", "nil", "heard")
"""Heard once, and not for 12 months; never; declared nothing of late; heard of late."""
_HEARD: Final = {"silent": "silent_12_months", "never": "never", "nil": None, "heard": "recently"}
_LIST: Final = "silence"


class Row(NamedTuple):
    """A municipality, for how many days it has been silent, and where its office can be reached."""

    member: queries.MemberRow
    days: int | None
    contact: Contact | None


def voice_of(row: queries.MemberRow, at: datetime) -> Voice:
    """Which of VOICES is that of a municipality at an instant."""
    if row.last_heard_at is None:
        return "never"
    year_ago = almanac.first_instant(almanac.a_year_before(day_of(at)) + timedelta(1))
    if row.last_heard_at < year_ago:
        return "silent"
    return "nil" if row.last_nil_return is not None else "heard"


async def counts(connection: queries.Connection, at: datetime) -> Counter[Voice]:
    """How many municipalities have each of VOICES."""
    return Counter(voice_of(row, at) for row in await queries.members(connection, kind="municipality"))


async def get_silence(request: web.Request, _caller: Caller) -> web.Response:
    """The board, by who says what and by region; the longest silent first."""
    asked = Asked(request, ("mesoregion", "voice"))
    voice: str = asked.parameters.one_of("voice", VOICES) or "silent"
    region = asked.mesoregion
    async with connection_of(request) as connection:
        every = await queries.members(connection, kind="municipality", mesoregion=region)
        voices = Counter(voice_of(row, asked.paging.now) for row in every)
        chosen = sorted(
            (row for row in every if voice_of(row, asked.paging.now) == voice),
            key=lambda row: (row.last_heard_at or asked.paging.now, queries.folded(row.name)),
        )
        begin = _place(asked, len(chosen))
        shown = chosen[begin : begin + ROWS]
        contacts = await queries.contacts(connection, [row.id for row in shown], None)
    following = cursor(_LIST, begin + ROWS) if len(chosen) > begin + ROWS else None
    return look.page(
        request,
        "registry/boards/silence.html",
        {
            **asked.context(following),
            "rows": _rows(shown, contacts, asked),
            "voice": voice,
            "voices": [(each, voices[each]) for each in VOICES],
            "count": len(chosen),
            "export": export(
                "/v1/members",
                kind="municipality",
                mesoregion=region,
                heard=_HEARD[voice],
                nil_return="true" if voice == "nil" else None,
            ),
        },
    )


def _rows(shown: Sequence[queries.MemberRow], contacts: dict[str, str], asked: Asked) -> list[Row]:
    return [
        Row(
            row,
            None if row.last_heard_at is None else (asked.paging.now - row.last_heard_at).days,
            contact_of(contacts.get(row.id)),
        )
        for row in shown
    ]


def _place(asked: Asked, most: int) -> int:
    key = asked.paging.key(_LIST)
    if key is None:
        return 0
    if not key.isdecimal() or not key.isascii() or len(key) > len("853"):
        raise bad_cursor()
    return min(int(key), most)
