from datetime import date
from typing import Any

import msgspec
import pytest

from services.registry.folding import fold as folding
from services.registry.folding.agreement import Agreement
from services.registry.folding.fold import BEGINNING, OutOfOrder
from shared.notices.sentences import Sentence
from tests.support.told import MEMBER, PORTO, SUBJECT, agreement_of, codes, signed, told


def states(agreement: Agreement) -> list[tuple[str, str]]:
    """Each state of *agreement* with the day from which it holds."""
    return [(stage.day.isoformat(), stage.state) for stage in agreement.stages]


def value(agreement: Agreement, day: str, field: str) -> Any:
    """What *field* of *agreement* holds on *day*."""
    return agreement.on(date.fromisoformat(day)).data.get(field)


def test_signed_until_its_effective_date_then_in_force_then_expired() -> None:
    """Entry into force and expiry follow from the dates alone."""
    found = agreement_of(signed(effective_on="2020-04-01", ends_on="2024-03-31"))
    assert states(found) == [("2020-03-09", "signed"), ("2020-04-01", "in_force"), ("2024-04-01", "expired")]
    assert found.on(date(2020, 3, 8)).state == "unknown"
    assert found.contradictions == ()


def test_a_reduced_start_counts_from_its_first_day_and_a_reduced_end_to_its_last() -> None:
    """2014 begins on the first of January and is over after the last of December."""
    found = agreement_of(signed("2014-02", effective_on="2015", ends_on="2016-02"))
    assert states(found) == [("2014-02-01", "signed"), ("2015-01-01", "in_force"), ("2016-03-01", "expired")]
    assert found.last("signed_on") == "2014-02"


def test_an_undated_agreement_was_signed_from_the_beginning() -> None:
    """Of many old ties nobody knows the year: they are signed all the same."""
    found = agreement_of(signed(None))
    assert found.on(date(1950, 1, 1)).state == "signed"
    assert found.signed_from == BEGINNING


def test_without_a_business_date_the_day_of_time_in_minas_decides() -> None:
    """02:30 UTC on the first of March is still February in Minas Gerais."""
    found = agreement_of(
        told("reported", instrument="MOU", title="T", partners=[PORTO], time="2020-03-01T02:30:00+00:00")
    )
    assert states(found) == [("2020-02-29", "signed")]


def test_an_open_end_never_expires() -> None:
    """ends_on null says that there is no end; it is told, not missing."""
    found = agreement_of(signed(effective_on="2020-03-09", ends_on=None))
    assert found.on(date(2999, 1, 1)).state == "in_force"
    assert "ends_on" in found.segments[-1].data


def test_entry_into_force_is_told_or_follows_whichever_comes_first() -> None:
    """A signed agreement is signed until effective_on or entered_into_force."""
    found = agreement_of(
        signed(effective_on="2020-06-01"), told("entered_into_force", effective_on="2020-05-01")
    )
    assert states(found) == [("2020-03-09", "signed"), ("2020-05-01", "in_force")]


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


def test_a_corrected_signature_date_moves_the_signature() -> None:
    """It was always so: also the state follows."""
    found = agreement_of(signed(), told("corrected", reason="erro", changes={"signed_on": "2019-03"}))
    assert states(found) == [("2019-03-01", "signed")]
    assert found.signed_from == date(2019, 3, 1)


def test_an_amended_end_moves_the_expiry_even_after_it() -> None:
    """The dates decide; that the extension came late is a contradiction."""
    found = agreement_of(
        signed(effective_on="2020-03-09", ends_on="2021"),
        told("amended", effective_on="2022-06-01", changes={"ends_on": "2025"}),
    )
    assert states(found)[-3:] == [
        ("2022-01-01", "expired"),
        ("2022-06-01", "in_force"),
        ("2026-01-01", "expired"),
    ]
    assert codes(found) == ["already_expired"]


def test_skipping_the_signature_applies_and_contradicts_until_it_is_told() -> None:
    """In force but never told as signed: shown as in force, on the review list, until the signature comes."""
    entry = told("entered_into_force", effective_on="2020-05-01")
    alone = agreement_of(entry)
    assert states(alone) == [("2020-05-01", "in_force")]
    assert codes(alone) == ["never_told"]
    assert not alone.told
    assert alone.signed_from is None
    assert alone.visibility == "restricted"
    assert codes(agreement_of(entry, signed())) == []


def test_only_later_facts_that_name_no_state_leave_it_unknown() -> None:
    """An amendment of an agreement that nobody told says nothing of its state."""
    found = agreement_of(told("amended", effective_on="2022-01-01", changes={"title": "T"}))
    assert found.on(date(2023, 1, 1)).state == "unknown"
    assert found.last("title") == "T"


