"""Mail servers as they are: with TLS from the start or later, with a password, with a bad certificate."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from services.registry.mail.message import message, sender_of
from services.registry.mail.outbox import Letter
from services.registry.mail.server import Line, Server, Unreachable
from services.registry.settings import Settings
from shared.settings import BadSetting, load
from tests.support.house import SESSION_KEY
from tests.support.mailbox import Mailbox, ServerLine

SENDER = "avisos@malha.example"
LETTER = Letter(
    1, "0b8e", "pt", "a@exemplo.example", "Olá", "Olá", None, None, datetime(2026, 11, 22, tzinfo=UTC), 0
)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1 for itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("certificate") / "server.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


class GuardedMailbox(Mailbox):
    """A mailbox behind TLS that asks for a password."""

    def __init__(self, certificate: Path, *, from_the_start: bool) -> None:
        super().__init__()
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(certificate)
        self._from_the_start = from_the_start
        self.listening_context = self._context if from_the_start else None

    def line(self) -> ServerLine:
        """A line that takes nothing before it is safe and knows who speaks."""
        return ServerLine(
            self,
            tls_context=None if self._from_the_start else self._context,
            require_starttls=not self._from_the_start,
            auth_required=True,
            auth_require_tls=not self._from_the_start,  # it does not see that TLS is there from the start
            authenticator=_authenticate,
        )


def _authenticate(
    _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: Any
) -> AuthResult:
    assert isinstance(given, LoginPassword)
    return AuthResult(handled=False, success=given == LoginPassword(b"malha", b"p@ss/word"))


@asynccontextmanager
async def guarded(certificate: Path, *, from_the_start: bool) -> AsyncIterator[GuardedMailbox]:
    """It, listening."""
    box = GuardedMailbox(certificate, from_the_start=from_the_start)
    await box.open()
    try:
        yield box
    finally:
        await box.leave()


async def hand_in(url: str) -> None:
    """Hand in a letter."""
    line = Line(Server.parse(url), SENDER)
    try:
        await line.open()
        await line.send(message(LETTER, SENDER), LETTER.recipient)
    finally:
        await line.close()


# The server of the test leaves a socket to the collector when TLS ends under it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore:Requiring AUTH")
@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
async def test_letters_go_over_tls_with_a_password(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    """The password may hold what an address may not: it is percent-encoded."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with guarded(certificate, from_the_start=scheme == "smtps") as box:
        await hand_in(f"{scheme}://malha:p%40ss%2Fword@127.0.0.1:{box.port}")
        assert [told["Subject"] for told in box.accepted] == ["Olá"]


async def test_a_server_whose_certificate_nobody_knows_gets_nothing(certificate: Path) -> None:
    """Neither the letter nor the password."""
    async with guarded(certificate, from_the_start=False) as box:
        with pytest.raises(Unreachable):
            await hand_in(f"smtp+starttls://malha:p%40ss%2Fword@127.0.0.1:{box.port}")
        assert box.accepted == []


async def test_a_wrong_password_is_no_fault_of_the_letter(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits until somebody mends the setting."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with guarded(certificate, from_the_start=False) as box:
        with pytest.raises(Unreachable, match="535"):
            await hand_in(f"smtp+starttls://malha:wrong@127.0.0.1:{box.port}")


@pytest.mark.parametrize(
    "url", ["http://x", "smtp://", "smtp://x:port", "smtp://x:99999", "smtp://x/path", "smtp://x y", "x:25"]
)
def test_a_bad_address_of_a_server_is_named(url: str) -> None:
    """Before anything starts."""
    environ = {
        "MALHA_ENVIRONMENT": "test",
        "MALHA_AMQP_URL": "amqp://x",
        "MALHA_PUBLIC_URL": "http://x",
        "MALHA_SESSION_KEY": SESSION_KEY,
        "MALHA_DATABASE_URL": "postgresql://x",
        "MALHA_SMTP_URL": url,
    }
    with pytest.raises(BadSetting, match="MALHA_SMTP_URL"):
        load(Settings, environ)


@pytest.mark.parametrize(
    ("public_url", "sender"),
    [
        ("https://acordos.example", "nao-responda@acordos.example"),
        ("http://127.0.0.1:8080", "nao-responda@localhost"),
        ("http://[::1]:8080", "nao-responda@localhost"),
    ],
)
def test_who_writes_follows_from_the_public_address(public_url: str, sender: str) -> None:
    """Where no address is set."""
    assert sender_of(public_url) == sender
