"""Canonical JSON."""

from base64 import urlsafe_b64decode
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from shared.notices.canonical import base64url, canonical

_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(_values)
def test_canonical_is_what_rfc8785_says(value: Any) -> None:
    """The fast way gives the same bytes as the reference, for whatever can be written."""
    assert canonical(value) == rfc8785.dumps(value)


def test_names_are_sorted_by_utf16_units() -> None:
    """An emoji's name sorts before U+FB33, as in the RFC's own example."""
    assert canonical({"\ufb33": 1, "\U0001f600": 2, "a": 3}) == '{"a":3,"\U0001f600":2,"\ufb33":1}'.encode()


@pytest.mark.parametrize(
    "value", [2**53, [-(2**60)], float("nan"), {"a": float("inf")}, "\ud800", {"\udfff": 1}, b""]
)
def test_what_has_no_canonical_form_is_a_value_error(value: Any) -> None:
    """One kind of error, whichever library met it."""
    with pytest.raises(ValueError, match="no canonical JSON form"):
        canonical(value)


def test_base64url_is_unpadded() -> None:
    """Digests and salts are written without padding."""
    assert base64url(b"\xff\xfe\xfd\xfc") == "__79_A"


@given(st.binary())
def test_base64url_can_be_read_back(raw: bytes) -> None:
    """Any reader of RFC 4648 gets the same bytes."""
    text = base64url(raw)
    assert urlsafe_b64decode(text + "=" * (-len(text) % 4)) == raw
