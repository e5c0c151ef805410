"""The receipt that a person gets at once: a number to keep, dated, to be printed.

Ingest remembers nothing: what the receipt says travels in its address, sealed, so that nobody writes it.
"""

from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from services.ingest.pages.telling import Told
from services.ingest.receipts import Registered
from shared import web as look
from shared.accounts import Caller, seal, unseal
from shared.directory import FOLLOWER, IDENTITY, Member
from shared.doors import is_own_path
from shared.notices.families import FACTS
from shared.notices.protocol import is_well_formed, tidy
from shared.problems import NotFound

NOTHING_TO_DECLARE: Final = "br.malha.municipality.nothing_to_declare.v1"
KEPT: Final = timedelta(days=366)
"""So long a receipt's address says more than its number."""
_LONGEST_SEAL: Final = 6_000


class Received(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a receipt says."""

    protocol: str
    member: str
    type: str
    received_at: datetime
    subject: str | None = None
    title: str = ""
    as_of: str = ""
    """Of a nil return."""
    remarks: int | None = None
    """How many the registry made; None before it has answered."""


def address_of(request: web.Request, told: Told, *, title: str = "", back: str = "") -> str:
    """Where the receipt of what was *told* can be read."""
    notice = told.delivery.notice
    outcome = told.outcome
    receipt = Received(
        protocol=notice.protocol,
        member=notice.member,
        type=notice.type,
        received_at=outcome.received_at if isinstance(outcome, Registered) else told.delivery.received_at,
        subject=notice.agreement_subject,
        title=str(notice.data.get("title") or title)[:200],
        as_of=str(notice.data.get("as_of", "")),
        remarks=len(outcome.remarks) if isinstance(outcome, Registered) else None,
    )
    query = {"protocolo": notice.protocol, "recibo": seal(request.app[IDENTITY], receipt)}
    if back:
        query["de"] = back
    return f"/registrar/recebido?{urlencode(query)}"


async def show(request: web.Request, _caller: Caller) -> web.StreamResponse:
    """The receipt; where its seal does not hold, the number alone, and where to ask for it."""
    protocol = tidy(request.query.get("protocolo", ""))
    if not is_well_formed(protocol):
        raise NotFound
    receipt = _unsealed(request, request.query.get("recibo", ""))
    if receipt is not None and receipt.protocol != protocol:
        receipt = None
    member = None
    if receipt is not None:
        member = request.app[FOLLOWER].require().member_by_id.get(receipt.member)
    back = request.query.get("de", "")
    return look.page(
        request,
        "registrar/received.html",
        {
            "protocol": protocol,
            "receipt": receipt,
            "member": member,
            "what": _what(request, receipt, member),
            "is_nil_return": receipt is not None and receipt.type == NOTHING_TO_DECLARE,
            "of_agreement": receipt is not None and receipt.type.startswith("br.malha.agreement."),
            "back": back if is_own_path(back) else "",
        },
    )


def _what(request: web.Request, receipt: Received | None, member: Member | None) -> str:
    """What was told, in a sentence; "" where the number is all that is known."""
    fact = None if receipt is None else FACTS.get(receipt.type)
    if receipt is None or fact is None:
        return ""
    name = receipt.member if member is None else member.name
    return fact.plain.format(member=name).in_language(look.page_language(request))


def _unsealed(request: web.Request, sealed: str) -> Received | None:
    if len(sealed) > _LONGEST_SEAL:
        return None
    return unseal(request.app[IDENTITY], sealed, Received, KEPT)
