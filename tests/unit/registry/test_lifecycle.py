"""An agreement from its first talks to its end, and what may happen on the way."""

from datetime import date
from typing import Any

import pytest

from services.registry.folding.agreement import Successor
from services.registry.folding.fold import BEGINNING
from shared.notices.envelope import Notice
from tests.support.told import PORTO, SUBJECT, agreement_of, codes, signed, states, told, value

DRAFT: dict[str, Any] = {"instrument": "MOU", "title": "T", "partners": [PORTO]}
PDF = {"kind": "agreement", "sha256": "a" * 64}


def at(day: str) -> str:
    """Noon in UTC on *day*."""
    return f"{day}T12:00:00+00:00"


def opened(day: str = "2019-01-01", **data: Any) -> Notice:
    """A negotiation that began on *day*."""
    return told("negotiation_opened", time=at(day), **DRAFT, **data)


def test_a_whole_life_in_order_contradicts_nothing() -> None:
    """Talks, review, changes, clearance, signature, force, rest, a new term, the end."""
    found = agreement_of(
        opened("2019-01-01"),
        told("submitted_for_review", time=at("2019-02-01")),
        told("returned", reason="ajustes", time=at("2019-03-01")),
        told("submitted_for_review", 2, time=at("2019-04-01")),
        told("cleared", time=at("2019-05-01")),
        signed("2019-06-01", effective_on="2019-07-01", ends_on="2021-06-30"),
        told("confirmed", time=at("2020-01-01")),
        told("suspended", effective_on="2020-03-01"),
        told("resumed", effective_on="2020-09-01"),
        told("renewed", signed_on="2021-06-01", ends_on="2023-06-30"),
        told("completed", effective_on="2023-06-30"),
    )
    assert states(found) == [
        ("2019-01-01", "negotiating"),
        ("2019-02-01", "under_review"),
        ("2019-03-01", "negotiating"),
        ("2019-04-01", "under_review"),
        ("2019-05-01", "ready_to_sign"),
        ("2019-06-01", "signed"),
        ("2019-07-01", "in_force"),
        ("2020-03-01", "suspended"),
        ("2020-09-01", "in_force"),
        ("2023-06-30", "completed"),
    ]
    assert codes(found) == []
    assert found.confirmed_on == date(2020, 1, 1)


def test_a_negotiation_told_after_the_signature_takes_nothing_back() -> None:
    """Its data count, its state does not, and the dates are to be looked at."""
    found = agreement_of(signed("2020-03-09"), opened("2020-04-01", department="SMRI"))
    assert states(found) == [("2020-03-09", "signed")]
    assert found.last("department") == "SMRI"
    assert codes(found) == ["unexpected_state"]


def test_steps_that_were_skipped_are_contradictions_and_apply() -> None:
    """Cleared without a review; entered into force without a signature."""
    cleared = told("cleared", time=at("2019-02-01"))
    assert codes(agreement_of(opened(), cleared)) == ["unexpected_state"]
    assert states(agreement_of(opened(), cleared))[-1] == ("2019-02-01", "ready_to_sign")
    entered = agreement_of(opened(), told("entered_into_force", effective_on="2019-03-01"))
    assert codes(entered) == ["never_signed"]
    assert states(entered)[-1] == ("2019-03-01", "in_force")


@pytest.mark.parametrize(
    ("fact", "data"),
    [
        ("submitted_for_review", {}),
        ("confirmed", {}),
        ("withdrawn", {"reason": "r"}),
        ("gate_updated", {"gate": "federal", "status": "informed"}),
        ("amended", {"effective_on": "2021", "changes": {"title": "T"}}),
        ("corrected", {"changes": {"title": "T"}, "reason": "r"}),
        ("renewed", {"signed_on": "2021", "ends_on": None}),
        ("terminated", {"effective_on": "2021"}),
        ("document_attached", {"document": PDF}),
    ],
)
def test_a_fact_about_nothing_asks_for_the_agreement_until_it_is_told(
    fact: str, data: dict[str, Any]
) -> None:
    """Most often the reference is misspelt; the sentence says so."""
    alone = told(fact, time=at("2021-01-01"), **data)
    found = agreement_of(alone)
    assert codes(found) == ["never_told"]
    assert "subject" in found.contradictions[0].detail.pt
    assert "never_told" not in codes(agreement_of(alone, signed()))


def test_a_renewal_revives_what_had_expired_and_is_late() -> None:
    """Signed after the end: the gap stays visible in the states."""
    found = agreement_of(
        signed(effective_on="2020-03-09", ends_on="2021-03-09"),
        told("renewed", signed_on="2021-04-01", ends_on=None),
    )
    assert states(found)[-2:] == [("2021-03-10", "expired"), ("2021-04-01", "in_force")]
    assert codes(found) == ["late_renewal"]


