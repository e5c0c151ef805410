"""The commands of operations: every option is in the runbook, and says what it is in both languages."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest
import typer
from typer.main import get_command

from deploy.local.layout import CHECKOUT
from services.command.app import app

NAMED = ("dead", "backup", "restore", "recover", "migrate")
_SPAN = re.compile(r"`([^`]+)`")
_OPTION = re.compile(r"`(--[a-z-]+)")


class Command(NamedTuple):
    """A command as `--help` shows it: what it says, and of each option the same."""

    name: str
    says: str
    options: dict[str, str]


def commands() -> Iterator[Command]:
    """Those that the runbook is about, one by one."""
    for name in NAMED:
        yield from _within(f"malha {name}", get_command(app).commands[name])  # type: ignore[attr-defined]


def _within(name: str, command: typer.core.TyperCommand) -> Iterator[Command]:
    if below := getattr(command, "commands", None):
        for each, one in below.items():
            yield from _within(f"{name} {each}", one)
        return
    options = {
        max(one.opts, key=len): str(getattr(one, "help", None))
        for one in command.params
        if one.param_type_name == "option" and one.name != "help"
    }
    yield Command(name, command.help or "", options)


def described() -> dict[str, set[str]]:
    """The options of each command that stands in the first column of a table of the runbook."""
    found: dict[str, set[str]] = {}
    for file in sorted((CHECKOUT / "docs" / "operations").glob("*.md")):
        rows = re.findall(
            r"^\| (`malha [^|]+) \| ([^|]+) \|$", file.read_text(encoding="utf-8"), re.MULTILINE
        )
        for first, second in rows:
            whole, *others = _SPAN.findall(first)
            name = re.sub(r" [A-Z\[].*", "", whole)
            for each in (name, *(f"{name.rpartition(' ')[0]} {other}" for other in others)):
                found[each] = set(_OPTION.findall(second))
    return found


@pytest.mark.parametrize("command", list(commands()), ids=lambda command: str(command.name))
def test_the_runbook_names_every_option_and_no_other(command: Command) -> None:
    """Somebody who is woken reads there, not in the code; an option that went is not to be tried."""
    assert described()[command.name] == set(command.options)


@pytest.mark.parametrize("command", list(commands()), ids=lambda command: str(command.name))
def test_help_is_in_portuguese_and_in_english(command: Command) -> None:
    """Portuguese first, divided by a dot, or a paragraph each."""
    assert " · " in command.says or "\n\n" in command.says
    assert [name for name, says in command.options.items() if " · " not in says] == []
