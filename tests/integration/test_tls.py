"""TLS by the real libraries: whom our clients refuse, and what our servers show."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from structlog.testing import capture_logs

from shared import tls, topology
from shared.broker import keep_connected
from shared.database import Database, DatabaseUnavailable, trouble
from shared.lifecycle import Readiness, build_app
from shared.program import Certificate
from tests.support.authority import FAULTS, Authority, Fault, Shown
from tests.support.house import serving

_DEADLINE_SECONDS = 60


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Whom everybody here trusts."""
    return Authority(tmp_path_factory.mktemp("authority"))


@asynccontextmanager
async def showing(shown: Shown, *, after: int = 0, before: bytes = b"") -> AsyncIterator[int]:
    """The port of a server that reads *after* bytes, sends *before*, and then shows a certificate."""
    context = tls.serving(*shown)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(after)
        writer.write(before)
        try:
            await writer.start_tls(context)
            await reader.read()
        except OSError:
            pass  # it was refused, as it should be
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def why_broker(port: int, authority: Path) -> str:
    """What readiness says of a broker at *port*."""
    stop = asyncio.Event()
    told: list[Readiness] = []

    def on_state(state: Readiness) -> None:
        told.append(state)
        stop.set()

    async def session(*_: object) -> None:
        raise AssertionError("it was believed")

    url = tls.trusting(f"amqps://guest:secret@localhost:{port}/malha", str(authority))
    await keep_connected(url, "test", session, stop, on_state)
    return str(told[0].detail)


async def why_database(port: int, authority: Path) -> str:
    """The same of a PostgreSQL."""
    url = f"postgresql://malha:secret@localhost:{port}/malha?sslmode=verify-full"
    database = Database(tls.trusting(url, str(authority)), "malha-test")
    try:
        with pytest.raises(DatabaseUnavailable) as caught:
            async with database.connection():
                raise AssertionError("it was believed")
        return trouble(caught.value)
    finally:
        await database.close()


async def why_management(port: int, authority: Path) -> str:
    """The same of RabbitMQ's management API."""
    url = tls.trusting(f"https://guest:secret@localhost:{port}", str(authority))
    with pytest.raises(topology.ManagementUnreachableError) as caught:
        await topology.bound_queues(url, "malha")
    return str(caught.value)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(
    ("ask", "greeting"),
    # PostgreSQL's clients ask in eight bytes, and are answered by one, before TLS begins.
    [(why_broker, (0, b"")), (why_database, (8, b"S")), (why_management, (0, b""))],
)
async def test_certificate_that_proves_nothing_is_refused_and_named(
    authority: Authority,
    fault: Fault,
    ask: Callable[[int, Path], Awaitable[str]],
    greeting: tuple[int, bytes],
) -> None:
    """An operator at night must read which of the three it is; and no password was sent to find out."""
    after, before = greeting
    async with (
        asyncio.timeout(_DEADLINE_SECONDS),
        showing(authority.issue_bad(fault, "localhost"), after=after, before=before) as port,
    ):
        said = await ask(port, authority.file)
    assert f"its certificate {FAULTS[fault]}" in said
    assert "secret" not in said


async def test_server_that_speaks_no_tls_is_named(authority: Authority) -> None:
    """The usual mistake: the port in clear, asked by amqps://."""

    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"AMQP\0\0\x09\x01")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with asyncio.timeout(_DEADLINE_SECONDS), server:
        said = await why_broker(server.sockets[0].getsockname()[1], authority.file)
    assert said == "RabbitMQ: it does not speak TLS where it was asked to"


async def test_service_is_reached_by_tls_alone(authority: Authority) -> None:
    """In clear nobody gets anything; who does not know the authority, or asks for another name, goes away."""
    shown = authority.issue("localhost")
    good = ssl.create_default_context(cafile=authority.file)
    async with serving(build_app("test"), tls.serving(*shown)) as origin:
        named = origin.replace("127.0.0.1", "localhost")
        async with aiohttp.ClientSession() as http:
            async with http.get(f"{named}/healthz/live", ssl=good) as answer:
                assert answer.status == 200
            with pytest.raises(aiohttp.ClientConnectorCertificateError):
                await http.get(f"{named}/healthz/live")
            with pytest.raises(aiohttp.ClientConnectorCertificateError):
                await http.get(f"{origin}/healthz/live", ssl=good)
            with pytest.raises(aiohttp.ClientError):
                await http.get(f"{named.replace('https', 'http')}/healthz/live")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
