"""What an identity provider calls a person. Connection first; only a keyed digest is kept."""

import hashlib
import hmac

from services.registry.queries import Connection


def digest_of(secret: str, issuer: str, subject: str) -> bytes:
    """What stands for *subject* of *issuer*: with gov.br it is a CPF, which a plain digest would not hide."""
    return hmac.digest(secret.encode(), f"identity {issuer}\n{subject}".encode(), hashlib.sha256)


_FIND = "SELECT person FROM identity WHERE digest = $1"


async def find(connection: Connection, digest: bytes) -> str | None:
    """The person who came in by it before."""
    person: str | None = await connection.fetchval(_FIND, digest)
    return person


_LINK = """
INSERT INTO identity (digest, person) VALUES ($1, $2)
ON CONFLICT (digest) DO UPDATE SET person = excluded.person, linked_at = now()
"""


async def link(connection: Connection, digest: bytes, person: str) -> None:
    """Know *person* by it from now on, whatever becomes of the address."""
    await connection.execute(_LINK, digest, person)
