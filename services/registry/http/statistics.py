"""`GET /v1/statistics`: counts of agreements, each once, by whatever they have in common."""

from collections.abc import Callable, Sequence
from typing import Final, Literal, NamedTuple, cast, get_args

import msgspec
from aiohttp import web
from msgspec import UNSET

from services.registry import queries
from services.registry.http import filters, moments
from services.registry.http.answers import reach_of
from services.registry.http.counts import counted
from services.registry.http.naming import key_names
from services.registry.http.paging import MOST_ITEMS, NAMES, Paging, cursor
from services.registry.http.parameters import Parameters
from services.registry.shapes import By, Figures, StatisticsItem, StatisticsPage
from shared import data
from shared.data import MemberKind
from shared.notices.codelists import Instrument, Theme
from shared.notices.sentences import Sentence
from shared.problems import InvalidParameter, language_of

_LIST: Final = "statistics"
_OWN: Final = frozenset({"by", "amounts"})
_KNOWN: Final = (NAMES | moments.NAMES | filters.NAMES | _OWN) - {"q"}
_EVERYBODYS: Final = "all"
DEFINITION: Final = Sentence(
    "Cada acordo conta uma vez em cada chave que tem. signed: assinados ou informados até as_of, sem os "
    "anulados e unificados, sem aditivos (ADT) e sem leis unilaterais de irmandade (IRM_DECL, "
    "unilateral_law), que são unilateral. in_force: em vigor em as_of. negotiating: em negociação, em "
    "análise ou prontos para assinar. expiring_90_days: vivos cujo prazo acaba em até 90 dias. total: "
    "cada acordo uma só vez, tenha ou não a chave. Contam os acordos de quem é kind (por padrão, "
    "municípios) que quem pergunta pode ver. amounts: soma dos valores de todos eles, por moeda, em "
    "qualquer situação.",
    "Each agreement counts once under each key that it has. signed: signed or reported up to as_of, "
    "without what is void or merged, without amendments (ADT) and unilateral sister-city laws (IRM_DECL, "
    "unilateral_law), which are unilateral. in_force: in force on as_of. negotiating: being negotiated, "
    "under review or ready to sign. expiring_90_days: alive, with a term that ends within 90 days. total:"
    " each agreement only once, with the key or without. Counted are the agreements of those that are "
    "kind (by default, municipalities), as far as the asker may see. amounts: the sum of the values of "
    "all of them, by currency, whatever their state.",
)
_LEFT_OUT: Final = Sentence(
    "O que faltava então não se conta: use missing sem known_at.",
    "What was missing then is not counted: use missing without known_at.",
)


_NO_BY: Final = Sentence(
    "Informe por que contar: by=country, por exemplo.", "Say what to count by: by=country, for example."
)


_CLOSED: Final[dict[str, tuple[str, ...]]] = {
    "mesoregion": data.mesoregions(),
    "theme": get_args(Theme),
    "sdg": tuple(str(goal.number) for goal in data.goals()),
    "instrument": get_args(Instrument),
    "state": filters.STATES,
}
"""What there is only so much of, in its own order: also said of what there is none."""


_Sums = dict[str, dict[str, str]]
"""By key, for each currency a sum as decimal text."""


class _Asked(NamedTuple):
    """What to count by, of whose agreements, whether to add up their amounts; which page of it."""

    by: By
    kind: str | None
    amounts: bool
    after: str | None
    limit: int


class _Count(NamedTuple):
    """The counts of one page, the key that the next one begins after, and the total; sums by key."""

    figures: list[queries.Figures]
    more: str | None
    total: queries.Figures
    sums: _Sums | None
    total_sums: _Sums | None


