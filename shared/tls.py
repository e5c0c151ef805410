"""TLS: whom an address trusts, what we show to whoever connects, and what went wrong in one sentence.

An address carries its trust, in its library's own words, so that whoever is given the address needs nothing
else: `amqps://…?cafile=`, `postgresql://…?sslmode=verify-full&sslrootcert=` (as libpq reads it), and
`https://…?cafile=` for RabbitMQ's management API. Files are read at each connection, so that new ones need no
restart.
"""

import ssl
from collections.abc import Iterator
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, quote, urlsplit

from yarl import URL

from shared.addresses import each_host

_TRUST = {
    "amqps": "cafile",
    "https": "cafile",
    "postgres": "sslrootcert",
    "postgresql": "sslrootcert",
}
_VERIFYING = frozenset({"verify-ca", "verify-full"})
_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
_UNKNOWN_AUTHORITY = "is signed by no authority that is trusted here"
# OpenSSL's numbers (X509_V_ERR_…); its own words for them vary with what the other side sends along.
_REFUSED = {
    9: "is not valid yet",
    10: "has expired",
    18: _UNKNOWN_AUTHORITY,
    19: _UNKNOWN_AUTHORITY,
    20: _UNKNOWN_AUTHORITY,
    21: _UNKNOWN_AUTHORITY,
    62: "carries another name than its address",
    64: "carries another name than its address",
}
_NOT_TLS = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG"})


def trusting(url: str, authority: str) -> str:
    """*url* with *authority*, a file, as what it trusts; unless it is in clear, or names its own."""
    parts = _parts(url)
    asked = parse_qs(parts.query)
    name = _TRUST.get(parts.scheme)
    if name is None or name in asked:
        return url
    if name == "sslrootcert" and _VERIFYING.isdisjoint(asked.get("sslmode", ())):
        return url
    return f"{url}{'&' if parts.query else '?'}{name}={quote(authority, safe='/')}"


def is_checked(url: str) -> bool:
    """Whether what *url* leads to must prove by a certificate that it is what *url* names."""
    parts = _parts(url)
    asked = parse_qs(parts.query)
    if parts.scheme == "amqps":
        return asked.get("no_verify_ssl", ["0"]) == ["0"]
    if parts.scheme in {"postgres", "postgresql"}:
        return asked.get("sslmode") == ["verify-full"]
    return parts.scheme == "https"


def stays_here(url: str) -> bool:
    """Whether *url* leads no further than this machine, whichever of its hosts is taken."""
    return all(_is_here(urlsplit(each)) for each in each_host(url))


def _parts(url: str) -> SplitResult:
    """*url* in parts, of its hosts the first: the others differ in nothing else."""
    return urlsplit(each_host(url)[0])


def _is_here(parts: SplitResult) -> bool:
    host = (
        parts.hostname or parse_qs(parts.query).get("host", [""])[0]
    )  # libpq's way to name a socket's folder
    if host in {"", "localhost"} or host.startswith("/"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def split_trust(url: str) -> tuple[URL, ssl.SSLContext | bool]:
    """An `https://` address without its trust, and the trust as aiohttp takes it."""
    whole = URL(url)
    authority = whole.query.get("cafile")
    if whole.scheme != "https" or authority is None:
        return whole, True
    return whole.without_query_params("cafile"), ssl.create_default_context(cafile=authority)


def trust_of(authority: str | None) -> ssl.SSLContext:
    """What the system trusts, and *authority*, a file, too: for addresses that may be public or our own."""
    context = ssl.create_default_context()
    if authority:
        context.load_verify_locations(authority)
    return context


def serving(certificate: Path, key: Path) -> ssl.SSLContext:
    """What a server shows: the chain in *certificate*, and its *key*. Raises OSError if they are not."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    context.load_cert_chain(certificate, key, password=no_password)
    return context


def no_password() -> bytes:
    """A key is not encrypted; without this OpenSSL would wait at a terminal for what opens it."""
    return b""


def expires(certificate: Path) -> datetime:
    """When the first certificate in the file *certificate* ends. Raises OSError, ValueError."""
    from cryptography.x509 import load_pem_x509_certificate  # noqa: PLC0415 (10 MB that only TLS needs)

    return load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc


def explained(error: BaseException) -> str | None:
    """What *error*, or what caused it, says of TLS; None when TLS is not the matter."""
    for cause in _causes(error):
        # By attribute: aiohttp's errors are of these classes, too, but only hold one.
        if message := getattr(cause, "verify_message", None):
            refused = _REFUSED.get(getattr(cause, "verify_code", 0), f"is not accepted: {message}")
            return f"its certificate {refused}"
        if isinstance(cause, ssl.SSLError) and (reason := getattr(cause, "reason", None)):
            if reason in _NOT_TLS:
                return "it does not speak TLS where it was asked to"
            return f"TLS failed: {reason.replace('_', ' ').lower()}"
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    left: list[BaseException | None] = [error]
    seen: set[int] = set()
    while left:
        cause = left.pop()
        if cause is None or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        # aiohttp keeps the one that it met under a name of its own.
        left += (cause.__context__, cause.__cause__, getattr(cause, "os_error", None))
        left.append(getattr(cause, "certificate_error", None))
