"""What a request asks for in its address: each parameter known, given once, and meaning something."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from datetime import date
from typing import Final, get_args

from multidict import MultiMapping

from shared.notices.codelists import Country
from shared.notices.dates import EARLIEST_YEAR, LATEST_YEAR
from shared.notices.places import is_member_id
from shared.notices.protocol import AGREEMENT_PREFIX, is_well_formed, tidy
from shared.notices.sentences import Sentence
from shared.problems import InvalidParameter

NO_SUCH_MEMBER: Final = Sentence(
    "Não há membro com este identificador. Os que há estão em /v1/members.",
    "There is no member of this id. Those that there are stand in /v1/members.",
)
_MOST_CHARACTERS: Final = 200
_DIGITS: Final = re.compile(r"[0-9]{1,19}")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_COUNTRIES: Final = frozenset(get_args(Country))


class Parameters:
    """The query of a request. Whatever is wrong raises InvalidParameter, with the parameter's name.

    *known* are the names that mean something here; *once*: which of them take one value only (None: all).
    """

    def __init__(
        self, query: MultiMapping[str], known: Collection[str], *, once: Collection[str] | None = None
    ) -> None:
        for name in query:
            if name not in known:
                raise InvalidParameter(
                    name,
                    Sentence("Este parâmetro não existe aqui.", "There is no such parameter here."),
                    allowed=sorted(known),
                )
            if len(query.getall(name)) > 1 and (once is None or name in once):
                raise InvalidParameter(
                    name, Sentence("Informe este parâmetro uma só vez.", "Give this parameter only once.")
                )
        self._query = query

    def text(self, name: str) -> str | None:
        """Some words: trimmed, NFC, 1 to 200 characters."""
        given = self._query.get(name)
        if given is None:
            return None
        value = unicodedata.normalize("NFC", given).strip()
        if not value or len(value) > _MOST_CHARACTERS or any(not _is_text(symbol) for symbol in value):
            raise InvalidParameter(
                name,
                Sentence(
                    f"Informe de 1 a {_MOST_CHARACTERS} caracteres de texto.",
                    f"Give 1 to {_MOST_CHARACTERS} characters of text.",
                ),
            )
        return value

    def given(self, name: str) -> str | None:
        """The value as it was sent; None if it was not."""
        return self._query.get(name)

    def one_of(self, name: str, allowed: Sequence[str]) -> str | None:
        """One of the *allowed* codes."""
        value = self._query.get(name)
        if value is not None and value not in allowed:
            raise InvalidParameter(
                name, Sentence("Valor desconhecido.", "This value is not known."), allowed=list(allowed)
            )
        return value

    def member(self, name: str = "member") -> str | None:
        """The id of a member, there or not."""
        value = self._query.get(name)
        if value is not None and not is_member_id(value):
            raise InvalidParameter(
                name,
                Sentence(
                    "Informe o código IBGE de um município mineiro, 31 (o Estado) ou org-<nome>.",
                    "Give the IBGE code of a municipality of Minas Gerais, 31 (the state) or org-<slug>.",
                ),
            )
        return value

    def country(self, name: str = "country") -> str | None:
        """An ISO 3166-1 alpha-2 code."""
        value = self._query.get(name)
        if value is not None and value not in _COUNTRIES:
            raise InvalidParameter(
                name,
                Sentence(
                    "Informe o código do país com duas letras maiúsculas (ISO 3166-1), por exemplo PT.",
                    "Give the country's code in two capital letters (ISO 3166-1), for example PT.",
                ),
            )
        return value

    def agreement(self, name: str) -> str | None:
        """The public id of an agreement, there or not."""
        value = self._query.get(name)
        if value is None:
            return None
        if not is_well_formed(tidy(value), AGREEMENT_PREFIX):
            raise InvalidParameter(
                name,
                Sentence(
                    "Informe o identificador público de um acordo: AG- e 13 letras e algarismos.",
                    "Give an agreement's public id: AG- and 13 letters and digits.",
                ),
            )
        return tidy(value)

    def day(self, name: str) -> date | None:
        """A business date, to the day; of any time."""
        text = self._query.get(name)
        if text is None:
            return None
        found = read_day(text)
        if found is None:
            raise InvalidParameter(
                name,
                Sentence(
                    f"Informe um dia como AAAA-MM-DD, de {EARLIEST_YEAR} a {LATEST_YEAR}.",
                    f"Give a day as YYYY-MM-DD, from {EARLIEST_YEAR} to {LATEST_YEAR}.",
                ),
            )
        return found

    def flag(self, name: str) -> bool | None:
        """`true` or `false`."""
        value = self.one_of(name, ("true", "false"))
        return None if value is None else value == "true"

    def number(self, name: str, *, usual: int, least: int, most: int) -> int:
        """A whole number from *least* to *most*; *usual* when it is not given."""
        text = self._query.get(name)
        if text is None:
            return usual
        if _DIGITS.fullmatch(text) and least <= int(text) <= most:
            return int(text)
        raise InvalidParameter(
            name,
            Sentence(
                f"Informe um número inteiro de {least} a {most}.",
                f"Give a whole number from {least} to {most}.",
            ),
        )


def read_day(text: str) -> date | None:
    """The day that *text* writes as YYYY-MM-DD, within the years that are kept; None if it is none."""
    if _DAY.fullmatch(text) is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if EARLIEST_YEAR <= day.year <= LATEST_YEAR else None


def _is_text(symbol: str) -> bool:
    return unicodedata.category(symbol) not in {"Cc", "Cs"}
