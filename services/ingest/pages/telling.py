"""What a person tells: the same checks as at `/v1/notices`, under the name of who is signed in."""

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final, NamedTuple, cast

import msgspec
from aiohttp import hdrs, web

from services.ingest.http import INTAKE
from services.ingest.keys import Speaker
from services.ingest.limits import RateLimits
from services.ingest.pages.typed import Typed
from services.ingest.receipts import Conflicted, Outcome
from services.ingest.refusals import decode_known, refuse_forbidden
from shared.accounts import Caller
from shared.directory import Member
from shared.doors import is_own_path
from shared.http import trace_id_of
from shared.notices.canonical import canonical
from shared.notices.dates import day_of
from shared.notices.door import read_envelopes
from shared.notices.envelope import STRUCTURED_TYPE, Delivery, Door, Role, Sender
from shared.notices.sentences import Sentence
from shared.problems import Conflict

SOURCE: Final = "/formulario"
"""The source of all notices that are told by a form."""
ANSWER_SECONDS: Final = 2.0
"""So long a form waits for the registry, whose answer it does not need."""
PEOPLE: web.AppKey[RateLimits] = web.AppKey("people", RateLimits)
_LETTERS: Final = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
_LONGEST_ONCE: Final = 64


class SentBefore(Conflict):
    """The form was sent before, and says something else now."""

    default_detail = Sentence(
        "Este formulário já foi enviado com outro conteúdo, e o primeiro envio vale. Para mudar o que foi "
        "registrado, use “Corrigir” na página do acordo. Para registrar outro acordo, envie de novo.",
        "This form was sent before with other content, and the first sending holds. To change what was "
        "registered, use “Correct” on the agreement's page. To register another agreement, send it again.",
    )


class Told(NamedTuple):
    """What was told, and what the registry made of it; None if it has not answered yet."""

    delivery: Delivery
    outcome: Outcome | None


def name_of_caller(caller: Caller) -> str:
    """Whose rate is counted: a key's, a person's, or a session's."""
    return caller.key or caller.person or f"{caller.role} {caller.member}"


def speaker_of(request: web.Request, caller: Caller) -> Speaker:
    """What *caller* may say today. Raises Unavailable until the directory is known."""
    intake = request.app[INTAKE]
    return intake.speakers.of(caller, intake.directory.require(), day_of(datetime.now(UTC)))


def count_request(request: web.Request, caller: Caller) -> None:
    """Count one request of who is signed in. Raises TooManyRequests."""
    request.app[PEOPLE].count_request(name_of_caller(caller))


def spoken_for(request: web.Request, caller: Caller) -> list[Member]:
    """The members that *caller* may speak for, its own first; for the coordination all of them."""
    directory = request.app[INTAKE].directory.require()
    if caller.role in {"coordination", "office"}:
        return sorted(directory.members, key=lambda member: member.name)
    granted = dict.fromkeys(grant.member for grant in speaker_of(request, caller).grants)
    return [found for member in granted if (found := directory.member_by_id.get(member)) is not None]


def event_of(
    fact: str, member: str, subject: str, data: Mapping[str, Any], *, once: str = ""
) -> dict[str, Any]:
    """The event of a form: *fact* is the type without ``br.malha.`` and version, *once* the form's number.

    Without such a number the same words on the same day are one notice.
    """
    event: dict[str, Any] = {
        "specversion": "1.0",
        "source": SOURCE,
        "type": f"br.malha.{fact}.v1",
        "member": member,
        "data": dict(data),
    }
    if subject:
        event["subject"] = subject
    if not once or len(once) > _LONGEST_ONCE:
        words = canonical([*(event[name] for name in ("type", "member", "data")), subject])
        day = day_of(datetime.now(UTC)).isoformat()
        once = f"{day}.{sha256(words).hexdigest()[:24].translate(_LETTERS)}"
    event["id"] = once
    return event


async def tell(
    request: web.Request, caller: Caller, event: Mapping[str, Any], *, door: Door = "form"
) -> Told:
    """Tell *event* in the name of *caller*; return when a quorum has it, and the registry perhaps too.

    Raises Forbidden (403), InvalidEvents, SentBefore (409), TooManyRequests, OutcomeUnknown, Unavailable.
    """
    intake = request.app[INTAKE]
    delivery = await _delivery(request, caller, event, door)
    request.app[PEOPLE].count_events(name_of_caller(caller), 1)
    outcome = await intake.publisher.ask(delivery, ANSWER_SECONDS)
    if isinstance(outcome, Conflicted):
        raise SentBefore(extra={"protocol": delivery.notice.protocol})
    return Told(delivery, outcome)


def sender_of(caller: Caller, door: Door) -> Sender:
    """*caller* as the ledger keeps it."""
    return Sender(
        role=cast("Role", caller.role),
        member=caller.member or "",
        key=caller.key or "",
        door=door,
        person=caller.person,
    )


async def _delivery(request: web.Request, caller: Caller, event: Mapping[str, Any], door: Door) -> Delivery:
    intake = request.app[INTAKE]
    body = msgspec.json.encode(event)
    received_at = datetime.now(UTC)
    events = read_envelopes(body, {}, STRUCTURED_TYPE)
    speaker = speaker_of(request, caller)
    refuse_forbidden(speaker, events)
    (notice,) = await decode_known(speaker, events, received_at)
    return Delivery(
        notice=notice,
        sender=sender_of(caller, door),
        received_at=received_at,
        environment=intake.settings.environment,
        traceparent=intake.following.traceparent(trace_id_of(request), backfill=notice.backfill),
    )


def wants_json(request: web.Request) -> bool:
    """Whether a script asks, and not a person's browser."""
    accept = request.headers.get(hdrs.ACCEPT, "")
    return "application/json" in accept and "text/html" not in accept


def common(typed: Typed) -> dict[str, str]:
    """What every form carries along: whose, of which agreement, its own number, where to go back to."""
    back = typed.one("back")
    return {
        "member": typed.one("member"),
        "subject": typed.one("subject"),
        "title": typed.one("title"),
        "once": typed.one("once"),
        "back": back if is_own_path(back) else "",
    }
