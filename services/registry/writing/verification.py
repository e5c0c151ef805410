"""A member's chain, recomputed from what is stored, a bounded number of entries at a time."""

from typing import Final

import msgspec

from services.registry import queries
from services.registry.writing.ledger import Disclosure, Verification, Verifier

_CHUNK_ENTRIES: Final = 100
"""An entry holds up to 256 KiB of data: so many are in memory at once."""

_disclosure = msgspec.json.Decoder(Disclosure)


async def verify(connection: queries.Connection, member: str) -> Verification:
    """Recompute the chain of *member*, and hold it against the head that is kept of it.

    Entries only ever come behind: so the walk ends when it has reached the head as it then is. A value
    that is erased during the walk is named by an entry that the walk still meets.
    """
    verifier = Verifier(member)
    while True:
        walked = await _walk(connection, member, verifier)
        chain = await queries.chain(connection, member)
        length, digest = (0, None) if chain is None else (chain.length, chain.head)
        found = verifier.result()
        if not found.intact or length == found.head.length or not walked:
            break
    if not found.intact:
        return found
    if length != found.head.length:  # entries are missing at the end, or stand there unaccounted for
        return found._replace(broken_at=min(length, found.head.length) + 1)
    if digest != found.head.digest:
        return found._replace(broken_at=length)
    return found


async def _walk(connection: queries.Connection, member: str, verifier: Verifier) -> bool:
    """Take in what stands behind the verifier's head; whether there was anything."""
    first = last = verifier.head.length
    while rows := await queries.entries(connection, member, after=last, limit=_CHUNK_ENTRIES):
        for row in rows:
            verifier.take(row.entry, row.digest, {} if row.fields is None else _disclosure.decode(row.fields))
        last = rows[-1].sequence
    return last > first
