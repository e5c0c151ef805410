"""One service as a process that a test ends, freezes and starts as it likes; nobody starts it again."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from deploy.local.services import missing, origin
from deploy.local.supervisor import end_with_parent
from tests.support.listening import free_port

CHECKOUT: Final = Path(__file__).parents[2]
READY_SECONDS: Final = 120.0
STOP_SECONDS: Final = 60.0
_TICK_SECONDS: Final = 0.05
_LINES: Final = 20


class ServiceProcess:
    """`python -m services.<name>` on a port that stays the same; its output is appended to *log*."""

    def __init__(self, name: str, environment: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.url = origin(port := free_port())
        self._environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("MALHA_")},
            "MALHA_PUBLIC_URL": self.url,
            **environment,
            "MALHA_LISTEN_PORT": str(port),
        }
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        self._frozen = False

    @property
    def running(self) -> bool:
        """Whether it was started and has not been ended, frozen or not."""
        return self._process is not None

    @property
    def working(self) -> bool:
        """Whether it runs and is not frozen."""
        return self.running and not self._frozen

    async def start(self) -> None:
        """Start it, or let it go on; returns long before it is ready."""
        if self._process is not None:
            self.thaw()
            return
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                f"services.{self.name}",
                cwd=CHECKOUT,
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=lambda: end_with_parent(signal.SIGKILL),
            )

    async def ready(self) -> None:
        """Return once it says that it is ready; AssertionError if it ends instead, or takes too long."""
        self.thaw()
        why: str | None = "never asked"
        try:
            async with asyncio.timeout(READY_SECONDS):
                while why is not None:
                    self.require_alive()
                    await asyncio.sleep(_TICK_SECONDS)
                    why = await missing(self.url)
        except TimeoutError:
            raise AssertionError(f"{self.name} is not ready: {why}\n{self.last_words()}") from None

    async def says_that_it_is_ready(self) -> bool:
        """Whether it does so now."""
        return await missing(self.url) is None

    async def kill(self) -> None:
        """End it between any two instructions."""
        if self._process is not None:
            self._signal(signal.SIGKILL)
            await self._process.wait()
        self._process, self._frozen = None, False

    async def stop(self) -> None:
        """Ask it to end, and hold it to ending well; a program that was still starting may just end."""
        if self._process is None:
            return
        self.thaw()
        begun = await missing(self.url) != f"{self.url} does not answer"
        self._signal(signal.SIGTERM)
        async with asyncio.timeout(STOP_SECONDS):
            status = await self._process.wait()
        self._process = None
        expected = {0} if begun else {0, -signal.SIGTERM}
        assert status in expected, f"{self.name} ended with {status}\n{self.last_words()}"

    def freeze(self) -> None:
        """Let it do nothing until it is thawed: connections, locks and messages stay as they are."""
        self._signal(signal.SIGSTOP)
        self._frozen = True

    def thaw(self) -> None:
        """Let it go on, not knowing that time has passed."""
        if self._frozen:
            self._signal(signal.SIGCONT)
            self._frozen = False

    def require_alive(self) -> None:
        """It ends only when it is told to."""
        status = None if self._process is None else self._process.returncode
        assert status is None, f"{self.name} ended by itself with {status}\n{self.last_words()}"

    def has_ended(self) -> bool:
        """Whether it ended by itself since it was started; then it may be started again."""
        ended = self._process is not None and self._process.returncode is not None
        if ended:
            self._process = None
        return ended

    def last_words(self) -> str:
        """The end of its log."""
        lines = self._log.read_text(errors="replace").splitlines() if self._log.exists() else []
        return "\n".join([line for line in lines if "/healthz/" not in line][-_LINES:])

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, number)
