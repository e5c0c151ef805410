"""`GET /v1/receipts/{protocol}`: where a notice is, for whoever holds its number."""

from typing import Any

import msgspec
from aiohttp import web
from msgspec import UNSET

from services.registry import queries
from services.registry.http.answers import caller_of, connection_of, read_remarks
from services.registry.network import audit
from services.registry.shapes import ConflictView, ReceiptView, Stages
from shared.accounts import Caller
from shared.notices.canonical import base64url
from shared.notices.protocol import is_well_formed, tidy
from shared.notices.sentences import Language, Sentence
from shared.problems import InvalidParameter, NotYetKnown, language_of


async def get_receipt(request: web.Request) -> ReceiptView:
    """Stages like a parcel's for everybody; remarks for those whom the notice concerns."""
    protocol = tidy(request.match_info["protocol"])
    if not is_well_formed(protocol):
        raise InvalidParameter(
            "protocol",
            Sentence(
                "Este não é um número de protocolo: MG- e 13 letras e algarismos. Confira a cópia.",
                "This is not a protocol number: MG- and 13 letters and digits. Check the copy.",
            ),
        )
    return await receipt_of(request, protocol, await caller_of(request), language_of(request))


async def receipt_of(request: web.Request, protocol: str, caller: Caller, language: Language) -> ReceiptView:
    """Where the notice of that *protocol* is, for *caller*. Raises NotYetKnown."""
    async with connection_of(request) as connection:
        row = await queries.receipt(connection, protocol)
        if row is None:
            return await _dead(connection, protocol)
        entry: dict[str, Any] = msgspec.json.decode(row.entry)
        envelope = entry["envelope"]
        conflicts = await queries.conflicts(connection, row.member, envelope["source"], envelope["id"])
    shown = ReceiptView(
        protocol=protocol,
        status="registered",
        digest=base64url(row.digest),
        conflicts=[ConflictView(received_at) for received_at in conflicts],
        stages=Stages(
            row.received_at,
            row.registered_at,
            row.published_at,
            msgspec.UNSET if row.agreement is None else row.acknowledged_at,
        ),
    )
    if not concerns_sender(caller, row.member, entry["sender"]):
        return shown
    async with connection_of(request) as connection:
        if await audit.is_restricted(connection, protocol):
            await audit.note(connection, caller, "read", protocol)
    remarks = [remark.shown(language) for remark in read_remarks(row.remarks)]
    return msgspec.structs.replace(shown, remarks=remarks)


def concerns_sender(caller: Caller, member: str, sender: dict[str, Any]) -> bool:
    """Whether the caller is the sender, its member, the office or the coordination."""
    match caller.role:
        case "office" | "coordination":
            return True
        case "member":
            return caller.member == member or (
                sender["role"] == "member" and caller.member == sender["member"]
            )
        case _:
            return False


async def _dead(connection: queries.Connection, protocol: str) -> ReceiptView:
    row = await queries.dead(connection, protocol)
    if row is None:
        raise NotYetKnown(retry_after_seconds=1)  # a moment, as a rule
    return ReceiptView(
        protocol=protocol,
        status="dead",
        digest=None,
        conflicts=[],
        stages=Stages(row.received_at, None, None),
        discarded_at=row.discarded_at or UNSET,
    )
