"""A service as a program: its settings, the certificate that it shows, and the status that it exits with."""

import asyncio
import gc
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import structlog

from shared import logs, metrics, tls
from shared.lifecycle import PARTS, READY, Install, Readiness, build_app, serve
from shared.settings import BadSetting, ServiceSettings, load

log = structlog.get_logger()

BAD_SETTING = 2
RENEWAL_SECONDS = 10.0
EXPIRES_SOON = timedelta(days=14)


class Certificate:
    """What is shown to whoever connects by TLS. Its files are looked at every 10 s: no restart renews it.

    What cannot be used is named in the log, and the one before goes on.
    """

    name = "process.certificate"

    def __init__(self, certificate: str, key: str) -> None:
        """Raises OSError (ssl.SSLError is one) if the files are not a certificate with its key."""
        self._files = Path(certificate), Path(key)
        self._seen = self._state_of_files()
        self.context = tls.serving(*self._files)
        self._expires = tls.expires(self._files[0])

    async def run(self, stop: asyncio.Event) -> None:
        """Renew it whenever its files change, until *stop*."""
        while not stop.is_set():
            metrics.CERTIFICATE_EXPIRES.set(self._expires.timestamp())
            with suppress(TimeoutError):
                async with asyncio.timeout(RENEWAL_SECONDS):
                    await stop.wait()
            self.renew()

    def readiness(self) -> Readiness:
        """Not ready once it has expired: nobody who checks would connect."""
        left = self._expires - datetime.now(UTC)
        if left <= timedelta():
            return Readiness(ok=False, detail=f"the certificate expired on {self._expires:%Y-%m-%d}")
        if left <= EXPIRES_SOON:
            return Readiness(ok=True, detail=f"the certificate expires in {left.days} days")
        return READY

    def renew(self) -> None:
        """Show what the files hold by now, if they have changed; open connections stay as they are."""
        state = self._state_of_files()
        if state == self._seen:
            return
        self._seen = state
        try:
            tls.serving(*self._files)  # tried on another context: half a renewal must not spoil this one
            self.context.load_cert_chain(*self._files, password=tls.no_password)
            self._expires = tls.expires(self._files[0])
        except (OSError, ValueError) as error:
            log.error("certificate_not_renewed", why=tls.explained(error) or str(error))  # noqa: TRY400
        else:
            log.info("certificate_renewed", expires=self._expires.isoformat())

    def _state_of_files(self) -> list[tuple[int, int, int]]:
        found = []
        for file in self._files:
            with suppress(OSError):  # being replaced
                status = file.stat()
                found.append((status.st_ino, status.st_mtime_ns, status.st_size))
        return found


def _certificate_of(settings: ServiceSettings) -> Certificate | None:
    if not settings.tls_certificate and not settings.tls_key:
        return None
    if not settings.tls_certificate or not settings.tls_key:
        missing = "KEY" if settings.tls_certificate else "CERTIFICATE"
        raise BadSetting(f"MALHA_TLS_{missing}", "is not set: a certificate and its key come together")
    try:
        return Certificate(settings.tls_certificate, settings.tls_key)
    except (OSError, ValueError) as error:
        why = tls.explained(error) or str(error)
        raise BadSetting("MALHA_TLS_CERTIFICATE, MALHA_TLS_KEY", why) from None


def main(*services: tuple[type[ServiceSettings], Install]) -> NoReturn:
    """Run *services* in one process on one port, and exit with the status that supervisors read."""
    import uvloop  # noqa: PLC0415 (only a program needs it, not every import of this module)

    environ: Mapping[str, str] = os.environ
    try:
        settings = [(load(kind, environ), install) for kind, install in services]
        certificate = _certificate_of(settings[0][0])
    except BadSetting as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(BAD_SETTING)
    first = settings[0][0]
    logs.configure("+".join(kind.service for kind, _ in services), first.log_level)

    async def program() -> int:
        app = build_app(first.environment)
        for loaded, install in settings:
            install(app, loaded)
        if certificate is not None:
            app[PARTS].append(certificate)
        return await serve(
            app, first.listen_host, first.listen_port, None if certificate is None else certificate.context
        )

    # What is loaded by now stays; and a registry holds thousands of small structs without a cycle among them,
    # which the collector at its usual threshold walks again and again: a quarter of its processor, measured.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    sys.exit(uvloop.run(program()))
