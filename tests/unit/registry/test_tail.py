"""Up to which position the end of the feed stream holds everything."""

from services.registry.telling.tail import CHUNK_ITEMS, complete_up_to


def test_a_whole_end_is_complete_up_to_its_highest_position() -> None:
    """Duplicates and order do not matter; an empty stream is complete up to nothing."""
    assert complete_up_to(set(), forgot=False) == 0
    assert complete_up_to({1, 2, 3}, forgot=False) == 3
    assert complete_up_to(set(range(500, 1001)), forgot=False) == 1000


def test_a_hole_in_the_last_chunk_is_published_again_from_its_first_position() -> None:
    """A chunk of which a part was lost, in a process that ended before it could publish it again."""
    assert complete_up_to(set(range(1, 101)) - {50, 70}, forgot=False) == 49
    assert complete_up_to(set(range(500, 1001)) - {760}, forgot=False) == 759


def test_a_stream_that_begins_in_the_middle_is_not_believed() -> None:
    """The first chunk ever, of which only the end arrived."""
    assert complete_up_to(set(range(50, 101)), forgot=False) == 0


def test_what_retention_dropped_was_complete() -> None:
    """After thirty quiet days the stream holds little; it is no reason to publish history again."""
    assert complete_up_to({900, 901}, forgot=True) == 901
    assert complete_up_to({900, 902}, forgot=True) == 900


def test_many_duplicates_hide_nothing() -> None:
    """When the window holds one chunk again and again, what lies before it is published once more."""
    highest = 5000
    assert complete_up_to(set(range(highest - 10, highest + 1)), forgot=False) < highest - 10
    assert highest - complete_up_to(set(range(highest - 10, highest + 1)), forgot=False) <= CHUNK_ITEMS + 1


def test_a_canary_says_up_to_where_all_is_there() -> None:
    """After a long silence the end of the stream holds nothing but canaries: nothing is published again."""
    assert complete_up_to(set(), forgot=False, known=500) == 500
    assert complete_up_to({499, 500}, forgot=True, known=500) == 500
    assert complete_up_to({498, 501, 502}, forgot=False, known=500) == 502


def test_a_hole_after_the_last_canary_is_found() -> None:
    """What a canary says holds for what came before it, and for nothing after it."""
    assert complete_up_to({501, 503}, forgot=False, known=500) == 501
    assert complete_up_to({502, 503}, forgot=False, known=500) == 500
