"""Bytes into JSON values: what bounds the work is found without doing the work."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.notices.findings import InvalidEvents
from shared.notices.reading import DEEPEST, read_json

TEXTS = st.text(alphabet='[]{}"\\,:a', max_size=8)
WIDE: list[object] = [{}] * (DEEPEST + 1)
"""So many brackets that the depth has to be looked at."""


@given(st.integers(1, DEEPEST + 20), TEXTS, st.lists(TEXTS, max_size=4))
def test_depth_is_that_of_the_structures_whatever_the_texts_hold(
    depth: int, name: str, texts: list[str]
) -> None:
    """Brackets in texts neither hide how deep a value is nor make it seem deeper."""
    value: object = WIDE
    for level in range(depth):
        value = [*texts, value] if level % 2 else {name: value, "texts": texts}
    deepest = depth + 2
    body = msgspec.json.encode(value)
    if deepest <= DEEPEST:
        assert read_json(body) == (value, [])
        return
    with pytest.raises(InvalidEvents) as refused:
        read_json(body)
    assert [error.code for error in refused.value.errors] == ["too_deep"]
