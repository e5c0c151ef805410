"""The fold: notices and a date in, agreement out. Pure.

The same set of notices gives the same agreement in any order of arrival, byte for byte. One more notice that
comes later in fold order than all before it is taken in by `advance`; an earlier one, a retraction or an
erasure asks for `fold` over all of them.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

import msgspec

from services.registry.folding.accumulator import Fold, OrderKey
from services.registry.folding.afterlife import LifeAfterTheEnd
from services.registry.folding.agreement import Agreement, Contradiction, Segment, Stage, Value, states
from services.registry.folding.doubts import NEVER_TOLD, RETRACTS_NOTHING, Doubt, of_data
from services.registry.folding.life import MOST_CONTRADICTIONS, LifeSoFar
from services.registry.folding.rules import NO_RULES, Rules
from shared.notices.canonical import canonical
from shared.notices.codelists import Visibility
from shared.notices.dates import day_of
from shared.notices.envelope import Notice
from shared.notices.families.agreement import Retracted
from shared.notices.families.fact import BEGINNING

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
    "resume",
    "start",
    "visibility",
]

NO_TIME: Final = datetime.min.replace(tzinfo=UTC)


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
    """The accumulator after *notices* of one agreement, given in any order and however often.

    What the clock announced may be among them; it is no part of the agreement.
    """
    return resume(start(member, subject), notices)


def resume(fold: Fold, notices: Iterable[Notice]) -> Fold:
    """Go on from *fold*, made of all notices up to its last key, with those that it has not seen.

    They are, in any order: every fact beyond its last key, and every retraction registered since *fold* was
    made; no retraction may name a notice that is in it already. Changed in place and returned; OutOfOrder.
    """
    facts: dict[OrderKey, Notice] = {}
    for notice in notices:
        if not is_retraction(notice):
            if notice.fact.folded:
                facts[order_key(notice)] = notice
        elif isinstance(named := notice.data.get("notice"), str):
            by, retractions = notice.protocol, fold.own_retractions if notice.own else fold.retractions
            retractions[named] = min(by, retractions.get(named, by))
    for key in sorted(facts):
        if fold.last_key is not None and key <= fold.last_key:
            raise OutOfOrder(f"{facts[key].protocol} is in it already, or should have come before")
        _take(fold, facts[key], key)
    return fold


def visibility(fold: Fold) -> Visibility:
    """Before its first telling nobody has said whom it is for: it may turn out to be restricted."""
    if not fold.told:
        return "restricted"
    return fold.visibility or ("network" if fold.signed_on is None else "public")


def agreement(fold: Fold, rules: Rules = NO_RULES) -> Agreement:
    """What *fold* amounts to, over the whole time line, judged by *rules*."""
    contradictions = [
        *_doubted(fold),
        *(
            Contradiction("retracts_nothing", RETRACTS_NOTHING, by)
            for _, by in sorted([*fold.retractions.items(), *fold.own_retractions.items()])
        ),
        *of_data(fold.fields, fold.tellers, fold.subject),
    ]
    folded = Agreement(
        member=fold.member,
        subject=fold.subject,
        visibility=visibility(fold),
        told=fold.told,
        signed_from=fold.signed_from,
        signed_by=fold.signed_by,
        uncounted_from=fold.uncounted_from,
        successor=fold.successor,
        confirmed_on=fold.confirmed_on,
        questions=tuple(fold.questions),
        contradictions=tuple(contradictions[-MOST_CONTRADICTIONS:]),
        contradiction_count=_doubted_in_all(fold) + len(contradictions) - len(fold.doubts),
        stages=states(
            fold.stages,
            fold.signed_from,
            fold.fields.get("effective_on", ()),
            fold.fields.get("ends_on", ()),
        ),
        fields={field: tuple(values) for field, values in fold.fields.items() if values},
    )
    if folded.signed_by is None or not (found := rules.contradictions(folded)):
        return folded
    return msgspec.structs.replace(
        folded,
        contradictions=(*folded.contradictions, *found)[-MOST_CONTRADICTIONS:],
        contradiction_count=folded.contradiction_count + len(found),
    )


def _doubted(fold: Fold) -> Iterator[Contradiction]:
    """What does not fit; of an agreement that nobody has told, that it has to be told first."""
    for doubt in fold.doubts:
        found = doubt.contradiction
        untold = doubt.until == "signed" and not fold.told
        yield Contradiction("never_told", NEVER_TOLD, found.protocol) if untold else found


def _doubted_in_all(fold: Fold) -> int:
    return fold.doubt_count + fold.untold_count + fold.unsigned_count


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


def _is_retracted(fold: Fold, notice: Notice) -> bool:
    by_coordination = fold.retractions.pop(notice.protocol, None)
    by_member = fold.own_retractions.pop(notice.protocol, None) if notice.own else None
    return by_coordination is not None or by_member is not None


def _take(fold: Fold, notice: Notice, key: OrderKey) -> None:
    fold.last_key = key
    if (fold.retractions or fold.own_retractions) and _is_retracted(fold, notice):
        return
    fact = notice.fact
    if fold.final is None or not fact.of_life:
        life = LifeSoFar(fold, notice, key.day)
    else:
        life = LifeAfterTheEnd(fold, notice, key.day, fold.final)
    if fact.first_telling:
        life.tell(notice.data)
    fact.apply(notice.data, life)
