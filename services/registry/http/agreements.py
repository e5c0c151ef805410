"""`GET /v1/agreements`: the agreements, on any day, as known at any instant."""

from collections.abc import Sequence
from typing import Final

from aiohttp import web

from services.registry import queries
from services.registry.http import filters, moments
from services.registry.http.answers import caller_of, connection_of, now, reach, snapshot_of
from services.registry.http.known import Known, known
from services.registry.http.moments import Asked
from services.registry.http.paging import NAMES, Paging, cursor
from services.registry.http.parameters import Parameters
from services.registry.http.rulings import RULINGS
from services.registry.http.views import Views
from services.registry.network import audit
from services.registry.queries import search
from services.registry.shapes import AgreementPage, AgreementView, Correction
from shared.accounts import Caller, scope_of
from shared.notices.protocol import AGREEMENT_PREFIX, is_well_formed, tidy
from shared.notices.sentences import Language, Sentence
from shared.problems import NotFound

_LIST: Final = "agreements"
KNOWN: Final = NAMES | moments.NAMES | filters.NAMES
"""The parameters of the list."""
NO_SUCH_AGREEMENT: Final = Sentence(
    "Não há acordo com este identificador, ou ele não é visto por quem pergunta.",
    "There is no agreement of this id, or it is not seen by who asks.",
)


def agreement_of(request: web.Request) -> str:
    """The id in the address. Raises NotFound for what cannot be one."""
    agreement_id = tidy(request.match_info["agreement"])
    if not is_well_formed(agreement_id, AGREEMENT_PREFIX):
        raise NotFound(NO_SUCH_AGREEMENT)
    return agreement_id


async def get_agreement(request: web.Request) -> AgreementView:
    """One agreement; one that the asker may not see, or that was not known yet, is not there."""
    agreement_id = agreement_of(request)
    asked = moments.asked(Parameters(request.query, moments.NAMES), now())
    caller = await caller_of(request)
    view = await one_agreement(request, agreement_id, asked, caller)
    if view.visibility == "restricted":
        async with connection_of(request) as connection:
            await audit.note(connection, caller, "read", view.id)
    return view


async def one_agreement(
    request: web.Request, agreement_id: str, asked: Asked, caller: Caller, language: Language | None = None
) -> AgreementView:
    """The agreement of that id, as *caller* may see it, in the *language* of a page or of the request."""
    sees = reach(scope_of(caller))
    async with snapshot_of(request) as connection:
        moment = await asked.moment(connection)
        row = await queries.agreement(connection, agreement_id, sees)
        if row is None:
            raise NotFound(NO_SUCH_AGREEMENT)
        rules = await request.app[RULINGS].now(connection)
        found = await known(connection, [row], moment, rules)
        children = await queries.children(connection, [row.id], moment, sees)
    if not found:
        raise NotFound(NO_SUCH_AGREEMENT)
    return Views(request, caller, asked, language).of(found[0], children)


async def list_agreements(request: web.Request, paging: Paging) -> AgreementPage:
    """Agreements that the asker may see, the newest known first."""
    parameters = Parameters(request.query, KNOWN)
    return await some_agreements(request, parameters, paging, await caller_of(request))


async def some_agreements(
    request: web.Request,
    parameters: Parameters,
    paging: Paging,
    caller: Caller,
    language: Language | None = None,
) -> AgreementPage:
    """A page of what *parameters* ask for, as *caller* may see it, in the *language* of a page."""
    wanted = filters.wanted_of(parameters, kind=parameters.one_of("kind", filters.KINDS))
    asked = moments.asked(parameters, paging.now)
    q = parameters.text("q")
    before = paging.position(_LIST)
    sees = reach(scope_of(caller))
    if q is not None:
        async with connection_of(request) as connection:
            await search.settled(connection)
    async with snapshot_of(request) as connection:
        moment = await asked.moment(connection)
        meaning = None if q is None else await search.meaning(connection, q, sees)
        found = await queries.find(
            connection,
            wanted,
            moment,
            before=before,
            limit=paging.limit + 1,
            reach=sees,
            meaning=meaning,
        )
        rows = await queries.agreements(connection, found.known_from[: paging.limit], sees)
        rules = await request.app[RULINGS].now(connection)
        page = _complete(await known(connection, rows, moment, rules), wanted, moment)
        children = await queries.children(connection, [each.row.id for each in page], moment, sees)
    views = Views(request, caller, asked, language)
    by_parent: dict[str, list[queries.ChildRow]] = {}
    for child in children:
        by_parent.setdefault(child.parent, []).append(child)
    return AgreementPage(
        items=[views.of(each, by_parent.get(each.row.id, ())) for each in page],
        next=_next(found, paging.limit),
        as_of=asked.as_of,
        known_at=asked.known_at,
        corrected=[]
        if meaning is None
        else [Correction(word.asked, word.used) for word in meaning.corrected],
    )


def _complete(page: Sequence[Known], wanted: queries.Wanted, moment: queries.Moment) -> list[Known]:
    """Of what was known earlier, nobody has kept which fields were missing: it is seen from the fold."""
    if wanted.missing is None or moment.position is None:
        return list(page)
    return [each for each in page if wanted.missing in each.completeness.missing]


def _next(found: queries.Found, limit: int) -> str | None:
    if len(found.known_from) > limit:
        return cursor(_LIST, found.known_from[limit - 1])
    return cursor(_LIST, found.reached) if found.reached else None