def test_a_suspended_agreement_expires_and_a_renewal_leaves_it_suspended() -> None:
    """The term runs while it rests; what is renewed is what there was."""
    resting = (
        signed(effective_on="2020-03-09", ends_on="2021-03-09"),
        told("suspended", effective_on="2021-01-01"),
    )
    assert states(agreement_of(*resting))[-1] == ("2021-03-10", "expired")
    late = told("resumed", effective_on="2021-06-01")
    assert states(agreement_of(*resting, late))[-1] == ("2021-03-10", "expired")
    assert codes(agreement_of(*resting, late)) == ["already_expired"]
    renewed = agreement_of(*resting, told("renewed", signed_on="2021-03-01", ends_on="2022-03-09"))
    assert states(renewed)[-2:] == [("2021-01-01", "suspended"), ("2022-03-10", "expired")]
    assert codes(renewed) == []


def test_an_end_that_the_dates_contradict_stays_until_a_notice_corrects_it() -> None:
    """An end before the start, before the signature; the remark is about who told the end."""
    wrong = signed("2020-03-09", effective_on="2020-04-01", ends_on="2019")
    found = agreement_of(wrong)
    assert codes(found) == ["ends_before_start", "ends_before_signature"]
    assert {each.protocol for each in found.contradictions} == {wrong.protocol}
    assert "01/04/2020" in found.contradictions[0].detail.pt
    fixed = told("corrected", reason="erro", changes={"ends_on": "2021"})
    assert codes(agreement_of(wrong, fixed)) == []
    backwards = told("renewed", signed_on="2022-01-01", ends_on="2021-12-31")
    assert codes(agreement_of(signed(effective_on="2020-03-09"), backwards)) == ["renewed_into_the_past"]


def test_an_amendment_of_nothing_and_an_agreement_of_itself() -> None:
    """An amendment names what it amends, in `parent`; nothing is its own parent."""
    assert codes(agreement_of(signed(instrument="ADT"))) == ["amends_nothing"]
    assert codes(agreement_of(signed(instrument="ADT", parent="PROC-0"))) == []
    assert codes(agreement_of(signed(parent=f" {SUBJECT}"))) == ["own_parent"]


def test_a_gate_moves_alone_and_from_its_day() -> None:
    """The other gates stand as they did; a later telling of all gates is the new word on all."""
    found = agreement_of(
        signed(gates={"legal": {"status": "favourable"}}),
        told("gate_updated", gate="federal", status="consulted", body="MRE", since="2020-05-01"),
        told("gate_updated", 2, gate="federal", status="approved", since="2020-08-01", evidence="Ofício 1"),
    )
    assert value(found, "2020-04-30", "gates") == {"legal": {"status": "favourable"}}
    assert value(found, "2020-07-31", "gates") == {
        "legal": {"status": "favourable"},
        "federal": {"status": "consulted", "body": "MRE", "since": "2020-05-01"},
    }
    assert value(found, "2020-08-01", "gates")["federal"]["status"] == "approved"
    assert codes(found) == []


def test_documents_are_added_from_their_day() -> None:
    """Attached, or brought by an amendment or a renewal; the same one twice is one."""
    second, third = {"kind": "amendment", "sha256": "b" * 64}, {"kind": "renewal", "url": "https://x.br/3"}
    found = agreement_of(
        signed(documents=[PDF], ends_on="2022"),
        told("document_attached", document=PDF, time=at("2020-06-01")),
        told("amended", effective_on="2021-01-01", changes={"title": "T"}, document=second),
        told("renewed", signed_on="2022-01-01", ends_on="2025", document=third),
    )
    assert value(found, "2020-12-31", "documents") == [PDF]
    assert value(found, "2021-12-31", "documents") == [PDF, second]
    assert found.last("documents") == [PDF, second, third]
    assert codes(found) == []


def test_documents_have_a_limit_that_is_said() -> None:
    """Beyond it a document is left out, and whoever sent it is told what to do."""
    many = [
        told(
            "document_attached",
            n,
            document={"kind": "annex", "url": f"https://x.br/{n}"},
            time=at("2021-01-01"),
        )
        for n in range(102)
    ]
    found = agreement_of(signed(), *many)
    assert len(found.last("documents")) == 100
    assert codes(found) == ["too_many_documents"] * 2
    assert "100" in found.contradictions[0].detail.pt


