"""The ring of recent items, and what of it each audience is told. Pure: no I/O, no clock.

An *audience* is everybody with the same scope and filter: what one of them gets, all get, byte for byte.
"""

from collections.abc import Collection
from enum import Enum
from itertools import islice
from typing import Final, Literal, NamedTuple

import msgspec

from shared.notices.codelists import Visibility
from shared.notices.feed import FeedItem, Filter, Scope, redact, stricter

RING_ITEMS: Final = 20_000
_AGREEMENT_FAMILY: Final = "br.malha.agreement."

ResetReason = Literal["malformed", "unknown", "too_old", "restored"]


class Added(Enum):
    """What became of an item given to the ring."""

    NEW = "new"
    DUPLICATE = "duplicate"
    HOLE = "hole"


class Audience(msgspec.Struct, frozen=True):
    """Who is told the same: what they may see, and what of it they asked for."""

    scope: Scope
    filter: Filter


class Chunk(NamedTuple):
    """Frames to send, the last `id:` that the reader then has, and the position they are complete to."""

    frames: bytes
    last_id: int
    complete_to: int


class FellBehind(Exception):  # noqa: N818 (it says what happened)
    """The reader is at a position that the ring no longer holds."""


class _Entry(msgspec.Struct, gc=False):
    """An item as it is kept: its bytes, and beside them only what every reader is judged by."""

    body: bytes
    member: str
    agreement: str | None
    visibility: Visibility
    backfill: bool


