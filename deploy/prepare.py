"""Secrets and certificates for a new installation: `python -m deploy.prepare FOLDER --public NAME`.

What is there stays, so that it may be run again: one secret is replaced by removing its file first. FOLDER
holds passwords and the authority's key: it is its owner's alone, and what lies in it is handed on by whoever
starts the services (compose.yaml, systemd's LoadCredential), to each no more than it needs.
"""

import argparse
import base64
import json
import os
import secrets
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SERVICES: Final = ("ingest", "registry", "notifier")
AUTHORITY_YEARS: Final = 10
CERTIFICATE_DAYS: Final = 397
"""The most that browsers take; the alert on certificates comes two weeks before."""


class Folder:
    """A folder of which each file is written once, readable for whoever it is handed to."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)

    def once(self, name: str, made: Callable[[], str]) -> str:
        """What the file *name* holds, which is *made* if there is none."""
        file = self._path / name
        if not file.exists():
            written = self._path / f".{name}.new"
            # Whoever could come by here is kept out by the folder; inside a container the reader has a number
            # of its own.
            with os.fdopen(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o444), "w") as content:
                content.write(made())
            written.rename(file)
        return file.read_text()


def write_secrets(folder: Folder, rabbitmq: str, postgres: str) -> None:
    """Passwords, and the addresses that hold them; both servers by name."""
    users = (*SERVICES, "operator")
    kept = folder.once("broker_passwords.json", lambda: json.dumps({user: _password() for user in users}))
    passwords: dict[str, str] = json.loads(kept)
    for user in SERVICES:
        folder.once(
            f"{user}_amqp_url",
            lambda user=user: _amqp(user, passwords[user], rabbitmq),  # type: ignore[misc]
        )
    administrator = folder.once("administrator_password", _password)
    folder.once("administrator_amqp_url", lambda: _amqp("administrator", administrator, rabbitmq))
    folder.once(
        "administrator_management_url", lambda: f"https://administrator:{administrator}@{rabbitmq}:15671"
    )
    folder.once(
        "rabbitmq_administrator.conf",
        lambda: f"default_user = administrator\ndefault_pass = {administrator}\n",
    )
    owner = folder.once("database_password", _password)
    folder.once(
        "database_url", lambda: f"postgresql://malha:{owner}@{postgres}:5432/malha?sslmode=verify-full"
    )
    folder.once("session_key", lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
    folder.once("grafana_password", _password)


def write_certificates(folder: Folder, public: str, names: dict[str, Sequence[str]]) -> None:
    """An authority of this installation's own, and a certificate {file: names} for each server.

    The gateway's is for trying: people's browsers know an authority of the public, and not this one.
    """
    key = _key_of(folder.once("ca.key", lambda: _pem(ec.generate_private_key(ec.SECP256R1()))))
    authority = x509.load_pem_x509_certificate(folder.once("ca.pem", lambda: _authority(key)).encode())
    for file, called in {**names, "gateway": (public,)}.items():
        own = _key_of(folder.once(f"{file}.key", lambda: _pem(ec.generate_private_key(ec.SECP256R1()))))
        folder.once(
            f"{file}.pem",
            lambda own=own, called=called: _certificate(own, called, authority, key),  # type: ignore[misc]
        )


def _password() -> str:
    return secrets.token_urlsafe(24)


def _amqp(user: str, password: str, host: str) -> str:
    return f"amqps://{user}:{password}@{host}:5671/malha"


def _pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _key_of(pem: str) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("the authority's key is not one that this program has made")
    return key


def _authority(key: ec.EllipticCurvePrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Malha: authority of this installation")])
    usage = x509.KeyUsage(
        digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False,
        decipher_only=False,
    )  # fmt: skip
    return (
        _begun(name, name, key, days=365 * AUTHORITY_YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
        .decode()
    )


def _certificate(
    own: ec.EllipticCurvePrivateKey,
    names: Sequence[str],
    authority: x509.Certificate,
    key: ec.EllipticCurvePrivateKey,
) -> str:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    return (
        _begun(subject, authority.subject, own, days=CERTIFICATE_DAYS)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
        .decode()
    )


def _begun(
    subject: x509.Name, issuer: x509.Name, own: ec.EllipticCurvePrivateKey, *, days: int
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=days))
    )


def main(arguments: Sequence[str]) -> int:
    """Write what is missing."""
    parser = argparse.ArgumentParser(prog="python -m deploy.prepare", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--public", required=True, metavar="NAME", help="the host that people see")
    parser.add_argument("--rabbitmq", default="rabbitmq", metavar="NAME", help="by which services reach it")
    parser.add_argument("--postgres", default="postgres", metavar="NAME", help="by which services reach it")
    options = parser.parse_args(arguments)
    folder = Folder(options.folder)
    write_secrets(folder, options.rabbitmq, options.postgres)
    names = {name: (name, "localhost") for name in SERVICES} | {
        "rabbitmq": (options.rabbitmq, "localhost"),
        "postgres": (options.postgres, "localhost"),
    }
    write_certificates(folder, options.public, dict(names))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
