"""What does not fit together: what is remarked about a notice, what the review list shows. Pure."""

from collections.abc import Iterable, Sequence

import msgspec

from services.registry.folding.agreement import Agreement, Contradiction
from services.registry.folding.rules import CODES
from services.registry.writing import store
from shared.notices.sentences import Sentence

Key = tuple[str, str]
_encode = msgspec.json.Encoder().encode


def key_of(contradiction: Contradiction) -> Key:
    """What makes it the same, however it is worded: its code, and the notice that it is about."""
    return contradiction.code, contradiction.protocol


class Remark(msgspec.Struct, frozen=True):
    """What the registry noted when it registered the notice *protocol*."""

    protocol: str
    code: str
    detail: Sentence


def remarks_of(protocol: str, before: Iterable[Contradiction] | None, after: Agreement) -> tuple[Remark, ...]:
    """What contradicts the notice *protocol*, and what it made a contradiction elsewhere.

    *before* are the contradictions of before it; None: they are not known.
    """
    if not after.contradictions:
        return ()
    were = None if before is None else {key_of(found) for found in before}
    return tuple(
        Remark(found.protocol, found.code, found.detail)
        for found in after.contradictions
        if found.protocol == protocol or (were is not None and key_of(found) not in were)
    )


def changes(before: Iterable[Contradiction], after: Agreement) -> tuple[list[Contradiction], list[Key]]:
    """Which contradictions of *after* are new, or worded anew, and which of *before* are resolved."""
    were = {key_of(found): found for found in before}
    are = {key_of(found): found for found in after.contradictions}
    opened = [found for key, found in are.items() if were.get(key) != found]
    return opened, [key for key in _resolved(list(were), are, after) if key not in are]


def _resolved(were: Sequence[Key], are: Iterable[Key], after: Agreement) -> Sequence[Key]:
    """Of *were* all, but for those that newer ones have pushed out at the front: only so many are kept."""
    if after.contradiction_count == len(after.contradictions):
        return were
    kept = set(are)
    first = next((at for at, key in enumerate(were) if key in kept), len(were))
    return were[first:]


def review(agreement: Agreement, found: Contradiction, position: int) -> store.ReviewRow:
    """The row of *found*, which the notice at *position* brought about."""
    return store.ReviewRow(
        agreement=agreement.id,
        member=agreement.member,
        kind="gate" if found.code in CODES else "contradiction",
        code=found.code,
        protocol=found.protocol,
        detail=_encode(found.detail).decode(),
        opened_by=position,
    )
