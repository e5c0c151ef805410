"""A letter's paper: what is said, once, as plain text and as HTML in the look of the house."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any, Final, NamedTuple

import jinja2

from services.registry.mail.addresses import one_line
from shared.notices.sentences import Language
from shared.web.wording import words

MOST_QUOTED: Final = 140
"""Characters of what people wrote that a letter repeats."""
_LINK: Final = re.compile(r"\S*(?:://|www\.|@)\S*", re.IGNORECASE)
_TAGS: Final = {"pt": "pt-BR", "en": "en"}


class Paragraph(NamedTuple):
    """Some sentences."""

    text: str
    kind: str = "paragraph"


class Heading(NamedTuple):
    """What follows is about this."""

    text: str
    kind: str = "heading"


class Button(NamedTuple):
    """The one thing to do."""

    text: str
    url: str
    kind: str = "button"


class Entry(NamedTuple):
    """One of several things: what it is, a word about it, where it is."""

    text: str
    url: str
    note: str = ""


class Entries(NamedTuple):
    """Several things."""

    entries: Sequence[Entry]
    kind: str = "entries"


Block = Paragraph | Heading | Button | Entries


class Foot(NamedTuple):
    """Why somebody has this letter, and where to choose otherwise."""

    reason: str
    choose_url: str | None = None
    leave_url: str | None = None


class Written(NamedTuple):
    """A letter, twice."""

    text: str
    html: str


def quoted(text: str) -> str:
    """What people wrote, as a letter may repeat it: one short line, with nothing that becomes a link."""
    return _LINK.sub("[…]", one_line(text, MOST_QUOTED))


def written(language: Language, title: str, blocks: Sequence[Block], foot: Foot) -> Written:
    """The letter of *blocks* under *title*."""
    say = words(language)
    choices = [
        (words_, url)
        for words_, url in (
            (say.gettext("Escolher o que chega por e-mail"), foot.choose_url),
            (say.gettext("Parar de receber mensagens deste tipo"), foot.leave_url),
        )
        if url is not None
    ]
    context = {
        "tag": _TAGS[language],
        "name": say.gettext("Acordos de Minas"),
        "title": title,
        "blocks": blocks,
        "reason": foot.reason,
        "choices": choices,
    }
    lines = [title, *(_plain(block) for block in blocks)]
    signed = "\n".join([foot.reason, *(f"{words_}: {url}" for words_, url in choices)])
    text = "\n\n".join([*lines, f"-- \n{say.gettext('Acordos de Minas')}\n{signed}"])
    return Written(text + "\n", _template().render(**context))


def _plain(block: Block) -> str:
    match block:
        case Button():
            return f"{block.text}:\n{block.url}"
        case Entries():
            return "\n".join(
                f"* {entry.text}{f' ({entry.note})' if entry.note else ''}\n  {entry.url}"
                for entry in block.entries
            )
        case Heading():
            return f"{block.text}\n{'-' * len(block.text)}"
        case _:
            return block.text


@cache
def _template() -> jinja2.Template:
    environment: Any = jinja2.Environment(
        loader=jinja2.PackageLoader("services.registry"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template: jinja2.Template = environment.get_template("mail/letter.html")
    return template
