"""The feed item: what everybody who follows the network reads, and who may read it.

Shared by the registry, which writes items and pages through them, and by the notifier, which
streams them. No I/O.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Final, Literal, Protocol, get_args

import msgspec

from shared.notices.codelists import State, Visibility
from shared.notices.families import FACTS, plain_headline
from shared.notices.findings import InvalidFilter
from shared.notices.sentences import Sentence

ITEM_TYPE: Final = "br.malha.feed.item.v1"
RESTORED_TYPE: Final = "br.malha.feed.restored.v1"
"""Type of the stream's messages: an item; and `{"position": N}`, after a restore: it goes on at N+1."""

_RANK: Final[dict[Visibility, int]] = {"public": 0, "network": 1, "restricted": 2}


def stricter(one: Visibility, other: Visibility) -> Visibility:
    """The one of the two that fewer people see."""
    return one if _RANK[one] >= _RANK[other] else other


class FeedMember(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whose fact it is."""

    id: str
    name: str
    kind: Literal["municipality", "state", "organisation"]
    mesoregion: str | None = None


class FeedAgreement(msgspec.Struct, frozen=True):
    """The agreement after the fact; what was erased or never told is null."""

    id: str
    subject: str
    title: str | None
    state: str
    instrument: str | None


class Erased(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which top-level fields of which entry of the member's chain were erased.

    *notice* is that entry's protocol: after a restore the chain may count otherwise.
    """

    sequence: int
    fields: tuple[str, ...]
    notice: str | None = None


class FeedItem(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One registered notice, as told to whoever follows the feed."""

    position: int
    protocol: str
    type: str
    member: FeedMember
    agreement: FeedAgreement | None = None
    countries: tuple[str, ...]
    themes: tuple[str, ...]
    sdgs: tuple[int, ...]
    headline: Sentence
    visibility: Visibility
    remarks: int
    erased: Erased | None = None
    backfill: bool
    replayed: bool
    occurred_at: datetime | None
    received_at: datetime
    registered_at: datetime
    traceparent: str | None = None


class Scope(msgspec.Struct, frozen=True):
    """What a reader may see: use ANONYMOUS, NETWORK, EVERYTHING or `Scope.of_member`."""

    kind: Literal["anonymous", "member", "network", "everything"]
    member: str | None = None

    @classmethod
    def of_member(cls, member: str) -> "Scope":
        """Public and network items, and the member's own of any visibility."""
        return cls("member", member)

    def sees(self, visibility: Visibility, member: str) -> bool:
        """Whether something of *member* with that visibility is for this reader."""
        if visibility == "public" or self.kind == "everything":
            return True
        if self.kind == "anonymous":
            return False
        return visibility == "network" or (self.kind == "member" and self.member == member)


ANONYMOUS: Final = Scope("anonymous")
NETWORK: Final = Scope("network")
EVERYTHING: Final = Scope("everything")


class Query(Iterable[str], Protocol):
    """Query parameters, a name perhaps more than once: aiohttp's `request.query`."""

    def getall(self, key: str) -> list[str]:
        """All values of a name."""


_STATES: Final = get_args(State)
_FORMS: Final[dict[str, re.Pattern[str]]] = {
    "member": re.compile(r"31|[0-9]{7}|org-[a-z0-9][a-z0-9-]{0,79}"),
    "country": re.compile(r"[A-Z]{2}"),
    "theme": re.compile(r"[A-Z0-9_]{1,40}"),
    "sdg": re.compile(r"[1-9]|1[0-7]"),
    "instrument": re.compile(r"[A-Z0-9_]{1,40}"),
    "type": re.compile(r"br\.malha\.[a-z_]{1,40}\.[a-z_0-9]{1,60}\.v[1-9][0-9]?"),
}
"""Forms, not code lists: a code that is not known yet matches nothing, and is no mistake."""

_EXAMPLES: Final = {
    "member": "3106200",
    "country": "PT",
    "theme": "AGUA",
    "sdg": "6",
    "instrument": "IRM",
    "type": "br.malha.agreement.signed.v1",
}
_MAX_LENGTH: Final = 200
_MAX_VALUES: Final = 50


class Filter(msgspec.Struct, frozen=True):
    """Which items a reader asked for: of each field one of the values; an empty field asks nothing."""

    member: frozenset[str] = frozenset()
    subject: frozenset[str] = frozenset()
    mesoregion: frozenset[str] = frozenset()
    country: frozenset[str] = frozenset()
    theme: frozenset[str] = frozenset()
    sdg: frozenset[str] = frozenset()
    instrument: frozenset[str] = frozenset()
    state: frozenset[str] = frozenset()
    type: frozenset[str] = frozenset()
    backfill: bool = False

    @classmethod
    def parse(cls, query: Query, *, other: Collection[str] = ()) -> "Filter":
        """Read the filter out of a query; *other* names are the caller's own business.

        A name that nobody knows is refused too: a misspelt filter must not turn into "everything".
        """
        fields: dict[str, Any] = {}
        for name in dict.fromkeys(query):
            if name in other:
                continue
            if name not in cls.__struct_fields__:
                raise InvalidFilter(
                    name,
                    Sentence("Este parâmetro não existe aqui.", "There is no such parameter here."),
                    allowed=[*cls.__struct_fields__, *other],
                )
            values = query.getall(name)
            fields[name] = _flag(name, values) if name == "backfill" else _values(name, values)
        return cls(**fields)

    def matches(self, item: FeedItem) -> bool:
        """Whether the reader asked for this item, whoever the reader is."""
        if item.backfill and not self.backfill:
            return False
        if self.is_open:
            return True
        member, agreement = item.member, item.agreement
        return (
            (not self.member or member.id in self.member)
            and (not self.type or item.type in self.type)
            and (
                not self.mesoregion
                or (member.mesoregion is not None and _folded(member.mesoregion) in self.mesoregion)
            )
            and (not self.country or not self.country.isdisjoint(item.countries))
            and (not self.theme or not self.theme.isdisjoint(item.themes))
            and (not self.sdg or any(str(sdg) in self.sdg for sdg in item.sdgs))
            and (not self.subject or (agreement is not None and agreement.subject in self.subject))
            and (not self.instrument or (agreement is not None and agreement.instrument in self.instrument))
            and (not self.state or (agreement is not None and agreement.state in self.state))
        )

    @property
    def is_open(self) -> bool:
        """True if nothing but `backfill` decides."""
        return self in (_LIVE, _ALL)


_LIVE: Final = Filter()
_ALL: Final = Filter(backfill=True)


def _flag(name: str, values: list[str]) -> bool:
    if len(values) == 1 and values[0] in {"true", "false"}:
        return values[0] == "true"
    raise InvalidFilter(
        name,
        Sentence("Use true ou false, uma vez.", "Use true or false, once."),
        allowed=["true", "false"],
    )


def _values(name: str, values: list[str]) -> frozenset[str]:
    if len(values) > _MAX_VALUES:
        raise InvalidFilter(
            name,
            Sentence(f"No máximo {_MAX_VALUES} valores.", f"At most {_MAX_VALUES} values."),
        )
    return frozenset(_value(name, value) for value in values)


def _value(name: str, text: str) -> str:
    value = unicodedata.normalize("NFC", text).strip()
    if not value or len(value) > _MAX_LENGTH:
        raise InvalidFilter(
            name,
            Sentence(
                f"Diga um valor de 1 a {_MAX_LENGTH} caracteres.",
                f"Give a value of 1 to {_MAX_LENGTH} characters.",
            ),
        )
    if name == "mesoregion":
        return _folded(value)
    if name == "state" and value not in _STATES:
        raise InvalidFilter(
            name, Sentence("Este estado não existe.", "There is no such state."), allowed=list(_STATES)
        )
    form = _FORMS.get(name)
    if form is not None and not form.fullmatch(value):
        example = _EXAMPLES[name]
        raise InvalidFilter(
            name,
            Sentence(f"Valor malformado; por exemplo: {example}.", f"Malformed; for example: {example}."),
        )
    return value


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


_PLAIN: Final = Sentence("{member}: fato com dados apagados", "{member}: a fact with erased data")


def redact(item: FeedItem, erasure: FeedItem) -> FeedItem:
    """*item* as it may be shown after *erasure*, a later item that carries `erased`.

    Items do not say which entry of the chain they stand for: so all earlier items of the agreement
    give up what the erased fields show, and take it from the agreement as it was rebuilt.
    """
    if erasure.erased is None or item.position >= erasure.position or item.member.id != erasure.member.id:
        return item
    rebuilt, mine = erasure.agreement, item.agreement
    if rebuilt is not None and (mine is None or mine.id != rebuilt.id):
        return item
    erased = frozenset(erasure.erased.fields)
    changes: dict[str, Any] = {}
    if mine is not None and erased & {"title", "instrument", "changes"}:
        changes["agreement"] = msgspec.structs.replace(
            mine,
            title=rebuilt.title if rebuilt is not None else None,
            instrument=rebuilt.instrument if rebuilt is not None else None,
        )
    if erased & (_IN_EVERY_HEADLINE | _shown(item)):
        changes["headline"] = _plain(item)
    for field, source in (("countries", "partners"), ("themes", "themes"), ("sdgs", "sdgs")):
        if erased & {source, "changes"}:
            changes[field] = getattr(erasure, field)
    return msgspec.structs.replace(item, **changes) if changes else item


_IN_EVERY_HEADLINE: Final = frozenset({"title", "partners", "instrument", "changes"})


def _shown(item: FeedItem) -> frozenset[str]:
    return FACTS[item.type].wording.shown if item.type in FACTS else frozenset()


def _plain(item: FeedItem) -> Sentence:
    if item.type in FACTS:
        return plain_headline(item.type, item.member.name)
    return _PLAIN.format(member=item.member.name)
