"""One digest over the heads of all chains: who keeps it can tell whether any chain was rewritten since."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Final, NamedTuple

import msgspec

from services.registry.queries import Connection
from services.registry.writing.ledger import Disclosure
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


_CHAINS: Final = "SELECT member, length FROM chain"
_POSITIONS: Final = """
SELECT entry.member, entry.position
FROM unnest($1::text[], $2::bigint[]) AS asked (member, sequence)
JOIN entry ON entry.member = asked.member AND entry.sequence = asked.sequence
"""
_HEADS: Final = """
SELECT entry.member, entry.sequence, entry.digest
FROM unnest($1::text[], $2::bigint[]) AS asked (member, sequence)
JOIN entry ON entry.member = asked.member AND entry.sequence = asked.sequence
ORDER BY entry.member COLLATE "C"
"""


async def heads_at(connection: Connection, position: int) -> list[ChainHead]:
    """Where each chain stood when *position* was the last, by member; empty chains are left out.

    In all chains at once the last entry is looked for by halves: a seal of years ago costs little more.
    """
    found = {member: (0, length) for member, length in await connection.fetch(_CHAINS)}
    asked = {member: length for member, (_, length) in found.items()}
    while asked:
        rows = await connection.fetch(_POSITIONS, list(asked), list(asked.values()))
        positions: dict[str, int] = {row["member"]: row["position"] for row in rows}
        for member, sequence in asked.items():
            first, last = found[member]
            is_later = positions.get(member, position) > position
            found[member] = (first, sequence - 1) if is_later else (sequence, last)
        asked = {member: (first + last + 1) // 2 for member, (first, last) in found.items() if first < last}
    heads = {member: sequence for member, (sequence, _) in found.items() if sequence}
    return [ChainHead(*row) for row in await connection.fetch(_HEADS, list(heads), list(heads.values()))]


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
