"""On which day, and as known when: `as_of` and `known_at`."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import msgspec

from services.registry import queries
from services.registry.http.parameters import Parameters, read_day
from shared.notices.dates import TIMEZONE, day_of, read_instant
from shared.notices.sentences import Sentence
from shared.problems import InvalidParameter

NAMES: Final = frozenset({"as_of", "known_at"})
_NO_INSTANT: Final = Sentence(
    "Informe um instante como 2026-12-31T23:59:59-03:00, ou um dia (vale o fim dele em Minas Gerais).",
    "Give an instant such as 2026-12-31T23:59:59-03:00, or a day (its end in Minas Gerais is meant).",
)
_AHEAD: Final = Sentence(
    "Este instante ainda não chegou: o registro só responde pelo que já soube.",
    "This instant has not come yet: the registry answers only for what it has known.",
)


class Asked(msgspec.Struct, frozen=True):
    """The day of the answer, the instant it is known at, and whether that instant was asked for."""

    as_of: date
    known_at: datetime
    past: bool

    async def moment(self, connection: queries.Connection) -> queries.Moment:
        """The same in the words of the queries: what is known now, or was at a position."""
        if not self.past:
            return queries.Moment(self.as_of)
        return queries.Moment(self.as_of, await queries.position_at(connection, self.known_at))


def asked(parameters: Parameters, now: datetime) -> Asked:
    """What `as_of` and `known_at` ask for; without them today, as known at *now*. InvalidParameter."""
    as_of = parameters.day("as_of") or day_of(now)
    text = parameters.given("known_at")
    if text is None:
        return Asked(as_of, now, past=False)
    return Asked(as_of, _instant(text, now), past=True)


def _instant(text: str, now: datetime) -> datetime:
    day = read_day(text)
    if day is not None:
        if day > day_of(now):
            raise InvalidParameter("known_at", _AHEAD)
        end = datetime.combine(day + timedelta(1), time(), TIMEZONE).astimezone(UTC)
        return min(end - timedelta(microseconds=1), now)
    try:
        instant = read_instant(text)
    except ValueError:
        raise InvalidParameter("known_at", _NO_INSTANT) from None
    if instant > now:
        raise InvalidParameter("known_at", _AHEAD)
    return instant