class Ring:
    """The last items of the feed, contiguous in position, and how visible their agreements are by now.

    An item's agreement may have become less public since: the latest item of the agreement tells.
    """

    def __init__(self, capacity: int = RING_ITEMS, *, visibility_of_their_own: Collection[str] = ()) -> None:
        """*visibility_of_their_own*: types that say nothing about how visible their agreement is."""
        self.capacity = capacity
        self._slack = max(1, capacity // 16)
        self._of_their_own = frozenset(visibility_of_their_own)
        self._entries: list[_Entry] = []
        self._agreements: dict[str, tuple[Visibility, int]] = {}
        self._decoder = msgspec.json.Decoder(FeedItem)
        self._encoder = msgspec.json.Encoder()
        self._restored_at = 0
        self._begun = False
        self.head = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def oldest(self) -> int:
        """The first position that can still be told; head + 1 when there is none."""
        return self.head - len(self._entries) + 1

    @property
    def is_full(self) -> bool:
        """Whether it holds as many items as it promises."""
        return len(self._entries) >= self.capacity

    def add(self, item: FeedItem) -> Added:
        """Take the next item in. The very first may have any position; after it only head + 1 is taken."""
        if self._begun and item.position <= self.head:
            return Added.DUPLICATE
        if self._begun and item.position != self.head + 1:
            return Added.HOLE
        self._begun = True
        self._entries.append(self._entry(item))
        self.head = item.position
        self._learn_visibility(item)
        if item.erased is not None:
            self._forget(item)
        if len(self._entries) > self.capacity + self._slack:
            self._drop_oldest()
        return Added.NEW

    def clear(self) -> None:
        """Know nothing, as at first."""
        self._begin_at(0)
        self._begun = False

    def skip_to(self, head: int) -> None:
        """Go on after *head*; what lies before it can no longer be had from the stream."""
        self._begin_at(head)

    def restore(self, head: int) -> None:
        """The database was restored: the feed goes on after *head*, above all positions ever given."""
        self._begin_at(head)
        self._restored_at = head

    def refusal(self, asked: int) -> ResetReason | None:
        """Why a reader cannot go on from position *asked*; None if it can."""
        if asked > self.head:
            return "unknown"
        if asked < self._restored_at:
            return "restored"
        if asked < self.oldest - 1:
            return "too_old"
        return None

    def chunk(self, audience: Audience, last_id: int, complete_to: int, *, items: int, size: int) -> Chunk:
        """What *audience* has to be sent after position *complete_to*, when its last `id:` was *last_id*.

        Looks at no more than *items* items and stops at *size* bytes. A notice that does not follow on
        *last_id* has a cursor before it. Raises FellBehind.
        """
        if complete_to < self.oldest - 1:
            raise FellBehind
        start = complete_to + 1 - self.oldest
        frames: list[bytes] = []
        written = 0
        for entry in self._entries[start : start + items]:
            complete_to += 1
            if not self._is_told(audience, entry):
                continue
            if complete_to != last_id + 1:
                frames.append(cursor_frame(complete_to - 1))
            frames.append(b"id: %d\nevent: notice\ndata: %b\n\n" % (complete_to, entry.body))
            last_id = complete_to
            written += len(entry.body)
            if written >= size:
                break
        return Chunk(b"".join(frames), last_id, complete_to)

    def latest(self, audience: Audience, count: int, *, among: int) -> list[FeedItem]:
        """The last *count* items that *audience* is told, newest first, looked for *among* so many."""
        recent = islice(reversed(self._entries), among)
        told = (entry for entry in recent if self._is_told(audience, entry))
        return [self._decoder.decode(entry.body) for entry in islice(told, count)]

    def _is_told(self, audience: Audience, entry: _Entry) -> bool:
        if entry.backfill and not audience.filter.backfill:
            return False
        if not audience.scope.sees(self._visibility_now(entry), entry.member):
            return False
        return audience.filter.is_open or audience.filter.matches(self._decoder.decode(entry.body))

    def _visibility_now(self, entry: _Entry) -> Visibility:
        if entry.agreement is None or entry.agreement not in self._agreements:
            return entry.visibility
        return stricter(entry.visibility, self._agreements[entry.agreement][0])

    def _entry(self, item: FeedItem) -> _Entry:
        return _Entry(
            body=self._encoder.encode(item),
            member=item.member.id,
            agreement=None if item.agreement is None else item.agreement.id,
            visibility=item.visibility,
            backfill=item.backfill,
        )

    def _learn_visibility(self, item: FeedItem) -> None:
        if item.agreement is None or item.type in self._of_their_own:
            return
        if item.type.startswith(_AGREEMENT_FAMILY):
            self._agreements[item.agreement.id] = (item.visibility, item.position)

    def _forget(self, erasure: FeedItem) -> None:
        for index, entry in enumerate(self._entries):
            if entry.member != erasure.member.id:
                continue
            before = self._decoder.decode(entry.body)
            after = redact(before, erasure)
            if after is not before:
                self._entries[index] = self._entry(after)

    def _drop_oldest(self) -> None:
        dropped = self._entries[: self._slack]
        del self._entries[: self._slack]
        for agreement in {entry.agreement for entry in dropped if entry.agreement is not None}:
            if agreement in self._agreements and self._agreements[agreement][1] < self.oldest:
                del self._agreements[agreement]

    def _begin_at(self, head: int) -> None:
        self._entries.clear()
        self._agreements.clear()
        self._begun = True
        self.head = head


def cursor_frame(position: int) -> bytes:
    """The reader is complete up to *position*."""
    return b'id: %d\nevent: cursor\ndata: {"position":%d}\n\n' % (position, position)


def reset_frame(position: int, reason: ResetReason, asked: int) -> bytes:
    """*asked* cannot be gone on from (0: it was no position); the stream goes on after *position*."""
    data = msgspec.json.encode({"reason": reason, "snapshot": f"/v1/feed?after={asked}"})
    return b"id: %d\nevent: reset\ndata: %b\n\n" % (position, data)


def hello_frame(
    ring: Ring,
    position: int,
    *,
    server_time: str,
    environment: str,
    role: str,
    member: str | None,
    retry_ms: int,
) -> bytes:
    """First on every connection: where it goes on from, whose it is, how long to wait before the next."""
    hello = {
        "position": position,
        "head": ring.head,
        "oldest": ring.oldest,
        "server_time": server_time,
        "environment": environment,
        "role": role,
    }
    data = msgspec.json.encode(hello if member is None else {**hello, "member": member})
    return b"retry: %d\nid: %d\nevent: hello\ndata: %b\n\n" % (retry_ms, position, data)
