"""What is taken back is left out, by whom it may be, whenever that is told."""

import msgspec

from tests.support.told import agreement_of, codes, signed, states, told


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
