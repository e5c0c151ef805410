"""A message as an operator reads it."""

from services.registry.dead.letters import readable


def test_nothing_in_a_message_steers_a_terminal() -> None:
    """Whoever can put junk into a queue must not write on an operator's screen, whatever is JSON or not."""
    assert readable(b"\x1b]0;title\x07\xff\x00line\nline") == "\\x1b]0;title\\x07\\xff\\x00line\nline"
    assert readable('{"id":"a\x9b2J\u00e3"}'.encode()) == '{\n  "id": "a\\x9b2J\u00e3"\n}'