def test_a_signature_told_for_after_the_entry_into_force_contradicts() -> None:
    """One of the two dates is wrong."""
    found = agreement_of(signed("2020-06-01"), told("entered_into_force", effective_on="2020-05-01"))
    assert codes(found) == ["signed_after_entry_into_force"]
    assert found.contradictions[0].protocol == signed().protocol


def test_after_the_end_nothing_changes_and_the_fact_contradicts() -> None:
    """Terminated is final: what is later in fold order has no effect."""
    ended = (signed(), told("terminated", effective_on="2021-01-01"))
    late = (
        told("amended", effective_on="2022-01-01", changes={"title": "Tarde"}),
        told("terminated", 2, effective_on="2023-01-01"),
        told("corrected", reason="erro", changes={"title": "Tarde"}, time="2023-05-01T12:00:00+00:00"),
    )
    found = agreement_of(*ended, *late)
    assert found.segments == agreement_of(*ended).segments
    assert codes(found) == ["after_final_state"] * 3
    assert "01/01/2021" in found.contradictions[0].detail.pt


def test_visibility_may_still_change_after_the_end() -> None:
    """It has no date of its own, and what must not be seen must not be seen."""
    found = agreement_of(
        signed(),
        told("terminated", effective_on="2021-01-01"),
        told(
            "corrected",
            reason="sigilo",
            changes={"visibility": "restricted"},
            time="2023-05-01T12:00:00+00:00",
        ),
    )
    assert found.visibility == "restricted"


def test_an_agreement_first_told_after_its_end_still_gets_its_data() -> None:
    """Its end was told with a date, its signature without one."""
    late = told("reported", instrument="MOU", title="T", partners=[PORTO], time="2026-01-01T12:00:00+00:00")
    found = agreement_of(told("terminated", effective_on="2021-01-01"), late)
    assert states(found) == [("2021-01-01", "terminated")]
    assert found.last("title") == "T"
    assert found.told
    assert found.signed_from == date(2026, 1, 1)
    assert codes(found) == ["after_final_state"]


def test_visibility_is_the_networks_before_signature_and_public_from_it() -> None:
    """Unless the member says otherwise; the last in fold order holds."""
    assert agreement_of(signed()).visibility == "public"
    assert agreement_of(signed(visibility="restricted")).visibility == "restricted"
    amended = told("amended", effective_on="2022", changes={"visibility": None})
    assert agreement_of(signed(visibility="restricted"), amended).visibility == "public"
    assert "visibility" not in agreement_of(signed(visibility="restricted")).fields


@pytest.mark.parametrize("changes", [{"title": "T"}, {"visibility": "public"}])
def test_what_nobody_has_told_yet_is_restricted(changes: dict[str, str]) -> None:
    """The first telling may come late and be restricted, or be retracted: until then nobody else reads it."""
    amended = told("amended", effective_on="2022", changes=changes)
    assert agreement_of(amended).visibility == "restricted"
    opened = signed(visibility="restricted")
    retraction = told("retracted", notice=opened.protocol, reason="Engano")
    assert agreement_of(opened, amended, retraction).visibility == "restricted"


def test_a_member_takes_back_its_own_notices_and_the_coordination_any() -> None:
    """Otherwise a member could undo what only the coordination may tell: that an agreement is void."""
    void = msgspec.structs.replace(told("voided", reason="em duplicidade"), own=False)
    mine = told("retracted", notice=void.protocol, reason="discordo")
    theirs = msgspec.structs.replace(mine, own=False)
    kept = agreement_of(signed(), void, mine)
    assert states(kept)[-1][1] == "void"
    assert "retracts_nothing" in codes(kept)
    assert agreement_of(mine, void, signed()) == kept
    assert states(agreement_of(signed(), void, theirs)) == [("2020-03-09", "signed")]
    assert states(agreement_of(msgspec.structs.replace(signed(), own=True), theirs, void)) == [
        ("2020-03-09", "signed")
    ]


def test_a_retracted_notice_is_left_out_whenever_the_retraction_comes() -> None:
    """Before or after it."""
    wrong = told("terminated", effective_on="2021-01-01")
    retraction = told("retracted", notice=wrong.protocol, reason="engano")
    assert agreement_of(signed(), wrong, retraction) == agreement_of(retraction, wrong, signed())
    assert states(agreement_of(signed(), wrong, retraction)) == [("2020-03-09", "signed")]
    assert codes(agreement_of(signed(), wrong, retraction)) == []


def test_a_retraction_is_not_retracted_and_one_of_nothing_is_seen() -> None:
    """The fact is sent anew; a wrong number goes to the review list."""
    wrong = told("terminated", effective_on="2021-01-01")
    retraction = told("retracted", notice=wrong.protocol, reason="engano")
    again = told("retracted", 2, notice=retraction.protocol, reason="engano")
    found = agreement_of(signed(), wrong, retraction, again)
    assert states(found) == [("2020-03-09", "signed")]
    assert codes(found) == ["retracts_nothing"]
    assert found.contradictions[0].protocol == again.protocol


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
