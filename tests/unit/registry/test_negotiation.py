"""Which media type an Accept header takes."""

import pytest

from services.registry.http.negotiation import chosen

JSON, CSV = "application/json", "text/csv"


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("text/csv", CSV),
        ("Text/CSV ; Q=0.5", CSV),
        ("text/*, application/json;q=0.9", CSV),
        ("application/json;q=0.9, text/csv;q=0.8", JSON),
        ("*/*, application/json;q=0", CSV),
        ("image/png, application/*;q=0.1", JSON),
        ("application/json;charset=utf-8", JSON),
        ("image/png", None),
        ("application/json;q=0", None),
        ("application/json;q=zero", None),
        ("json", None),
        (",,;;", None),
    ],
)
def test_the_most_specific_range_decides_then_the_weight(accept: str | None, answered: str | None) -> None:
    """RFC 9110, section 12.5.1; of equals the one offered first."""
    assert chosen(accept, (JSON, CSV)) == answered
