"""The ledger: for each member one chain of entries, each with the digest of the one before.

An entry is canonical JSON and holds no value of a notice's data, only salted digests of them. Salts and
values lie beside it (the *disclosure*), so that a value can be erased and the chain still verifies. Pure.
"""

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, NamedTuple

import msgspec

from shared.notices.canonical import base64url, base64urls, canonical, canonical_of_plain
from shared.notices.dates import write_instant
from shared.notices.envelope import Delivery, Door, Notice, Sender, speaks_for_itself
from shared.notices.protocol import protocol_of

FORMAT: Final = "malha-ledger/1"
SALT_BYTES: Final = 16
ERASED_TYPE: Final = "br.malha.ledger.erased.v1"

Disclosure = dict[str, dict[str, Any]]
"""What opens an entry's digests: {field: {"salt": base64url, "value": JSON}}; an erased field is absent."""

_decode: Callable[[str | bytes], Any] = msgspec.json.Decoder().decode


class Head(NamedTuple):
    """Where a chain stands: how many entries, and the digest of the last (None before the first)."""

    length: int
    digest: bytes | None


EMPTY: Final = Head(0, None)


class Entry(NamedTuple):
    """One link: its canonical *text*, the SHA-256 of it, and what opens its digests."""

    sequence: int
    text: str
    digest: bytes
    disclosure: Disclosure

    @property
    def head(self) -> Head:
        """The chain's head, once this entry is its last."""
        return Head(self.sequence, self.digest)


class Verification(NamedTuple):
    """What recomputing a chain found; *broken_at* is the first sequence at which it does not hold."""

    head: Head
    erased: int
    broken_at: int | None

    @property
    def intact(self) -> bool:
        """True if every link holds and every digest opens, or is named by a later erasure."""
        return self.broken_at is None


def field_digest(salt: str, field: str, value: Any) -> str:
    """The salted digest of one top-level value, as it stands in an entry (after RFC 9901, section 4.2)."""
    return base64url(sha256(canonical([salt, field, value])).digest())


def append(head: Head, delivery: Delivery, new_bytes: Callable[[int], bytes] = os.urandom) -> Entry:
    """The entry that follows *head* for a delivered notice."""
    notice, sender, data = delivery.notice, delivery.sender, delivery.notice.data
    written = canonical_of_plain if notice.is_plain else canonical
    drawn = new_bytes(SALT_BYTES * len(data))
    salts = base64urls([drawn[at : at + SALT_BYTES] for at in range(0, len(drawn), SALT_BYTES)])
    disclosure: Disclosure = {}
    digests = []
    for (field, value), salt in zip(data.items(), salts, strict=True):
        disclosure[field] = {"salt": salt, "value": value}
        digests.append(sha256(written([salt, field, value])).digest())
    sequence = head.length + 1
    entry = written(
        {
            "format": FORMAT,
            "member": notice.member,
            "sequence": sequence,
            "previous": None if head.digest is None else base64url(head.digest),
            "received_at": write_instant(delivery.received_at),
            "sender": _sender(sender),
            "envelope": {**envelope(notice), "protocol": notice.protocol},
            "data": dict(zip(data, base64urls(digests), strict=True)),
        }
    )
    return Entry(sequence, entry.decode(), sha256(entry).digest(), disclosure)


def _sender(sender: Sender) -> dict[str, Any]:
    """*sender* as an entry keeps it; a person only where one spoke."""
    told = {"role": sender.role, "member": sender.member, "key": sender.key, "door": sender.door}
    return told if sender.person is None else {**told, "person": sender.person}


def envelope(notice: Notice) -> dict[str, Any]:
    """The envelope of *notice*, as an entry keeps it, without the protocol."""
    return {
        "specversion": "1.0",
        "id": notice.id,
        "source": notice.source,
        "type": notice.type,
        "subject": notice.subject,
        "time": None if notice.time is None else write_instant(notice.time),
        "backfill": notice.backfill,
    }


def read_notice(text: str, disclosure: Disclosure) -> Notice:
    """The notice that the entry *text* registered, without its erased fields."""
    entry = _decode(text)
    told = entry["envelope"]
    return Notice(
        member=entry["member"],
        source=told["source"],
        id=told["id"],
        type=told["type"],
        subject=told["subject"],
        time=None if told["time"] is None else datetime.fromisoformat(told["time"]),
        backfill=told["backfill"],
        data={field: opening["value"] for field, opening in disclosure.items()},
        own=speaks_for_itself(entry["sender"]["role"], entry["sender"]["member"], entry["member"]),
    )


