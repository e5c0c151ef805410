"""The console: what is happening, live, and the map; for whoever has no session, a welcome.

Rendered on the server with the facts of this moment; the module continues from exactly that position.
"""

from datetime import datetime
from typing import Any, Final, NamedTuple

from aiohttp import web
from babel.dates import format_datetime

from services.notifier.feed import Audience, Ring
from services.notifier.pages import script
from services.notifier.pages.asked import Asked
from services.notifier.sse import Stream
from shared import doors
from shared.accounts import Caller, scope_of
from shared.directory import DirectoryFollower, Member
from shared.notices.dates import TIMEZONE
from shared.notices.feed import FeedItem
from shared.notices.sentences import Language
from shared.web import page, page_language, words_of
from shared.web.addresses import member_path
from shared.web.shown import LOCALES
from shared.web.wording import Words

SHOWN_ITEMS: Final = 50
LOOKED_AT: Final = 5_000
"""How far back the page looks for facts that were asked for: each one that a filter judges costs time."""
_MOMENTS: Final[dict[Language, str]] = {"pt": "d 'de' MMM, HH:mm", "en": "d MMM, HH:mm"}


class _Shown(NamedTuple):
    """A feed item as the page shows it; empty texts are hidden."""

    position: str = ""
    headline: str = ""
    title: str = ""
    address: str = ""
    member: str = ""
    kind: str = ""
    name: str = ""
    place: str = ""
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
        """The console for whoever is signed in, a welcome for everybody else."""
        say = words_of(request)
        if caller.role == "anonymous":
            public = {"cities": self._cities(), "script": script.of_the_map(say)}
            return page(request, "notifier/welcome.html", public)
        asked = Asked.of(request)
        language = page_language(request)
        can_judge = self._stream.can_judge()
        audience = Audience(scope_of(caller), asked.filter)
        items = self._ring.latest(audience, SHOWN_ITEMS, among=LOOKED_AT) if can_judge else []
        context: dict[str, Any] = {
            "position": self._ring.head if can_judge else None,
            "caller": caller,
            "asked": asked,
            "choices": asked.choices(say, language),
            "only": asked.members(self._directory.current),
            "cities": self._cities(),
            "items": [_shown(item, language, say) for item in items],
            "blank": _Shown(),
            "script": script.of_the_console(say),
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


def _shown(item: FeedItem, language: Language, say: Words) -> _Shown:
    return _Shown(
        position=str(item.position),
        headline=item.headline.in_language(language),
        title=(item.agreement and item.agreement.title) or "",
        address="" if item.agreement is None else f"/acordos/{item.agreement.id}",
        member=item.member.id,
        kind=item.member.kind,
        name=item.member.name,
        place=member_path(item.member.id),
        instant=item.registered_at.isoformat(),
        shown=_moment(item.registered_at, language),
        visibility=script.visibilities(say).get(item.visibility, ""),
        remarks=_count(item.remarks, say),
    )


def _moment(instant: datetime, language: Language) -> str:
    return format_datetime(instant, _MOMENTS[language], tzinfo=TIMEZONE, locale=LOCALES[language])


def _count(remarks: int, say: Words) -> str:
    return (
        "" if remarks == 0 else say.ngettext("{n} observação", "{n} observações", remarks).format(n=remarks)
    )