def test_superseded_and_merged_name_a_successor() -> None:
    """One was an agreement and gave its place to another; the other never was one of its own."""
    superseded = told("superseded", by=" PROC-2 ", time=at("2021-01-01"))
    found = agreement_of(signed(), superseded)
    assert found.successor == Successor("superseded", "PROC-2", superseded.protocol)
    assert found.counted
    merged = told("merged", into="PROC-2", time=at("2021-01-01"))
    found = agreement_of(signed(), merged)
    assert found.successor == Successor("merged", "PROC-2", merged.protocol)
    assert found.uncounted_from == date(2021, 1, 1)
    assert states(found)[-1] == ("2021-01-01", "superseded")
    assert codes(found) == []


@pytest.mark.parametrize(("fact", "field"), [("superseded", "by"), ("merged", "into")])
def test_an_agreement_is_not_its_own_successor(fact: str, field: str) -> None:
    """A slip that would end it, or take it out of all counts, changes nothing and is said."""
    found = agreement_of(signed(), told(fact, time=at("2021-01-01"), **{field: f"{SUBJECT} "}))
    assert states(found) == [("2020-03-09", "signed")]
    assert (found.successor, found.counted) == (None, True)
    assert codes(found) == ["own_successor"]


def test_a_record_that_is_wrong_is_not_counted_even_after_its_end() -> None:
    """The state stays, as after any end; void and merged speak of the record, which must not count twice."""
    ended = (signed(), told("terminated", effective_on="2021-01-01"))
    for fact, data in (("voided", {"reason": "r"}), ("merged", {"into": "PROC-2"})):
        found = agreement_of(*ended, told(fact, time=at("2022-01-01"), **data))
        assert states(found)[-1] == ("2021-01-01", "terminated")
        assert not found.counted
        assert codes(found) == ["after_final_state"]
        assert "contado" in found.contradictions[0].detail.pt
    assert found.successor is not None


@pytest.mark.parametrize("fact", ["voided", "merged"])
def test_void_and_merged_are_not_counted(fact: str) -> None:
    """They never were agreements of their own."""
    found = agreement_of(signed(), told(fact, time=at("2021-01-01")))
    assert found.uncounted_from == date(2021, 1, 1)
    assert found.contradictions == ()


def test_withdrawn_is_no_signature() -> None:
    """What was given up before it was signed is not counted as signed by a telling that comes after."""
    late = told("reported", time=at("2026-01-01"), **DRAFT)
    found = agreement_of(opened(), told("withdrawn", reason="r", time=at("2021-01-01")), late)
    assert found.signed_from is None
    assert found.on(date(2027, 1, 1)).state == "withdrawn"
    assert codes(found) == ["after_final_state"]


def test_questions_are_answered_in_turn_whatever_the_state() -> None:
    """Also about what has ended: a question changes nothing, so it comes too late for nothing."""
    asked = told("question_asked", text="Houve relatório?", answer_by="2022-01-31", time=at("2022-01-01"))
    again = told("question_asked", 2, text="E o anexo?", time=at("2022-01-02"))
    answer = told("question_answered", text="Sim, em anexo.", time=at("2022-01-03"))
    found = agreement_of(signed(), told("completed", effective_on="2021-01-01"), asked, again, answer)
    assert codes(found) == []
    first, second = found.questions
    assert (first.protocol, first.answer_by, first.day) == (asked.protocol, "2022-01-31", date(2022, 1, 1))
    assert (first.answer_protocol, first.answer) == (answer.protocol, "Sim, em anexo.")
    assert (second.text, second.answer) == ("E o anexo?", None)
    assert found.segments == agreement_of(signed(), told("completed", effective_on="2021-01-01")).segments
    assert codes(agreement_of(signed(), answer)) == ["answers_nothing"]


def test_only_the_last_questions_are_kept() -> None:
    """Whoever asks ten thousand times does not make the agreement grow; the ledger keeps them all."""
    asked = [told("question_asked", n, text=str(n), time=at("2022-01-01")) for n in range(60)]
    assert len(agreement_of(signed(), *asked).questions) == 50


def test_a_confirmation_that_nobody_dated_is_one_of_an_unknown_day() -> None:
    """It came some day; a confirmation of what has expired asks for the new term."""
    assert agreement_of(signed(None), told("confirmed")).confirmed_on == BEGINNING
    expired = signed(effective_on="2020-03-09", ends_on="2020-12-31")
    assert codes(agreement_of(expired, told("confirmed", time=at("2022-01-01")))) == ["already_expired"]


def test_what_the_clock_announced_is_no_part_of_the_agreement() -> None:
    """Whoever folds an agreement's entries may leave the announcements among them."""
    told_of = signed(effective_on="2020-04-01")
    clock = Notice(
        member=told_of.member,
        source="/malha",
        id="1",
        type="br.malha.clock.entered_into_force.v1",
        subject=SUBJECT,
        data={"effective_on": "2020-04-01"},
    )
    assert clock.agreement_subject == SUBJECT
    assert agreement_of(clock, told_of) == agreement_of(told_of)
