"""What a process puts off when it has too much to do: imports, then history, then files; never live notices.

Each signal says how much there is of something that should be little: seconds that confirms take, messages
that wait. At its first limit imports are put off, at its second history too, at its third files as well. What
is put off is told so at once, with a time to come back: it would only have waited, and made others wait.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Final, Literal, NamedTuple, get_args

import structlog
from aiohttp import web

from shared import metrics
from shared.broker import sleep
from shared.lifecycle import PARTS, Readiness
from shared.notices.sentences import Sentence
from shared.problems import Unavailable
from shared.settings import ServiceSettings

log = structlog.get_logger()

Kind = Literal["imports", "backfill", "exports"]
ORDER: Final[tuple[Kind, ...]] = get_args(Kind)
"""What is put off, the first one first."""

SAMPLE_SECONDS: Final = 0.5
RISING_SAMPLES: Final = 2
"""So many in a row must say that it is too much: one is a hiccup."""
CALM_SECONDS: Final = 10.0
"""So long it must be well below a limit before what was put off is taken again."""
CALM_SHARE: Final = 0.5
RETRY_AFTER_SECONDS: Final = 30
NEVER: Final = float("inf")

_PUT_OFF: Final[dict[Kind, Sentence]] = {
    "imports": Sentence(
        "Há muito movimento agora, e as planilhas esperam para que os avisos passem. Nada foi enviado:"
        " envie o mesmo arquivo de novo daqui a pouco.",
        "There is much to do now, and spreadsheets wait so that notices pass. Nothing was sent: send the same"
        " file again in a while.",
    ),
    "backfill": Sentence(
        "Há muito movimento agora, e o histórico espera para que os avisos novos passem. Nada foi aceito:"
        " envie o mesmo de novo daqui a pouco.",
        "There is much to do now, and history waits so that new notices pass. Nothing was accepted: send the"
        " same again in a while.",
    ),
    "exports": Sentence(
        "Há muito movimento agora, e os arquivos esperam para que as consultas passem. Peça de novo daqui a"
        " pouco.",
        "There is much to do now, and files wait so that questions pass. Ask again in a while.",
    ),
}


class Signal(NamedTuple):
    """Something that should be little."""

    name: str
    """As the metric's label has it."""
    told: str
    """What there is too much of, with {0}: for operators."""
    read: Callable[[], float]
    limits: tuple[float, float, float]
    """From where on imports, history, files are put off."""


class Pressure:
    """Reads the signals twice a second."""

    name = "pressure"

    def __init__(self, *, puts_off: bool = True, clock: Callable[[], float] = time.monotonic) -> None:
        """It only watches if it *puts_off* nothing; *clock* is for tests."""
        self._puts_off = puts_off
        self._clock = clock
        self._signals: list[Signal] = []
        self._level = 0
        self._rising = 0
        self._calm_since: float | None = None
        self._why = ""
        self._lag_seconds = 0.0
        for kind in ORDER:
            metrics.SHEDDING.labels(kind).set(0)
        self.add(Signal("loop", "this process is {0:.2f} s late", lambda: self._lag_seconds, (1.0, 2.0, 4.0)))

    def add(self, signal: Signal) -> None:
        """Heed *signal*, too."""
        self._signals.append(signal)

    def readiness(self) -> Readiness:
        """Ready: what is put off is put off on purpose; the detail says what, and why."""
        kinds = ", ".join(ORDER[: self._level])
        return Readiness(ok=True, detail=f"puts off {kinds}: {self._why}" if kinds else None)

    def require(self, kind: Kind) -> None:
        """Raise Unavailable (503) while *kind* is put off."""
        if ORDER.index(kind) < self._level:
            metrics.SHED.labels(kind).inc()
            raise Unavailable(_PUT_OFF[kind], retry_after_seconds=RETRY_AFTER_SECONDS)

    async def run(self, stop: asyncio.Event) -> None:
        """Read until *stop*."""
        while not stop.is_set():
            due = self._clock() + SAMPLE_SECONDS
            await sleep(SAMPLE_SECONDS, stop)
            self._lag_seconds = max(0.0, self._clock() - due)
            self.sample()

    def sample(self) -> None:
        """Read every signal once, and judge."""
        found, why, calm = 0, "", 0
        for signal in self._signals:
            value = signal.read()
            metrics.PRESSURE.labels(signal.name).set(value / signal.limits[0])
            level = sum(value >= limit for limit in signal.limits)
            if level > found:
                found, why = level, signal.told.format(value)
            calm = max(calm, sum(value >= limit * CALM_SHARE for limit in signal.limits))
        if self._puts_off:
            self._judge(found, why, calm)

    def _judge(self, found: int, why: str, calm: int) -> None:
        """Rise after two samples in a row; fall, a step at a time, after a calm while."""
        now = self._clock()
        self._rising = self._rising + 1 if found > self._level else 0
        if self._rising >= RISING_SAMPLES:
            self._rising = 0
            self._calm_since = None
            self._set(found, why)
        elif calm >= self._level:
            self._calm_since = None
        elif self._calm_since is None:
            self._calm_since = now
        elif now - self._calm_since >= CALM_SECONDS:
            self._calm_since = now
            self._set(self._level - 1, self._why)

    def _set(self, level: int, why: str) -> None:
        rose = level > self._level
        self._level, self._why = level, why if level else ""
        for place, kind in enumerate(ORDER):
            metrics.SHEDDING.labels(kind).set(place < level)
        if rose:
            log.warning("load_put_off", kinds=list(ORDER[:level]), why=why)
        else:
            log.warning("load_taken_again", still_put_off=list(ORDER[:level]))


PRESSURE: web.AppKey[Pressure] = web.AppKey("pressure", Pressure)


def pressure_of(app: web.Application, settings: ServiceSettings) -> Pressure:
    """The pressure on *app*, one for all services in it."""
    if PRESSURE not in app:
        app[PRESSURE] = Pressure(puts_off=settings.shedding)
        app[PARTS].append(app[PRESSURE])
    return app[PRESSURE]