async def test_old_tls_is_not_spoken(authority: Authority, version: ssl.TLSVersion) -> None:
    """What was broken long ago protects nothing."""
    old = ssl.create_default_context(cafile=authority.file)
    old.minimum_version = old.maximum_version = version
    old.set_ciphers("ALL:@SECLEVEL=0")
    async with serving(build_app("test"), tls.serving(*authority.issue("localhost"))) as origin:
        port = int(origin.rpartition(":")[2])
        with pytest.raises((ssl.SSLError, ConnectionResetError)):
            await asyncio.open_connection("localhost", port, ssl=old)


async def test_strangers_who_speak_no_tls_are_no_errors_of_ours(authority: Authority) -> None:
    """Scanners come by the thousand; what they send must not fill the log."""
    context = tls.serving(*authority.issue("localhost"))
    good = ssl.create_default_context(cafile=authority.file)
    loop = asyncio.get_running_loop()
    complaints: list[object] = []
    loop.set_exception_handler(lambda _loop, context: complaints.append(context))
    with capture_logs() as told:
        async with serving(build_app("test"), context) as origin:
            port = int(origin.rpartition(":")[2])
            for junk in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"\0" * 1000):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(junk)
                writer.write_eof()
                with closing(writer):
                    async with asyncio.timeout(_DEADLINE_SECONDS):
                        assert b"HTTP" not in await reader.read()
            async with (
                aiohttp.ClientSession() as http,
                http.get(f"https://localhost:{port}/healthz/live", ssl=good) as answer,
            ):
                assert answer.status == 200
    assert complaints == []
    assert [entry for entry in told if entry["log_level"] in {"error", "critical", "warning"}] == []


async def _serial(port: int, authority: Authority) -> object:
    trusted = ssl.create_default_context(cafile=authority.file)
    _reader, writer = await asyncio.open_connection("localhost", port, ssl=trusted)
    with closing(writer):
        return writer.get_extra_info("peercert")["serialNumber"]


async def test_renewed_certificate_is_shown_without_a_restart(authority: Authority, tmp_path: Path) -> None:
    """Half a renewal, or junk, leaves the one before; the whole of it is shown to whoever comes next."""
    shown = authority.issue("localhost", into=tmp_path)
    certificate = Certificate(str(shown.certificate), str(shown.key))
    newer = authority.issue("localhost")
    async with serving(build_app("test"), certificate.context) as origin:
        port = int(origin.rpartition(":")[2])
        first = await _serial(port, authority)
        with capture_logs() as told:
            shown.certificate.write_bytes(newer.certificate.read_bytes())
            certificate.renew()
            assert await _serial(port, authority) == first
            shown.key.write_text("junk")
            certificate.renew()
            assert await _serial(port, authority) == first
            shown.key.write_bytes(newer.key.read_bytes())
            certificate.renew()
            certificate.renew()
            assert await _serial(port, authority) not in {first, None}
    assert [entry["event"] for entry in told if entry["event"].startswith("certificate")] == [
        "certificate_not_renewed",
        "certificate_not_renewed",
        "certificate_renewed",
    ]


@pytest.mark.parametrize(
    ("left", "ready"),
    [
        (timedelta(days=30), Readiness(ok=True)),
        (timedelta(days=3, hours=1), Readiness(ok=True, detail="the certificate expires in 3 days")),
        (timedelta(seconds=-1), None),
    ],
)
def test_readiness_tells_of_a_certificate_that_ends(
    authority: Authority, left: timedelta, ready: Readiness | None
) -> None:
    """In time to renew it; and once nobody can connect any more, why."""
    ends = datetime.now(UTC) + left
    shown = authority.issue("localhost", expires=ends)
    said = Certificate(str(shown.certificate), str(shown.key)).readiness()
    assert said == (ready or Readiness(ok=False, detail=f"the certificate expired on {ends:%Y-%m-%d}"))
