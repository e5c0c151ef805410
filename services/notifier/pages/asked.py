"""What of the feed a reader of the console asked for: the stream's own filters, and the kinds of facts."""

from typing import Final, NamedTuple
from unicodedata import combining, normalize
from urllib.parse import urlencode

import msgspec
from aiohttp import web
from multidict import MultiDict

from services.notifier.pages import kinds
from shared.data import mesoregions
from shared.directory import Directory
from shared.notices.codelists import code_lists
from shared.notices.feed import Filter
from shared.notices.findings import InvalidFilter
from shared.notices.sentences import Language, Sentence
from shared.web.wording import Words

KIND: Final = "fato"
_OTHER: Final = ("lang", KIND)
_LISTS: Final = {
    "country": "countries",
    "theme": "themes",
    "sdg": "sdgs",
    "instrument": "instruments",
    "state": "states",
}


class Choice(NamedTuple):
    """A filter as a field of the form: its options are (value, name)."""

    name: str
    label: str
    anything: str
    options: list[tuple[str, str]]
    chosen: str


class Asked(NamedTuple):
    """The filter, and the kind of facts that it came from, if any."""

    filter: Filter
    kind: str

    @classmethod
    def of(cls, request: web.Request) -> "Asked":
        """Read the query. What a form sends empty asks nothing. Raises InvalidFilter."""
        told = MultiDict((name, value) for name, value in request.query.items() if value.strip())
        kind = told.get(KIND, "")
        if kind and kind not in kinds.TYPES:
            raise InvalidFilter(
                KIND,
                Sentence("Este grupo de fatos não existe.", "There is no such group of facts."),
                allowed=list(kinds.TYPES),
            )
        wanted = Filter.parse(told, other=_OTHER)
        if kind and not wanted.type:
            wanted = msgspec.structs.replace(wanted, type=frozenset(kinds.TYPES[kind]))
        return cls(wanted, kind)

    @property
    def fields(self) -> dict[str, list[str]]:
        """The fields that ask something, for the page's module."""
        told = msgspec.structs.asdict(self.filter)
        return {name: sorted(values) for name, values in told.items() if name != "backfill" and values}

    @property
    def is_narrow(self) -> bool:
        """Whether more is asked than the kind of facts, or whose they are."""
        return bool(self.fields.keys() - {"type", "member"})

    @property
    def query(self) -> str:
        """The same as a query of `/v1/feed`."""
        return urlencode(self.fields, doseq=True)

    def choices(self, say: Words, language: Language) -> list[Choice]:
        """The fields of the form."""

        def choice(name: str, label: str, anything: str, options: list[tuple[str, str]]) -> Choice:
            return Choice(name, label, anything, options, self._chosen(name))

        named = {name: _names(table, language) for name, table in _LISTS.items()}
        every, each = say.gettext("todos"), say.gettext("todas")
        return [
            choice(KIND, say.gettext("Fatos"), say.gettext("todos os fatos"), list(kinds.names(say).items())),
            choice(
                "mesoregion", say.gettext("Região"), each, [(name, name) for name in sorted(mesoregions())]
            ),
            choice("country", say.gettext("País"), every, sorted(named["country"], key=_name)),
            choice("theme", say.gettext("Tema"), every, sorted(named["theme"], key=_name)),
            choice("sdg", say.gettext("ODS"), every, named["sdg"]),
            choice("instrument", say.gettext("Instrumento"), every, named["instrument"]),
            choice("state", say.gettext("Situação"), each, named["state"]),
        ]

    def _chosen(self, name: str) -> str:
        if name == KIND:
            return self.kind
        values: frozenset[str] = getattr(self.filter, name)
        if len(values) != 1:
            return ""
        [value] = values
        if name == "mesoregion":
            return next((region for region in mesoregions() if region.casefold() == value), "")
        return value

    def members(self, directory: Directory | None) -> list[tuple[str, str]]:
        """Whose facts alone were asked for: (id, name)."""
        names = {} if directory is None else {member.id: member.name for member in directory.members}
        return [(member, names.get(member, member)) for member in sorted(self.filter.member)]


def _names(table: str, language: Language) -> list[tuple[str, str]]:
    number = "{code}. " if table == "sdgs" else ""
    return [
        (code.code, number.format(code=code.code) + code.name.in_language(language))
        for code in code_lists()[table]
    ]


def _name(option: tuple[str, str]) -> str:
    """By what people look for it: without accents."""
    plain = normalize("NFD", option[1].casefold())
    return "".join(letter for letter in plain if not combining(letter))
