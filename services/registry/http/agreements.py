"""`GET /v1/agreements`: the agreements, as known now, on this day."""

from datetime import date, datetime
from typing import Any, Final, get_args

import msgspec
from aiohttp import web

from services.registry import fold, queries
from services.registry.http.answers import (
    PUBLIC_URL,
    caller_of,
    connection_of,
    now,
    reach,
    remarks_shown,
)
from services.registry.http.paging import NAMES, Paging, cursor
from services.registry.http.parameters import Parameters
from services.registry.queries import Wanted
from services.registry.shapes import AgreementView, ContradictionView, Page, Record
from shared.accounts import Caller, scope_of
from shared.notices.codelists import State
from shared.notices.dates import day_of
from shared.notices.families.agreement import AgreementData
from shared.notices.protocol import AGREEMENT_PREFIX, is_well_formed, tidy
from shared.notices.sentences import Language, Sentence
from shared.problems import NotFound, language_of

_STATES: Final = get_args(State)
_LIST: Final = "agreements"
_NO_SUCH_AGREEMENT: Final = Sentence(
    "Não há acordo com este identificador, ou ele não é visto por quem pergunta.",
    "There is no agreement of this id, or it is not seen by who asks.",
)
_FIELDS: Final = frozenset(AgreementData.__struct_fields__)


async def get_agreement(request: web.Request) -> AgreementView:
    """One agreement; one that the asker may not see is not there."""
    agreement_id = tidy(request.match_info["agreement"])
    if not is_well_formed(agreement_id, AGREEMENT_PREFIX):
        raise NotFound(_NO_SUCH_AGREEMENT)
    caller = await caller_of(request)
    async with connection_of(request) as connection:
        row = await queries.agreement(connection, agreement_id, reach(scope_of(caller)))
    if row is None:
        raise NotFound(_NO_SUCH_AGREEMENT)
    return _View(request, caller, now()).of(row)


async def list_agreements(request: web.Request, paging: Paging) -> Page:
    """Agreements that the asker may see, the newest known first."""
    parameters = Parameters(request.query, {"member", "subject", "country", "state", *NAMES})
    wanted = Wanted(
        member=parameters.member(),
        subject=parameters.text("subject"),
        country=parameters.country(),
        state=parameters.one_of("state", _STATES),
    )
    limit = paging.limit
    before = paging.position(_LIST)
    caller = await caller_of(request)
    view = _View(request, caller, paging.now)
    async with connection_of(request) as connection:
        rows = await queries.agreements(
            connection, wanted, on=view.as_of, before=before, limit=limit + 1, reach=reach(scope_of(caller))
        )
    page = rows[:limit]
    return Page(
        items=[view.of(row) for row in page],
        next=cursor(_LIST, page[-1].known_from) if len(rows) > limit else None,
        as_of=view.as_of,
    )


class _View:
    """How agreements are shown in one answer: to whom, in which language, on which day."""

    def __init__(self, request: web.Request, caller: Caller, known_at: datetime) -> None:
        self._caller = caller
        self._language: Language = language_of(request)
        self._public_url = request.app[PUBLIC_URL]
        self._known_at = known_at
        self.as_of: date = day_of(known_at)

    def of(self, row: queries.AgreementRow) -> AgreementView:
        """The stored agreement as it is on the day; what was erased, and not told anew, reads null."""
        agreement = fold.agreement(fold.decode(row.fold))
        segment = agreement.on(self.as_of)
        erased = msgspec.json.decode(row.erased, type=list[str])
        data: dict[str, Any] = {**dict.fromkeys(_FIELDS.intersection(erased)), **segment.data}
        return AgreementView(
            id=row.id,
            member=row.member,
            subject=row.subject,
            state=segment.state,
            data=data,
            visibility=row.visibility,
            contradictions=[
                ContradictionView(found.code, found.detail.in_language(self._language), found.protocol)
                for found in agreement.contradictions
            ],
            erased=erased,
            as_of=self.as_of,
            known_at=self._known_at,
            record=Record(
                version=row.version,
                received_at=row.received_at,
                registered_at=row.registered_at,
                remarks=remarks_shown(row.remarks, self._language) if self._may_read_remarks(row) else None,
            ),
            links={
                "self": f"{self._public_url}/v1/agreements/{row.id}",
                "member": f"{self._public_url}/v1/members/{row.member}",
                "feed": f"{self._public_url}/v1/feed?member={row.member}",
            },
        )

    def _may_read_remarks(self, row: queries.AgreementRow) -> bool:
        match self._caller.role:
            case "office" | "coordination":
                return True
            case "member":
                return self._caller.member == row.member
            case _:
                return False
