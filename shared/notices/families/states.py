"""The states that facts about an agreement expect to find."""

from typing import get_args

from shared.notices.codelists import State

ANY: frozenset[State] = frozenset(get_args(State))
NEGOTIATING: frozenset[State] = frozenset({"negotiating", "under_review", "ready_to_sign"})
UNSIGNED: frozenset[State] = NEGOTIATING | {"unknown"}
ALIVE: frozenset[State] = frozenset({"signed", "in_force", "suspended"})
"""What a fact about a signed agreement expects."""
