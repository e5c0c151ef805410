"""Notices folded into an agreement: which field holds which value, and that the fold stays small."""

from datetime import date
from typing import Any

import pytest

from services.registry.folding import fold as folding
from services.registry.folding.fold import OutOfOrder
from shared.notices.sentences import Sentence
from tests.support.told import MEMBER, PORTO, SUBJECT, agreement_of, signed, told, value


def test_amended_holds_from_its_day_and_corrected_always() -> None:
    """An amendment makes another agreement of it; a correction says that it was always so."""
    found = agreement_of(
        signed(themes=["AGUA"]),
        told("amended", effective_on="2022-01-01", changes={"title": "Nova", "themes": None}),
        told("corrected", reason="erro", changes={"department": "SMRI"}, time="2023-05-01T12:00:00+00:00"),
    )
    assert value(found, "2021-12-31", "title") == "Cooperação"
    assert value(found, "2022-01-01", "title") == "Nova"
    assert value(found, "2022-01-01", "themes") is None
    assert value(found, "2000-01-01", "department") == "SMRI"


def test_a_correction_without_time_is_not_overwritten_by_the_telling_it_corrects() -> None:
    """It comes first in fold order, and yet it was sent because the telling is wrong."""
    found = agreement_of(signed(), told("corrected", reason="erro", changes={"title": "Certo"}))
    assert found.last("title") == "Certo"


def test_a_later_first_telling_overwrites_the_fields_that_it_names() -> None:
    """And leaves the others as they were."""
    found = agreement_of(
        signed(department="SMRI"),
        told("reported", signed_on="2021-01-01", instrument="ACT", title="Outro", partners=[PORTO]),
    )
    assert (found.last("title"), found.last("instrument"), found.last("department")) == (
        "Outro",
        "ACT",
        "SMRI",
    )
    assert found.signed_from == date(2020, 3, 9)


def test_an_erased_field_is_simply_not_told() -> None:
    """Required ones too: nothing that a court erases may stop the fold."""
    found = agreement_of(
        told("signed", signed_on="2020-03-09"),
        told("amended", effective_on="2021-01-01"),
        told("amended", 2),
        told("entered_into_force"),
        told("corrected"),
        told("retracted"),
        told("terminated", 2),
    )
    assert found.told
    assert found.last("title") is None


def test_an_earlier_notice_is_refused_by_advance() -> None:
    """It asks for a fold of all notices."""
    accumulator = folding.fold(MEMBER, SUBJECT, [told("entered_into_force", effective_on="2020-05-01")])
    assert not folding.can_advance(accumulator, signed())
    with pytest.raises(OutOfOrder):
        folding.advance(accumulator, signed())
    assert not folding.can_advance(accumulator, told("retracted", notice="MG-X", reason="r"))


def test_contradictions_are_kept_in_bounds_and_all_counted() -> None:
    """A sender that goes wrong ten thousand times does not make the agreement grow."""
    wrong = [told("terminated", n, effective_on="2022-01-01") for n in range(200)]
    found = agreement_of(signed(), told("terminated", -1, effective_on="2021-01-01"), *wrong)
    assert len(found.contradictions) == 50
    assert found.contradiction_count == 200


def test_the_accumulator_does_not_grow_with_notices_that_change_nothing() -> None:
    """Its size follows the days on which something changed, not the notices."""

    def amended(n: int) -> Any:
        return told(
            "amended", n, effective_on="2022-01-01", changes={"title": "T"}, time="2022-01-01T12:00:00+00:00"
        )

    few = folding.encode(folding.fold(MEMBER, SUBJECT, [signed(), *(amended(n) for n in range(10))]))
    many = folding.encode(folding.fold(MEMBER, SUBJECT, [signed(), *(amended(n) for n in range(1_000))]))
    assert len(many) - len(few) < 10


def test_spans_tell_only_the_fields_that_are_asked_for() -> None:
    """What counts need stays small however often a title changes."""
    retitled = [
        told("amended", n, effective_on=f"2021-{n:02}-01", changes={"title": str(n)}) for n in range(1, 13)
    ]
    found = agreement_of(signed(), *retitled)
    assert len(found.segments) == 14
    assert [(span.from_day, span.data) for span in found.spans(["instrument"])] == [
        (None, {"instrument": "MOU"}),
        (date(2020, 3, 9), {"instrument": "MOU"}),
    ]


def test_every_contradiction_is_said_in_both_languages() -> None:
    """Portuguese first, English beside it, no template left open."""
    found = agreement_of(
        told("terminated", effective_on="2019-01-01"), signed(), told("retracted", notice="MG-X", reason="r")
    )
    for contradiction in found.contradictions:
        assert isinstance(contradiction.detail, Sentence)
        assert contradiction.detail.pt != contradiction.detail.en
        assert "{" not in contradiction.detail.pt + contradiction.detail.en
