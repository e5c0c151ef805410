"""`/protocolos/{protocol}`: where a notice is, for whoever holds its number; printable as a receipt."""

from typing import Any, Final

import msgspec
from aiohttp import web

from services.registry import queries
from services.registry.http.agreements import one_agreement
from services.registry.http.answers import connection_of, now, today
from services.registry.http.moments import Asked
from services.registry.http.receipts import concerns_sender, receipt_of
from services.registry.pages.agreements import steps, uploading
from services.registry.pages.agreements.wording import wording
from services.registry.queries.of_tellings import tellings
from shared.accounts import Caller
from shared.notices.protocol import is_well_formed, tidy
from shared.notices.sentences import Sentence
from shared.problems import NotFound, NotYetKnown
from shared.web import page, page_language

NOT_A_NUMBER: Final = Sentence(
    "Este não é um número de protocolo: são MG- e 13 letras e algarismos. Confira a cópia.",
    "This is not a protocol number: it is MG- and 13 letters and digits. Check the copy.",
)
_read_sentence = msgspec.json.Decoder(Sentence).decode


async def get_protocol(request: web.Request, caller: Caller) -> web.Response:
    """The stages, like a parcel's; what was told only for those whom it concerns."""
    protocol = tidy(request.match_info["protocol"])
    if not is_well_formed(protocol):
        raise NotFound(NOT_A_NUMBER)
    language = page_language(request)
    context: dict[str, Any] = {**wording(request, None), "protocol": protocol, "receipt": None, "told": None}
    try:
        receipt = await receipt_of(request, protocol, caller, language)
    except NotYetKnown:
        return page(request, "registry/agreements/protocol.html", context, status=404)
    context |= {"receipt": receipt, "is_noted": receipt.stages.acknowledged_at is not msgspec.UNSET}
    async with connection_of(request) as connection:
        row = await queries.receipt(connection, protocol)
        found = [] if row is None else await tellings(connection, [row.position])
    if row is not None and found:
        entry = msgspec.json.decode(row.entry)
        if concerns_sender(caller, row.member, entry["sender"]):
            context["told"] = {
                "headline": _read_sentence(found[0].headline).in_language(language),
                "member": row.member,
                "subject": entry["envelope"]["subject"],
                "sequence": row.sequence,
                "door": entry["sender"]["door"],
                "may_take_back": _may_take_back(caller, entry),
            }
            context |= await _of_agreement(request, caller, found[0].agreement)
    return page(request, "registry/agreements/protocol.html", context)


def _may_take_back(caller: Caller, entry: dict[str, Any]) -> bool:
    """Whether the notice is the caller's own, so that it may be retracted."""
    sender = entry["sender"]
    return sender["role"] == caller.role and sender["member"] == caller.member and caller.role != "office"


async def _of_agreement(request: web.Request, caller: Caller, agreement: str | None) -> dict[str, Any]:
    """The agreement that it tells of, and what may be added to it."""
    if agreement is None:
        return {}
    asked = Asked(today(), now(), past=False)
    try:
        view = await one_agreement(request, agreement, asked, caller, page_language(request))
    except NotFound:
        return {}  # it tells of one that is not the asker's to see
    return {
        "view": view,
        "own": steps.is_own(caller, view),
        "common": steps.common(view, f"/acordos/{view.id}"),
        "kinds": uploading.kinds(request),
    }
