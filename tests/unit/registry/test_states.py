"""Which state an agreement is in on which day, and what its dates contradict."""

from datetime import date

from services.registry.folding.fold import BEGINNING
from tests.support.told import PORTO, agreement_of, codes, signed, states, told


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


def test_an_agreement_first_told_after_its_end_still_gets_its_data() -> None:
    """Its end was told with a date, its signature without one."""
    late = told("reported", instrument="MOU", title="T", partners=[PORTO], time="2026-01-01T12:00:00+00:00")
    found = agreement_of(told("terminated", effective_on="2021-01-01"), late)
    assert states(found) == [("2021-01-01", "terminated")]
    assert found.last("title") == "T"
    assert found.told
    assert found.signed_from == date(2026, 1, 1)
    assert codes(found) == ["after_final_state"]
