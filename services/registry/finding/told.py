"""What of a stored fold is searched and compared. Pure.

Most notices change none of it: so its fields stay unread, as the bytes that they are stored as, until one of
them has changed.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from hashlib import blake2b
from typing import Any, Final

import msgspec
from msgspec import UNSET

from services.registry.folding.agreement import Stage, Value, held_at_last

_DIGEST_BYTES: Final = 12


class Told(msgspec.Struct, frozen=True):
    """A fold's own attributes, those that are needed; `fields` are JSON."""

    member: str
    subject: str
    told: bool = False
    uncounted_from: date | None = None
    stages: tuple[Stage, ...] = ()
    fields: dict[str, msgspec.Raw] = {}

    def values(self, field: str) -> Sequence[Value]:
        """What *field* held, over time."""
        stored = self.fields.get(field)
        return () if stored is None else _values(stored)

    def held(self, field: str) -> Any:
        """What *field* holds at last; None if nothing."""
        held = held_at_last(self.values(field))
        return None if held is UNSET else held

    @property
    def sharing(self) -> list[str]:
        """The ids of the members that share the agreement."""
        return [shares["member"] for shares in self.held("participants") or ()]

    @property
    def counts(self) -> bool:
        """Told, and neither void nor merged nor withdrawn."""
        withdrawn = bool(self.stages) and self.stages[-1].state == "withdrawn"
        return self.told and self.uncounted_from is None and not withdrawn

    def digest(self, fields: Iterable[str], key: bytes) -> bytes:
        """Tells whoever has the *key* whether one of *fields* has changed, or whether it counts."""
        digest = blake2b(digest_size=_DIGEST_BYTES, key=key)
        digest.update(b"counts" if self.counts else b"counts not")
        for field in fields:
            digest.update(b"\x1f")
            digest.update(self.fields.get(field, b""))
        return digest.digest()


read: Final = msgspec.json.Decoder(Told).decode
_values: Final = msgspec.json.Decoder(list[Value]).decode
