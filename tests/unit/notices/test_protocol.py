"""Protocol numbers."""

from hypothesis import given
from hypothesis import strategies as st

from shared.notices.protocol import agreement_id, is_well_formed, protocol_of, tidy

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def test_the_contracts_example_comes_out() -> None:
    """The number that the contract prints: any other implementation must give the same."""
    assert protocol_of("3106200", "/convenios", "1") == "MG-7FJRXBPMCRCB7"


@given(st.text(), st.text(), st.text())
def test_numbers_given_out_are_well_formed(member: str, source: str, id_: str) -> None:
    """Whatever stands in the identity, the number can be checked."""
    assert is_well_formed(protocol_of(member, source, id_))
    assert is_well_formed(agreement_id(member, source), "AG-")


@given(st.integers(0, 12), st.sampled_from(_ALPHABET))
def test_one_wrong_symbol_is_found(place: int, symbol: str) -> None:
    """A slip on the telephone gives a malformed number, never somebody else's."""
    number = "7FJRXBPMCRCB7"
    spoilt = number[:place] + symbol + number[place + 1 :]
    assert is_well_formed("MG-" + spoilt) == (spoilt == number)


def test_anything_else_is_malformed() -> None:
    """Only the prefix, twelve symbols and the right check symbol will do."""
    for text in (
        "",
        "MG-",
        "7FJRXBPMCRCB7",
        "AG-7FJRXBPMCRCB7",
        "MG-7FJRXBPMCRCB",
        "MG-7FJRXBPMCRCB77",
        "MG-ÇFJRXBPMCRCB7",
    ):
        assert not is_well_formed(text)


def test_a_number_typed_by_a_person_is_understood() -> None:
    """Small letters, spaces, O for zero and I for one are how people write."""
    assert tidy(" mg-7fjr xbpm crcb7 ") == "MG-7FJRXBPMCRCB7"
    assert tidy("MG-OIL") == "MG-011"
