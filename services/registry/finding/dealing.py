"""An agreement as it is compared with others: with whom, when, on what; and whether two may be one. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple

from services.registry.finding import likeness
from services.registry.finding.told import Told
from services.registry.folding.partners import partner_key
from shared.notices.dates import ReducedDate
from shared.notices.families.fact import read_date
from shared.notices.sentences import Sentence

Dates = Literal["same_day", "near", "unknown"]

FIELDS: Final = (
    "instrument", "title", "object", "partners", "participants", "signed_on", "effective_on", "amounts",
    "parent",
)  # fmt: skip

NEAR: Final = timedelta(days=31)
ALIKE_PERCENT: Final[Mapping[Dates, int]] = {"same_day": 60, "near": 80, "unknown": 90}
"""How alike the words must be: the less the dates tell, the more the words have to."""
_NOT_SURE: Final = "OUT"

MAY_REPEAT: Final = Sentence(
    pt="Parece ser o mesmo acordo que {subject} ({id}): o mesmo parceiro, {dates}, textos {percent} % "
    "iguais. Se for o mesmo, envie o fato merged sobre este acordo, com into = {subject}; se não for, "
    "corrija o que os confunde, ou diga à coordenação que são dois.",
    en="It looks like the same agreement as {subject} ({id}): the same partner, {dates}, texts {percent}% "
    "alike. If it is the same, send the fact merged about this agreement, with into = {subject}; if it is "
    "not, correct what makes them look alike, or tell the coordination that they are two.",
)
_DATES: Final[Mapping[Dates, Sentence]] = {
    "same_day": Sentence("a mesma data", "the same date"),
    "near": Sentence("datas próximas", "dates close to each other"),
    "unknown": Sentence("sem datas que os distingam", "no dates that tell them apart"),
}


class Likeness(NamedTuple):
    """Why two agreements may be one: how their dates lie, how alike their words are."""

    dates: Dates
    percent: int

    def sentence(self, older: "Dealing") -> Sentence:
        """What to do about it."""
        return MAY_REPEAT.format(
            subject=older.subject, id=older.agreement, dates=_DATES[self.dates], percent=self.percent
        )


class Dealing(NamedTuple):
    """What of an agreement is compared."""

    agreement: str
    member: str
    subject: str
    known_from: int
    version: int
    visibility: str
    counts: bool
    """Told, and neither void nor merged nor withdrawn."""
    instrument: str | None
    title: str
    words: Sequence[str]
    """Of its object."""
    names: Sequence[str]
    """The names and places of all who take part."""
    partners: Sequence[str]
    signed: str | None
    """When it was signed, or began; as told."""
    amounts: Sequence[tuple[str, str]]
    parent: str | None

    @classmethod
    def of(cls, row: "Row", told: Told, members: Mapping[str, str]) -> "Dealing":
        """What is *told* at last; *members* are names by id."""
        partners = told.held("partners") or ()
        named = [partner.get(part) for partner in partners for part in ("name", "place")]
        named += [members.get(member) for member in (told.member, *told.sharing)]
        return cls(
            agreement=row.id,
            member=told.member,
            subject=told.subject,
            known_from=row.known_from,
            version=row.version,
            visibility=row.visibility,
            counts=told.counts,
            instrument=told.held("instrument"),
            title=" ".join(likeness.words(told.held("title") or "")),
            words=likeness.words(told.held("object") or ""),
            names=sorted({likeness.name(name) for name in named if name}),
            partners=sorted({partner_key(partner) for partner in partners}),
            signed=told.held("signed_on") or told.held("effective_on"),
            amounts=sorted({(amount["value"], amount["currency"]) for amount in told.held("amounts") or ()}),
            parent=told.held("parent"),
        )

    def sketch(self, key: bytes) -> tuple[int, ...]:
        """By what its object is found among others; nothing if it counts for nothing, or is short."""
        return likeness.sketch(likeness.pattern(self.words, self.names), key) if self.counts else ()

    @property
    def day(self) -> date | None:
        """When it was signed, where that is known to the day."""
        signed = read_date(self.signed)
        return None if signed is None or signed.is_reduced else signed.first_day


class Row(NamedTuple):
    """What of an agreement's row is needed; *fold* is JSON."""

    id: str
    known_from: int
    version: int
    visibility: str
    fold: str


def may_repeat(newer: Dealing, older: Dealing) -> Likeness | None:
    """Why *newer* may be *older*, told once more; None if nothing says so."""
    if not (newer.counts and older.counts) or _are_two(newer, older):
        return None
    dates = _dates(read_date(newer.signed), read_date(older.signed))
    if dates is None:
        return None
    percent = _percent(newer, older)
    return Likeness(dates, percent) if percent >= ALIKE_PERCENT[dates] else None


def _are_two(ours: Dealing, theirs: Dealing) -> bool:
    """Whether anything beside dates and words says that they are not one."""
    return (
        ours.member != theirs.member
        or set(ours.partners).isdisjoint(theirs.partners)
        or ours.subject == theirs.parent
        or theirs.subject == ours.parent
        or (ours.instrument != theirs.instrument and _NOT_SURE not in {ours.instrument, theirs.instrument})
        or (bool(ours.amounts and theirs.amounts) and set(ours.amounts).isdisjoint(theirs.amounts))
    )


def _percent(ours: Dealing, theirs: Dealing) -> int:
    """How alike title and object are; two titles that each have a number of their own are not."""
    numbers, others = _numbers(ours.title), _numbers(theirs.title)
    if numbers - others and others - numbers:
        return 0
    percent = likeness.title_percent(ours.title, theirs.title)
    if ours.words and theirs.words:
        percent = (percent + likeness.share_percent(ours.words, theirs.words)) / 2
    return round(percent)


def _numbers(title: str) -> set[str]:
    return {word for word in title.split() if word.isdigit()}


def _dates(ours: ReducedDate | None, theirs: ReducedDate | None) -> Dates | None:
    """How the dates lie; None if they tell two agreements apart."""
    if ours is None or theirs is None:
        return "unknown"
    if ours == theirs and not ours.is_reduced:
        return "same_day"
    apart = max(ours.first_day, theirs.first_day) - min(ours.last_day, theirs.last_day)
    return "near" if apart <= NEAR else None
