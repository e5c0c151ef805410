"""Whose attempts are counted together."""

import pytest

from services.registry.pages.entrance.attempts import network_of


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("192.0.2.1", "192.0.2.1"),
        ("unknown", "unknown"),
    ],
)
def test_one_line_is_one_place(address: str, network: str) -> None:
    """Whoever has a line with IPv6 has 2^64 addresses to try codes from."""
    assert network_of(address) == network
