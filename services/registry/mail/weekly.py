"""The week in one letter, on Mondays: what came in by each of a reader's filters, within what they may see.

A letter for each person and week, by its key: a run that was interrupted begins again and writes what is
missing. Weeks that nobody was there to sum up are left out, but for the last. Connection first.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final
from urllib.parse import parse_qsl

import msgspec
import structlog
from multidict import MultiDict

from services.registry import queries
from services.registry.mail import outbox, readers
from services.registry.mail.choices import Leaving
from services.registry.mail.paper import (
    Block,
    Button,
    Entries,
    Entry,
    Foot,
    Heading,
    Paragraph,
    quoted,
    written,
)
from services.registry.mail.readers import Reader, Subscriber
from shared.database import Connection, is_transient
from shared.notices.dates import TIMEZONE
from shared.notices.feed import FeedItem, Filter, stricter
from shared.notices.findings import InvalidFilter
from shared.notices.sentences import Language
from shared.web.shown import shown_day, shown_days, shown_number
from shared.web.wording import words

log = structlog.get_logger()

HOUR: Final = time(7)
"""When the letters of a week are written, in America/Sao_Paulo."""
MOST_NAMED: Final = 8
"""Facts of one filter that a letter names; the others are counted."""
CHUNK_ITEMS: Final = 500
_WEEK: Final = timedelta(days=7)
_LEFT_OUT: Final = ("br.malha.ledger.", "br.malha.member.", "br.malha.clock.silent.")
_read_item = msgspec.json.Decoder(FeedItem).decode


class Section:
    """What one filter of one reader found: how many facts, and the newest of them."""

    def __init__(self, name: str | None, wanted: Filter, reader: Reader, *, own: bool = False) -> None:
        """*name* None: the reader keeps no filter. *own*: of the reader's member alone."""
        self.name = name
        self.count = 0
        self.withheld = 0
        """How many of them are restricted: those are not named."""
        self.newest: deque[FeedItem] = deque(maxlen=MOST_NAMED)
        self._wanted = wanted
        self._scope = reader.scope
        self._member = reader.member if own else None

    def take(self, item: FeedItem) -> None:
        """Count *item* if it is wanted, and the reader may see it."""
        if self._member not in (None, item.member.id):
            return
        if not self._wanted.matches(item) or not self._scope.sees(item.visibility, item.member.id):
            return
        self.count += 1
        if item.visibility == "restricted":
            self.withheld += 1
        else:
            self.newest.append(item)


def sections_of(subscriber: Subscriber) -> list[Section]:
    """A section for each filter; without any, a member hears of itself, and the others of the network."""
    reader = subscriber.reader
    sections = []
    for each in subscriber.filters:
        try:
            wanted = Filter.parse(MultiDict(parse_qsl(each.query)))
        except InvalidFilter:  # kept when such a filter still was one
            log.warning("saved_filter_unreadable", filter=each.id)
            continue
        sections.append(Section(each.name, wanted, reader))
    return sections or [Section(None, Filter(), reader, own=reader.role == "member")]


_WEEK_TOLD: Final = "SELECT week FROM correspondence"
_TELL: Final = "UPDATE correspondence SET week = $1"


async def write_if_due(connection: Connection, now: datetime, leaving: Leaving, stop: asyncio.Event) -> None:
    """Write the letters of the week that ended last, unless they are written or Monday is too young."""
    here = now.astimezone(TIMEZONE)
    monday = here.date() - timedelta(days=here.weekday())
    if here < datetime.combine(monday, HOUR, TIMEZONE):
        return
    told: date | None = await connection.fetchval(_WEEK_TOLD)
    if told is not None and told >= monday:
        return
    if told is not None and not await _write(connection, monday, leaving, stop):
        return
    await connection.execute(_TELL, monday)


async def _write(connection: Connection, monday: date, leaving: Leaving, stop: asyncio.Event) -> bool:
    """Write them; False if *stop* came first."""
    subscribers = await readers.subscribers(connection, monday, _key(monday))
    letters = [(subscriber.reader, sections_of(subscriber)) for subscriber in subscribers]
    if letters:
        async for items in _of_week(connection, monday):
            if stop.is_set():
                return False
            for item in items:
                for _reader, sections in letters:
                    for section in sections:
                        section.take(item)
    count = 0
    for reader, sections in letters:
        if stop.is_set():
            return False
        if any(section.count for section in sections):
            count += await _write_one(connection, monday, reader, sections, leaving)
    log.info("week_told", week=monday.isoformat(), letters=count)
    return True


