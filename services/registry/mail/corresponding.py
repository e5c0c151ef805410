"""Writes to people what needs an answer, and on Mondays what the week brought; while it leads."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import structlog

from services.registry.leader import Leader, rest
from services.registry.mail import concerns, letters, outbox, readers, weekly
from services.registry.mail.choices import Kind, Leaving
from services.registry.mail.paper import Foot
from shared.database import Connection, Database, is_transient
from shared.notices.dates import day_of
from shared.web.wording import words

log = structlog.get_logger()

LOCK: Final = 853_000_012
CHANNEL: Final = "malha_feed"
_LIFETIME: Final = timedelta(days=3)


class Patience(NamedTuple):
    """How long is waited for more before a letter is written, and until the next one of its kind."""

    gathered: timedelta = timedelta(seconds=20)
    question_pause: timedelta = timedelta(minutes=5)
    pause: timedelta = timedelta(hours=1)


def now_here() -> datetime:
    """The moment that it is, by this machine's clock."""
    return datetime.now(UTC)


class Correspondent(Leader):
    """Writes letters into the outbox while it leads; stands by otherwise."""

    name = "registry.correspondent"

    def __init__(
        self,
        database: Database,
        leaving: Leaving,
        *,
        patience: Patience = Patience(),  # noqa: B008 - a constant
        now: Callable[[], datetime] = now_here,
    ) -> None:
        """*leaving* knows what links begin with."""
        super().__init__(database, LOCK, CHANNEL)
        self._leaving = leaving
        self._patience = patience
        self._now = now

    async def lead(self, connection: Connection, stop: asyncio.Event) -> None:
        """Write until *stop*; a letter is a transaction, so nothing is ever half told."""
        await concerns.begin(connection)
        while not stop.is_set():
            self._news.clear()
            more = await concerns.follow(connection, day_of(self._now()))
            await self._write_due(connection, stop)
            await weekly.write_if_due(connection, self._now(), self._leaving, stop)
            if not more:
                await rest(self._news)

    async def _write_due(self, connection: Connection, stop: asyncio.Event) -> None:
        due = await concerns.waiting(
            connection,
            gathered=self._patience.gathered,
            question_pause=self._patience.question_pause,
            pause=self._patience.pause,
        )
        for each in due:
            if stop.is_set():
                return
            try:
                async with connection.transaction():
                    await self._write(connection, each.person, each.kind)
            except Exception as error:
                if is_transient(error):
                    raise
                # Whatever it holds, it must not hold up the others, or end the registry.
                log.exception("letter_not_written", kind=each.kind, person=each.person)
                async with connection.transaction():
                    await concerns.take(connection, each.person, each.kind)

    async def _write(self, connection: Connection, person: str, kind: Kind) -> None:
        about = await concerns.take(connection, person, kind)
        reader = await readers.reader(connection, day_of(self._now()), person)
        if reader is None or not about:
            return
        leave_url = self._leaving.url(person, kind)
        foot = Foot(
            words(reader.language).gettext(
                "Você recebe esta mensagem porque responde pelo seu membro da rede."
            ),
            f"{self._leaving.origin}/conta/avisos",
            leave_url,
        )
        of_kind = {
            "question": letters.of_questions,
            "remark": letters.of_remarks,
            "expiring": letters.of_expiring,
        }[kind]
        draft = of_kind(about, reader.language, self._leaving.origin, foot)
        await outbox.enqueue(
            connection,
            key=f"{kind}:{person}:{about[-1].item.position}",
            to=reader.email,
            language=reader.language,
            subject=draft.subject,
            text=draft.text,
            html=draft.html,
            person=person,
            leave_url=leave_url,
            lifetime=_LIFETIME,
        )
        log.info("letter_written", kind=kind, person=person, things=len(about))
