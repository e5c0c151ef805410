"""Put before a real process's modules: one notice then ends it, as a fault in a C library would."""

import os
import signal
from collections.abc import Sequence
from typing import Any

from services.registry.writing.registrar import Registrar

_write_down = Registrar._write_down


async def _deadly(registrar: Registrar, connection: Any, deliveries: Sequence[Any]) -> Any:
    if any(delivery.notice.subject == os.environ["POISON_SUBJECT"] for delivery in deliveries):
        os.kill(os.getpid(), signal.SIGKILL)
    return await _write_down(registrar, connection, deliveries)


Registrar._write_down = _deadly  # type: ignore[method-assign,assignment] # it is what this file is for