_SPAN: Final = """
SELECT coalesce(min(position) - 1, 0), coalesce(max(position), 0) FROM entry
WHERE registered_at >= $1 AND registered_at < $2
"""


async def _of_week(connection: Connection, monday: date) -> AsyncIterator[list[FeedItem]]:
    """The facts of the seven days before *monday*, a few at a time, history that was loaded left out."""
    until = datetime.combine(monday, time(), TIMEZONE)
    position, last = await connection.fetchrow(_SPAN, until - _WEEK, until) or (0, 0)
    while position < last:
        rows = await queries.feed(connection, after=position, limit=CHUNK_ITEMS)
        if not rows:
            return
        position = rows[-1].position
        items = [_as_of_now(row) for row in rows if row.position <= last]
        yield [item for item in items if not item.backfill and not item.type.startswith(_LEFT_OUT)]
        await asyncio.sleep(0)


def _as_of_now(row: queries.FeedRow) -> FeedItem:
    item = _read_item(row.item)
    if row.visibility is None:
        return item
    return msgspec.structs.replace(item, visibility=stricter(item.visibility, row.visibility))


def _key(monday: date) -> str:
    return f"digest:{monday}:"


async def _write_one(
    connection: Connection, monday: date, reader: Reader, sections: Sequence[Section], leaving: Leaving
) -> bool:
    say = words(reader.language)
    leave_url = leaving.url(reader.id, "digest")
    foot = Foot(
        say.gettext("Você recebe este resumo às segundas-feiras, quando houve novidades."),
        f"{leaving.origin}/conta/avisos",
        leave_url,
    )
    title = _title(sum(section.count for section in sections), len(sections), monday, reader.language)
    told = written(reader.language, title, blocks_of(sections, reader.language, leaving.origin), foot)
    try:
        return await outbox.enqueue(
            connection,
            key=f"{_key(monday)}{reader.id}",
            to=reader.email,
            language=reader.language,
            subject=title,
            text=told.text,
            html=told.html,
            person=reader.id,
            leave_url=leave_url,
        )
    except Exception as error:
        if is_transient(error):
            raise
        log.exception("letter_not_written", kind="digest", person=reader.id)  # the others have theirs
        return False


def _title(count: int, filters: int, monday: date, language: Language) -> str:
    say = words(language)
    days = shown_days(monday - _WEEK, monday - timedelta(days=1), language)
    if filters > 1:  # a fact may be in two of them: their sum would say too much
        return say.gettext("Resumo da semana, {days}").format(days=days)
    facts = say.ngettext("{n} fato", "{n} fatos", count).format(n=shown_number(count, language))
    return say.gettext("Resumo da semana, {days}: {facts}").format(days=days, facts=facts)


def blocks_of(sections: Sequence[Section], language: Language, origin: str) -> list[Block]:
    """What a letter says of its sections; those that found nothing are named last, in one sentence."""
    say = words(language)
    blocks: list[Block] = []
    for section in sections:
        if not section.count:
            continue
        facts = say.ngettext("{n} fato", "{n} fatos", section.count).format(
            n=shown_number(section.count, language)
        )
        if section.name is not None:
            blocks.append(Heading(f"{quoted(section.name)}: {facts}"))
        entries = [_entry(item, language, origin) for item in reversed(section.newest)]
        if entries:
            blocks.append(Entries(entries))
        others = section.count - section.withheld - len(entries)
        if others > 0:
            blocks.append(
                Paragraph(
                    say.ngettext("E mais um fato.", "E mais {n} fatos.", others).format(
                        n=shown_number(others, language)
                    )
                )
            )
        if section.withheld:
            said = say.ngettext(
                "Um fato é de acesso restrito: entre para ver.",
                "{n} fatos são de acesso restrito: entre para ver.",
                section.withheld,
            )
            blocks.append(Paragraph(said.format(n=shown_number(section.withheld, language))))
    silent = [quoted(section.name) for section in sections if not section.count and section.name is not None]
    if silent:
        blocks.append(Paragraph(say.gettext("Sem novidades: {names}.").format(names="; ".join(silent))))
    blocks.append(Button(say.gettext("Abrir o painel"), f"{origin}/"))
    return blocks


def _entry(item: FeedItem, language: Language, origin: str) -> Entry:
    headline = quoted(item.headline.in_language(language))
    day = shown_day(item.registered_at.astimezone(TIMEZONE).date(), language)
    where = f"/acordos/{item.agreement.id}" if item.agreement else f"/protocolos/{item.protocol}"
    return Entry(headline, f"{origin}{where}", f"{quoted(item.member.name)} · {day}")
