"""What the worker and ingest say to each other: a kind, a length, and so many bytes. Pure."""

import struct
from typing import Final, Literal, NamedTuple, get_args

Kind = Literal["refused", "failed", "body", "rows", "report", "end"]
_KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_HEAD: Final = struct.Struct(">BI")
HEAD_BYTES: Final = _HEAD.size
LARGEST_FRAME: Final = 64 * 1024 * 1024


class Head(NamedTuple):
    """What comes next."""

    kind: Kind
    size: int


def write(kind: Kind, content: bytes) -> bytes:
    """A frame."""
    return _HEAD.pack(_KINDS.index(kind), len(content)) + content


def read_head(head: bytes) -> Head:
    """The head of a frame; ValueError for what is none."""
    number, size = _HEAD.unpack(head)
    if number >= len(_KINDS) or size > LARGEST_FRAME:
        raise ValueError("not a frame")
    return Head(_KINDS[number], size)
