"""Whether two agreements may be one: what speaks for it, and what tells them apart."""

from typing import Any

import pytest

from services.registry.finding import told
from services.registry.finding.dealing import Dealing, Row, may_repeat
from services.registry.folding import fold
from shared.notices.envelope import Notice

Telling = dict[str, Any]
BELO_HORIZONTE, UBERLANDIA = "3106200", "3170206"


def sister_city(**changes: Any) -> Telling:
    """A twinning with Porto, with *changes*; None: not told."""
    fields = {
        "instrument": "IRM",
        "title": "Irmanamento com o Porto",
        "partners": [{"name": "Porto", "kind": "city", "country": "PT"}],
        "signed_on": "2025-03-01",
        **changes,
    }
    return {field: value for field, value in fields.items() if value is not None}


def dealing(
    subject: str, signed: Telling, *more: tuple[str, Telling], member: str = BELO_HORIZONTE
) -> Dealing:
    """An agreement that was signed like this, and what came after."""
    facts = [("signed", signed), *more]
    notices = [
        Notice(
            member=member,
            source="/t",
            id=str(place),
            type=f"br.malha.agreement.{fact}.v1",
            subject=subject,
            data=data,
        )
        for place, (fact, data) in enumerate(facts)
    ]
    row = Row(f"AG-{subject}", len(subject), 1, "public", "")
    known = told.read(fold.encode(fold.fold(member, subject, notices)))
    return Dealing.of(row, known, {member: "Belo Horizonte"})


def test_the_same_told_twice_is_suspected() -> None:
    """Another number, another wording, a day later: the partner and the time are the same."""
    older = dealing("A", sister_city())
    newer = dealing("BB", sister_city(title="Irmanamento com a cidade do Porto", signed_on="2025-03-02"))
    found = may_repeat(newer, older)
    assert found is not None
    assert found.dates == "near"
    sentence = found.sentence(older)
    for said in (sentence.pt, sentence.en):
        assert "AG-A" in said
        assert "into = A" in said
        assert "merged" in said


def test_who_resembles_whom_is_the_same_from_both_sides() -> None:
    """The order of arrival is luck."""
    one, two = dealing("A", sister_city()), dealing("BB", sister_city(title="Irmandade com o Porto"))
    assert may_repeat(one, two) == may_repeat(two, one)


APART: list[Telling] = [
    sister_city(partners=[{"name": "Braga", "kind": "city", "country": "PT"}]),
    sister_city(signed_on="2019-05-01"),
    sister_city(signed_on="2019"),
    sister_city(title="Cooperação em saneamento e águas pluviais"),
    sister_city(instrument="MOU"),
    sister_city(parent="A"),
    sister_city(title="Irmanamento com o Porto nº 2"),
]


@pytest.mark.parametrize("told", APART)
def test_what_tells_two_apart(told: Telling) -> None:
    """Another partner, time, title, instrument, number; or the one names the other as its parent."""
    older = dealing("A", sister_city(title="Irmanamento com o Porto nº 1"))
    assert may_repeat(dealing("BB", told), older) is None


def test_amounts_tell_loans_apart() -> None:
    """A bank lends on the same day for two programmes of nearly the same name."""

    def loan(value: str) -> Telling:
        return sister_city(instrument="EMP", amounts=[{"value": value, "currency": "USD", "kind": "loan"}])

    older = dealing("A", loan("461000000"))
    assert may_repeat(dealing("BB", loan("137000000")), older) is None
    assert may_repeat(dealing("BB", loan("461000000")), older) is not None


def test_an_unclassified_instrument_tells_nothing() -> None:
    """`OUT` also means "não sei"."""
    older = dealing("A", sister_city())
    assert may_repeat(dealing("BB", sister_city(instrument="OUT")), older) is not None


def test_a_year_alone_may_hold_the_day() -> None:
    """A sheet says 2025, the report says the day."""
    older = dealing("A", sister_city())
    assert may_repeat(dealing("BB", sister_city(signed_on="2025")), older) is not None


def test_without_a_date_the_words_decide() -> None:
    """Nothing tells when: only the same words are suspicious."""
    older = dealing("A", sister_city())
    assert may_repeat(dealing("BB", sister_city(signed_on=None)), older) is not None
    other = sister_city(signed_on=None, title="Irmandade com a cidade invicta do Porto")
    assert may_repeat(dealing("BB", other), older) is None


ENDED: list[tuple[str, Telling]] = [
    ("voided", {"reason": "erro"}),
    ("merged", {"into": "C"}),
]


@pytest.mark.parametrize("end", ENDED)
def test_what_does_not_count_is_no_duplicate(end: tuple[str, Telling]) -> None:
    """Void, or merged: the cure has been taken."""
    assert may_repeat(dealing("BB", sister_city(), end), dealing("A", sister_city())) is None
    assert may_repeat(dealing("BB", sister_city()), dealing("A", sister_city(), end)) is None


def test_members_are_never_compared() -> None:
    """Each deals for itself; what they share, they share as participants."""
    older = dealing("A", sister_city())
    assert may_repeat(dealing("BB", sister_city(), member=UBERLANDIA), older) is None
