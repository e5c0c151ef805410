"""The kinds of facts, as the console offers them."""

from services.notifier.pages import kinds
from shared.notices.families import FACTS
from shared.web.wording import words


def test_every_type_is_of_one_kind_and_every_kind_has_a_name() -> None:
    """A type of fact that is added later is found under the last kind, and no fact under two."""
    of_kinds = [type_ for types in kinds.TYPES.values() for type_ in types]
    assert sorted(of_kinds) == sorted(FACTS)
    for language in ("pt", "en"):
        assert list(kinds.names(words(language))) == list(kinds.TYPES)
