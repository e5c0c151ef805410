"""One digest over the heads of all chains: who keeps it can tell whether any chain was rewritten since."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Final, NamedTuple

import msgspec

from services.registry.ledger import Disclosure
from services.registry.queries import Connection
from shared.notices.canonical import base64url, canonical

FORMAT: Final = "malha-seal/1"
SEALED_TYPE: Final = "br.malha.ledger.sealed.v1"
_read_disclosure = msgspec.json.Decoder(Disclosure).decode


class ChainHead(NamedTuple):
    """Where the chain of *member* stood; *head* is the digest of its entry number *length*."""

    member: str
    length: int
    head: bytes


class Seal(NamedTuple):
    """What a notice in the chain of the state says: so many chains, this digest, as of *position*."""

    protocol: str
    day: str
    position: int
    chains: int
    digest: str


# From the end of each chain backwards: what was registered since *position* is little.
_HEADS: Final = """
SELECT c.member, e.sequence, e.digest
FROM chain c CROSS JOIN LATERAL (
    SELECT sequence, digest FROM entry
    WHERE entry.member = c.member AND entry.position <= $1 ORDER BY sequence DESC LIMIT 1) e
ORDER BY c.member COLLATE "C"
"""


async def heads_at(connection: Connection, position: int) -> list[ChainHead]:
    """Where each chain stood when *position* was the last, by member; empty chains are left out."""
    return [ChainHead(*row) for row in await connection.fetch(_HEADS, position)]


def digest_of(position: int, heads: Iterable[ChainHead]) -> str:
    """SHA-256, in base64url, of the canonical JSON (RFC 8785) of *position* and [member, length, head]s."""
    sealed = {
        "format": FORMAT,
        "position": position,
        "chains": [[chain.member, chain.length, base64url(chain.head)] for chain in heads],
    }
    return base64url(sha256(canonical(sealed)).digest())


_SEALS: Final = """
SELECT e.protocol, d.fields FROM entry e JOIN disclosure d ON d.position = e.position
WHERE e.member = '31' AND e.type = $1 ORDER BY e.sequence
"""


async def seals(connection: Connection) -> list[Seal]:
    """Every seal, the oldest first."""
    found = []
    for protocol, fields in await connection.fetch(_SEALS, SEALED_TYPE):
        told = {field: opening["value"] for field, opening in _read_disclosure(fields).items()}
        found.append(Seal(protocol, told["day"], told["position"], told["chains"], told["digest"]))
    return found


async def holds(connection: Connection, seal: Seal) -> bool:
    """Whether the chains still stand, at the position of *seal*, as it says."""
    heads = await heads_at(connection, seal.position)
    return len(heads) == seal.chains and digest_of(seal.position, heads) == seal.digest
