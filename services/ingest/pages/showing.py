"""A page with a form: what may be chosen, in the reader's language, and how many rows a list shows."""

import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import Any, Final

from aiohttp import web

from services.ingest.pages.questions import Group, Question
from services.ingest.pages.typed import Typed
from shared import web as look
from shared.notices.codelists import code_lists
from shared.notices.sentences import Language
from shared.web.wording import Words

CHANGES: Final = "changes"
"""What a correction changes stands under this name."""
_FIRST: Final[Mapping[str, tuple[str, ...]]] = {"currencies": ("BRL", "USD", "EUR")}
_BY_NAME: Final = frozenset({"countries", "currencies", "themes"})
"""Lists that have no order of their own."""
_MOST_ROWS: Final = 100


def form_page(
    request: web.Request,
    template: str,
    context: Mapping[str, Any],
    *,
    asked: Sequence[Question] = (),
    status: int = 200,
) -> web.Response:
    """*template* with what its fields need beside *context*; errors are told with the labels of *asked*."""
    say = look.words_of(request)
    needed = {
        "label_of": lambda name: label_of(name, asked, say),
        "choices": partial(choices, look.page_language(request)),
        "rows_of": rows_of,
        "is_told": is_told,
    }
    return look.page(request, template, {**needed, **context}, status=status)


def label_of(name: str, asked: Sequence[Question], say: Words) -> str:
    """What the field *name* is called, with its row in a list; "" for one that is not asked."""
    first, _, rest = name.partition(".")
    question = next((each for each in asked if each.name == first), None)
    if question is None:
        return label_of(rest, asked, say) if first == CHANGES else ""
    own = say.gettext(question.label)
    if question.rows and rest:
        number, _, rest = rest.partition(".")
        own = say.gettext(question.one).replace("{n}", str(int(number) + 1 if number.isdecimal() else ""))
    inner = label_of(rest, question.parts, say) if rest else ""
    return f"{own}: {inner}" if inner else own


@cache
def choices(language: Language, names: str) -> list[tuple[str, str]]:
    """The codes of the list *names*, each with its name."""
    told = ((each.code, each.name.in_language(language)) for each in code_lists()[names])
    found = [(code, name[:1].upper() + name[1:]) for code, name in told]
    if names in _BY_NAME:
        first = _FIRST.get(names, ())
        found.sort(key=lambda each: (each[0] not in first, _plain(each[1])))
    return found


def rows_of(question: Question, typed: Typed, under: str = "") -> list[int]:
    """The rows that a list shows: those that are filled in, and room for more."""
    told = typed.rows(under + question.name)
    filled = [number for number in told if is_told_in(question, typed, f"{under}{question.name}.{number}.")]
    next_number = filled[-1] + 1 if filled else 0
    more = max(question.rows - len(filled), 1)
    return [*filled, *range(next_number, next_number + more)][:_MOST_ROWS]


def is_told(group: Group, typed: Typed, under: str = "") -> bool:
    """Whether anything of *group* is filled in."""
    return is_told_in(Question("", "", parts=group.questions), typed, under)


def is_told_in(question: Question, typed: Typed, under: str) -> bool:
    """Whether any part of *question*, whose names begin with *under*, is filled in."""
    names = tuple(under + part.name for part in question.parts)
    return any(
        value.strip() and any(told == name or told.startswith(name + ".") for name in names)
        for told, value in typed.items()
    )


def _plain(name: str) -> str:
    spread = unicodedata.normalize("NFKD", name.casefold())
    return "".join(each for each in spread if not unicodedata.combining(each))
