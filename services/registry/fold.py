"""The fold: notices and a date in, agreement out. Pure.

The same set of notices gives the same agreement in any order of arrival, byte for byte. One more notice that
comes later in fold order than all before it is taken in by `advance`; an earlier one, a retraction or an
erasure asks for `fold` over all of them.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

import msgspec

from services.registry.agreement import Agreement, Contradiction, Segment, Stage, Value, states
from services.registry.life import (
    MOST_CONTRADICTIONS,
    Doubt,
    Fold,
    LifeAfterTheEnd,
    LifeSoFar,
    OrderKey,
)
from shared.notices.canonical import canonical
from shared.notices.codelists import Visibility
from shared.notices.dates import day_of
from shared.notices.envelope import Notice
from shared.notices.families.agreement import Retracted
from shared.notices.families.fact import BEGINNING
from shared.notices.sentences import Sentence

__all__ = [
    "BEGINNING",
    "Agreement",
    "Contradiction",
    "Doubt",
    "Fold",
    "OrderKey",
    "OutOfOrder",
    "Segment",
    "Stage",
    "Value",
    "advance",
    "agreement",
    "can_advance",
    "decode",
    "decode_agreement",
    "encode",
    "fold",
    "is_retraction",
    "order_key",
    "start",
]

NO_TIME: Final = datetime.min.replace(tzinfo=UTC)

RETRACTS_NOTHING: Final = Sentence(
    pt="O protocolo citado não é de um aviso deste acordo que se possa retirar. Confira o número; "
    "uma retirada não se retira: o fato se envia de novo.",
    en="The protocol named is not of a notice about this agreement that can be retracted. Check the number; "
    "a retraction is not retracted: the fact is sent anew.",
)


class OutOfOrder(ValueError):  # noqa: N818 - what it is
    """The notice does not come after all that were taken in: fold all of them anew."""


def order_key(notice: Notice) -> OrderKey:
    """The place of *notice* in the order of the fold: business day, time, rank, source, id."""
    fact = notice.fact
    told = fact.business_date(notice.data)
    if told is not None:
        day = told.first_day
    elif notice.time is not None:
        day = day_of(notice.time)
    else:
        day = BEGINNING
    return OrderKey(day, notice.time or NO_TIME, fact.rank, notice.source, notice.id)


def is_retraction(notice: Notice) -> bool:
    """True for a notice that takes another one back; itself it is not taken in."""
    return issubclass(notice.fact.payload, Retracted)


def start(member: str, subject: str) -> Fold:
    """The accumulator of an agreement of which nothing is known."""
    return Fold(member=member, subject=subject)


def can_advance(fold: Fold, notice: Notice) -> bool:
    """True if `advance` may take *notice* in; otherwise all notices have to be folded anew."""
    if is_retraction(notice):
        return False
    return fold.last_key is None or order_key(notice) > fold.last_key


def advance(fold: Fold, notice: Notice) -> Fold:
    """Take in one *notice* later than all before it, at the same cost after ten as after ten thousand.

    The accumulator is changed in place and returned. OutOfOrder where `can_advance` says no.
    """
    if not can_advance(fold, notice):
        raise OutOfOrder(f"{notice.protocol} does not come last")
    _take(fold, notice, order_key(notice))
    return fold


def fold(member: str, subject: str, notices: Iterable[Notice]) -> Fold:
    """The accumulator after *notices* of one agreement, given in any order and however often."""
    facts: dict[OrderKey, Notice] = {}
    accumulator = start(member, subject)
    for notice in notices:
        if not is_retraction(notice):
            facts[order_key(notice)] = notice
        elif isinstance(named := notice.data.get("notice"), str):
            by = notice.protocol
            accumulator.retractions[named] = min(by, accumulator.retractions.get(named, by))
    for key in sorted(facts):
        _take(accumulator, facts[key], key)
    return accumulator


def _visibility(fold: Fold) -> Visibility:
    """Before its first telling nobody has said whom it is for: it may turn out to be restricted."""
    if not fold.told:
        return "restricted"
    return fold.visibility or ("network" if fold.signed_on is None else "public")


def agreement(fold: Fold) -> Agreement:
    """What *fold* amounts to, over the whole time line."""
    contradictions = [
        *(doubt.contradiction for doubt in fold.doubts),
        *(
            Contradiction("retracts_nothing", RETRACTS_NOTHING, by)
            for _, by in sorted(fold.retractions.items())
        ),
    ]
    return Agreement(
        member=fold.member,
        subject=fold.subject,
        visibility=_visibility(fold),
        told=fold.told,
        signed_from=fold.signed_from,
        uncounted_from=fold.uncounted_from,
        contradictions=tuple(contradictions[-MOST_CONTRADICTIONS:]),
        contradiction_count=fold.doubt_count + fold.gap_count + len(fold.retractions),
        stages=states(
            fold.stages,
            fold.signed_from,
            fold.fields.get("effective_on", ()),
            fold.fields.get("ends_on", ()),
        ),
        fields={field: tuple(values) for field, values in fold.fields.items() if values},
    )


def encode(folded: Fold | Agreement) -> bytes:
    """An accumulator or an agreement in canonical JSON (RFC 8785)."""
    written = _encode(folded)
    if _MAY_BE_FLOAT.search(written) is None:
        return written
    return canonical(msgspec.json.decode(written))


def decode(raw: bytes | str) -> Fold:
    """The accumulator that `encode` wrote."""
    return _decode_fold(raw)


def decode_agreement(raw: bytes | str) -> Agreement:
    """The agreement that `encode` wrote."""
    return _decode_agreement(raw)


# Sorted, with ASCII names and integers alone, msgspec writes the canonical form: the path of nearly all.
_encode = msgspec.json.Encoder(order="sorted").encode
_MAY_BE_FLOAT: Final = re.compile(rb"[:,\[]-?[0-9]+[.eE]")

_decode_fold = msgspec.json.Decoder(Fold).decode
_decode_agreement = msgspec.json.Decoder(Agreement).decode


def _take(fold: Fold, notice: Notice, key: OrderKey) -> None:
    fold.last_key = key
    if fold.retractions and fold.retractions.pop(notice.protocol, None) is not None:
        return
    fact = notice.fact
    if fold.final is None:
        life = LifeSoFar(fold, notice, key.day)
    else:
        life = LifeAfterTheEnd(fold, notice, key.day, fold.final)
    if fact.first_telling:
        life.tell(notice.data)
    fact.apply(notice.data, life)
