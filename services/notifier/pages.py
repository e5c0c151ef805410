"""The console: what is happening, live, and of each city how many agreements it has.

Rendered on the server with the facts of this moment; the module continues from exactly that position.
"""

from datetime import datetime
from typing import Any, Final, NamedTuple

from aiohttp import web
from babel.dates import format_datetime

from services.notifier.feed import Audience, Ring
from services.notifier.sse import Stream
from shared import doors
from shared.accounts import Caller, scope_of, session_of
from shared.directory import DirectoryFollower, Member
from shared.notices.dates import TIMEZONE
from shared.notices.feed import FeedItem, Filter
from shared.notices.sentences import Language
from shared.web import page, page_language, words

SHOWN_ITEMS: Final = 50
_LOCALES: Final[dict[Language, str]] = {"pt": "pt_BR", "en": "en"}
_TIME_FORMATS: Final[dict[Language, str]] = {"pt": "d 'de' MMM, HH:mm", "en": "d MMM, HH:mm"}


class _Shown(NamedTuple):
    """A feed item as the page shows it; empty texts are hidden."""

    position: str = ""
    headline: str = ""
    title: str = ""
    member: str = ""
    kind: str = ""
    name: str = ""
    instant: str = ""
    shown: str = ""
    visibility: str = ""
    remarks: str = ""


class Console:
    """Answers `/`."""

    def __init__(self, ring: Ring, stream: Stream, directory: DirectoryFollower) -> None:
        self._ring = ring
        self._stream = stream
        self._directory = directory

    async def answer(self, request: web.Request, caller: Caller) -> web.Response:
        """The console for whoever has a session, a page that says how to get one for everybody else."""
        session = session_of(request)
        if session is None:
            return page(request, "notifier/door.html", {})
        language = page_language(request)
        can_judge = self._stream.can_judge()
        audience = Audience(scope_of(caller), Filter())
        items = self._ring.latest(audience, SHOWN_ITEMS) if can_judge else []
        context: dict[str, Any] = {
            "position": self._ring.head if can_judge else None,
            "expires": session.expires,
            "cities": self._cities(),
            "items": [_shown(item, language) for item in items],
            "blank": _Shown(),
        }
        return page(request, "notifier/console.html", context)

    def _cities(self) -> list[Member]:
        directory = self._directory.current
        if directory is None:
            return []
        return [member for member in directory.members if member.kind == "municipality"]


def install(app: web.Application, console: Console) -> None:
    """Add the console to *app*."""
    doors.install(app, "services.notifier")
    doors.add_page(app, "GET", "/", console.answer, allowed=doors.EVERYBODY)


def _shown(item: FeedItem, language: Language) -> _Shown:
    told = words(language)["script"]
    return _Shown(
        position=str(item.position),
        headline=item.headline.in_language(language),
        title=(item.agreement and item.agreement.title) or "",
        member=item.member.id,
        kind=item.member.kind,
        name=item.member.name,
        instant=item.registered_at.isoformat(),
        shown=_time(item.registered_at, language),
        visibility=told["visibility"].get(item.visibility, ""),
        remarks=_count(item.remarks, told["remarks_one"], told["remarks"]),
    )


def _time(instant: datetime, language: Language) -> str:
    return format_datetime(instant, _TIME_FORMATS[language], tzinfo=TIMEZONE, locale=_LOCALES[language])


def _count(number: int, one: str, many: str) -> str:
    if number == 0:
        return ""
    return one if number == 1 else many.format(n=number)
