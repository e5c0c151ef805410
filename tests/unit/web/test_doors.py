"""Where a page may send people on to."""

import pytest

from shared.doors import is_own_path


@pytest.mark.parametrize(
    "path",
    ["https://x.example", "//x.example", "//[", "/\\x.example", "javascript:1", "", "/a\nb", "/a\x00"],
)
def test_the_way_back_never_leads_to_another_site(path: str) -> None:
    """A link with somebody's own `back` must not take people away from here."""
    assert not is_own_path(path)
    assert is_own_path("/acordos/AG-7FJRXBPMCRCB7?x=1")
