"""Who may see an agreement, as its notices say."""

import pytest

from tests.support.told import agreement_of, signed, told


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
