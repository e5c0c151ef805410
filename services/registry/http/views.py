"""How agreements are shown in one answer: to whom, in which language, on which day."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import msgspec
from aiohttp import web

from services.registry import queries
from services.registry.folding.agreement import Agreement, Question
from services.registry.folding.doubts import RESTRICTED
from services.registry.http.answers import PUBLIC_URL
from services.registry.http.known import Known
from services.registry.http.moments import Asked
from services.registry.http.naming import member_names
from services.registry.shapes import (
    AgreementView,
    CompletenessView,
    ContradictionView,
    QuestionView,
    Record,
    RelatedView,
    SuccessorView,
)
from shared.accounts import Caller
from shared.notices.families.agreement import AgreementData
from shared.notices.families.fact import BEGINNING
from shared.notices.protocol import agreement_id
from shared.notices.sentences import Language
from shared.problems import language_of

FIELDS: Final = frozenset(AgreementData.__struct_fields__)


def concerns(caller: Caller, member: str) -> bool:
    """Whether what is only between *member*, office and coordination is for the caller."""
    return caller.role in {"office", "coordination"} or (caller.role == "member" and caller.member == member)


def in_order(value: Any) -> Any:
    """*value* with the names of its objects sorted.

    As stored they stand as they were told, or as PostgreSQL gives them back: that hangs on what arrived when.
    """
    if isinstance(value, dict):
        return {name: in_order(value[name]) for name in sorted(value)}
    return [in_order(each) for each in value] if isinstance(value, list) else value


class Views:
    """Makes the views of one answer."""

    def __init__(
        self, request: web.Request, caller: Caller, asked: Asked, language: Language | None = None
    ) -> None:
        """What people read in a *language* is in that of a program's request, unless a page has its own."""
        self._caller = caller
        self._asked = asked
        self._language: Language = language or language_of(request)
        self._name_of = member_names(request)
        self._address = f"{request.app[PUBLIC_URL]}/v1"

    def of(self, known: Known, children: Sequence[queries.ChildRow]) -> AgreementView:
        """The agreement as it is on the day; what was erased, and not told anew, reads null."""
        row, agreement = known.row, known.agreement
        segment = agreement.on(self._asked.as_of)
        erased = msgspec.json.decode(row.erased, type=list[str])
        data = in_order({**dict.fromkeys(FIELDS.intersection(erased)), **segment.data})
        concerned = concerns(self._caller, row.member)
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
                if concerned or found.code not in RESTRICTED
            ],
            erased=erased,
            as_of=self._asked.as_of,
            known_at=self._asked.known_at,
            record=Record(
                version=known.version,
                received_at=known.received_at,
                registered_at=known.registered_at,
                remarks=[remark.shown(self._language) for remark in known.remarks] if concerned else None,
            ),
            links=self._links(row),
            member_name=self._name_of(row.member),
            completeness=CompletenessView(known.completeness.score, list(known.completeness.missing)),
            confirmed_on=_told(agreement.confirmed_on),
            successor=_successor(agreement),
            parent=_parent(row.member, data.get("parent")),
            children=[RelatedView(child.id, child.subject) for child in children],
            questions=[_question(question) for question in agreement.questions] if concerned else None,
        )

    def _links(self, row: queries.AgreementRow) -> dict[str, str]:
        own = f"{self._address}/agreements/{row.id}"
        return {
            "self": own,
            "history": f"{own}/history",
            "similar": f"{own}/similar",
            "member": f"{self._address}/members/{row.member}",
            "feed": f"{self._address}/feed?member={row.member}",
        }


def _told(day: date | None) -> date | None:
    return None if day == BEGINNING else day


def _parent(member: str, subject: str | None) -> RelatedView | None:
    return None if subject is None else RelatedView(agreement_id(member, subject), subject)


def _successor(agreement: Agreement) -> SuccessorView | None:
    found = agreement.successor
    if found is None:
        return None
    return SuccessorView(
        found.kind, agreement_id(agreement.member, found.subject), found.subject, found.protocol
    )


def _question(question: Question) -> QuestionView:
    return QuestionView(
        protocol=question.protocol,
        asked_on=_told(question.day),
        text=question.text,
        answer_by=question.answer_by,
        answer_protocol=question.answer_protocol,
        answered_on=_told(question.answer_day),
        answer=question.answer,
    )