async def list_statistics(request: web.Request, paging: Paging) -> StatisticsPage:
    """Counts by one thing, with a total; closed lists also say of what there is none."""
    parameters = Parameters(request.query, _KNOWN)
    by = parameters.one_of("by", get_args(By))
    if by is None:
        raise InvalidParameter("by", _NO_BY, allowed=get_args(By))
    kind = parameters.one_of("kind", (*filters.KINDS, _EVERYBODYS)) or "municipality"
    whose = None if kind == _EVERYBODYS else kind
    limit = paging.limit if parameters.given("limit") else MOST_ITEMS
    wants = _Asked(cast("By", by), whose, parameters.flag("amounts") or False, paging.key(_LIST), limit)
    wanted = filters.wanted_of(parameters, kind=whose)
    asked = moments.asked(parameters, paging.now)
    if wanted.missing is not None and asked.past:
        raise InvalidParameter("missing", _LEFT_OUT)
    sees = await reach_of(request)

    async def count(connection: queries.Connection) -> _Count:
        moment = await asked.moment(connection)
        return await _count(connection, wants, queries.Counted(wanted, moment, sees))

    question = (wants, wanted, sees, asked.as_of, asked.known_at if asked.past else None)
    found: _Count = await counted(request, question, count)
    name_of = key_names(request, wants.by)
    return StatisticsPage(
        items=[_item(figures, found.sums, name_of) for figures in found.figures],
        next=cursor(_LIST, found.more) if found.more is not None else None,
        as_of=asked.as_of,
        known_at=asked.known_at,
        by=wants.by,
        kind=cast("MemberKind | Literal['all']", kind),
        total=_total(found.total, found.total_sums),
        definition=DEFINITION.in_language(language_of(request)),
    )


async def _count(connection: queries.Connection, wants: _Asked, asked: queries.Counted) -> _Count:
    listed = asked
    if wants.by == "member":  # then `kind` says which members are listed, with their share of anybody's
        listed = msgspec.structs.replace(asked, wanted=msgspec.structs.replace(asked.wanted, kind=None))
    if wants.by in {"member", "partner"}:
        figures, keys = await _of_many(connection, wants, listed)
    else:
        figures, keys = await _of_all(connection, wants, listed)
    page = keys[: wants.limit]
    return _Count(
        figures=figures,
        more=page[-1] if len(keys) > wants.limit else None,
        total=await queries.total(connection, asked),
        sums=await _sums(connection, wants, listed, wants.by, page),
        total_sums=await _sums(connection, wants, asked, None, None),
    )


async def _of_all(
    connection: queries.Connection, wants: _Asked, asked: queries.Counted
) -> tuple[list[queries.Figures], Sequence[str]]:
    """The counts of one page, and the keys from its first on."""
    match wants.by:
        case "state":
            found = await queries.by_state(connection, asked)
        case "month":
            found = await queries.by_month(connection, asked)
        case facet:
            found = await queries.by_facet(connection, facet, asked)
    by_key = {figures.key: figures for figures in found}
    keys = _following(_CLOSED.get(wants.by) or sorted(by_key), wants.after)
    return [by_key.get(key) or queries.Figures(key) for key in keys[: wants.limit]], keys


async def _of_many(
    connection: queries.Connection, wants: _Asked, asked: queries.Counted
) -> tuple[list[queries.Figures], Sequence[str]]:
    """The same of what there may be very many of: only what is on the page is counted."""
    by = cast("queries.Grouped", wants.by)
    kind = wants.kind if by == "member" else None
    keys = await queries.keys_of(
        connection, by, asked.moment, after=wants.after or "", limit=wants.limit + 1, kind=kind
    )
    return await queries.by_facet(connection, by, asked, keys[: wants.limit]), keys


def _total(found: queries.Figures, sums: _Sums | None) -> Figures:
    return Figures(
        signed=found.signed,
        in_force=found.in_force,
        negotiating=found.negotiating,
        unilateral=found.unilateral,
        expiring_90_days=found.expiring,
        amounts=UNSET if sums is None else sums.get(found.key, {}),
    )


def _following(keys: Sequence[str], after: str | None) -> Sequence[str]:
    """Those of *keys* that come behind *after*."""
    if after is None:
        return keys
    if after in keys:
        return keys[keys.index(after) + 1 :]
    return [key for key in keys if key > after]


async def _sums(
    connection: queries.Connection,
    wants: _Asked,
    asked: queries.Counted,
    by: queries.Grouped | Literal["state", "month"] | None,
    keys: Sequence[str] | None,
) -> _Sums | None:
    """The sums by key and currency, as decimal text; None if they were not asked for."""
    if not wants.amounts:
        return None
    sums: _Sums = {}
    for found in await queries.amounts(connection, asked, by, keys):
        sums.setdefault(found.key, {})[found.currency] = f"{found.amount:f}"
    return sums


def _item(
    figures: queries.Figures, sums: _Sums | None, name_of: Callable[[str], str | None]
) -> StatisticsItem:
    return StatisticsItem(
        key=figures.key,
        name=name_of(figures.key),
        signed=figures.signed,
        in_force=figures.in_force,
        negotiating=figures.negotiating,
        unilateral=figures.unilateral,
        expiring_90_days=figures.expiring,
        amounts=UNSET if sums is None else sums.get(figures.key, {}),
    )