def says_the_same(text: str, disclosure: Disclosure, notice: Notice, *, door: Door = "api") -> bool:
    """Whether *notice*, come in by *door*, has the content of the entry *text*, whose identity it has.

    What was erased from the entry cannot be compared: there the two count as equal. A sheet says nothing of
    history: of a row that was told by the same door, `backfill` is not compared.
    """
    entry = _decode(text)
    told = entry["envelope"]
    uncompared = {"backfill"} if door == "import" == entry["sender"]["door"] else set[str]()
    if any(told[name] != value for name, value in envelope(notice).items() if name not in uncompared):
        return False
    kept = {field: opening["value"] for field, opening in disclosure.items()}
    return canonical(kept) == canonical(unerased(text, disclosure, notice))


def unerased(text: str, disclosure: Disclosure, notice: Notice) -> dict[str, Any]:
    """The data of *notice* without the fields that were erased from the entry *text* of its identity."""
    erased = _decode(text)["data"].keys() - disclosure.keys()
    return {field: value for field, value in notice.data.items() if field not in erased}


class Verifier:
    """Recomputes the chain of *member*, one entry after the other, in order of sequence."""

    def __init__(self, member: str) -> None:
        self._member = member
        self._erased: set[tuple[int, str]] = set()
        self._closed: dict[int, set[str]] = {}
        self._broken_at: int | None = None
        self._torn = False
        self.head = EMPTY

    def take(self, text: str, digest: bytes, disclosure: Disclosure) -> None:
        """Hold the next entry's *text*, as stored, against its *digest*, its place and what opens it.

        Behind a torn link nothing can be told, and nothing is taken in.
        """
        if self._torn:
            return
        sequence = self.head.length + 1
        entry = _read_entry(text)
        if entry is None or not _holds(entry, self._member, self.head, text, digest):
            self._break(sequence)
            self._torn = True
            return
        closed = _unopened(entry["data"], disclosure)
        if closed is None:
            self._break(sequence)
        elif closed:
            self._closed[sequence] = closed
        if entry["envelope"]["type"] == ERASED_TYPE:
            self._erased |= _named(disclosure, before=sequence)
        self.head = Head(sequence, digest)

    def result(self) -> Verification:
        """What was found so far: a value that lies closed must be named by an erasure taken in since."""
        broken_at = self._broken_at
        for sequence, fields in self._closed.items():
            if any((sequence, field) not in self._erased for field in fields):
                broken_at = min(sequence, broken_at or sequence)
        return Verification(self.head, len(self._erased), broken_at)

    def _break(self, sequence: int) -> None:
        self._broken_at = min(sequence, self._broken_at or sequence)


def _read_entry(text: str) -> dict[str, Any] | None:
    try:
        entry = _decode(text)
        well_formed = isinstance(entry, dict) and canonical(entry) == text.encode()
    except (msgspec.DecodeError, ValueError):
        return None
    return entry if well_formed else None


def _holds(entry: Mapping[str, Any], member: str, head: Head, text: str, digest: bytes) -> bool:
    told = entry.get("envelope", {})
    return (
        entry.get("format") == FORMAT
        and entry.get("member") == member
        and entry.get("sequence") == head.length + 1
        and entry.get("previous", "") == (None if head.digest is None else base64url(head.digest))
        and told.get("protocol") == protocol_of(member, told.get("source", ""), told.get("id", ""))
        and isinstance(entry.get("data"), dict)
        and sha256(text.encode()).digest() == digest
    )


def _unopened(digests: Mapping[str, str], disclosure: Disclosure) -> set[str] | None:
    """The fields that lie closed; None if something opens wrongly or belongs to no digest."""
    if disclosure.keys() - digests.keys():
        return None
    for field, opening in disclosure.items():
        if field_digest(opening["salt"], field, opening["value"]) != digests[field]:
            return None
    return set(digests.keys() - disclosure.keys())


def _named(disclosure: Disclosure, *, before: int) -> set[tuple[int, str]]:
    """What an erasure names: it can only reach entries *before* its own."""
    sequence = disclosure.get("sequence", {}).get("value")
    fields = disclosure.get("fields", {}).get("value")
    if not isinstance(sequence, int) or not isinstance(fields, list) or sequence >= before:
        return set()
    return {(sequence, field) for field in fields}
