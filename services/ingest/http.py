"""CloudEvents in, receipts out: `/v1/notices`, `/v1/notices/validate`, `/v1/me`."""

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

import msgspec
from aiohttp import hdrs, web

from services.ingest.following import Following
from services.ingest.keys import Speaker, Speakers
from services.ingest.limits import RateLimits
from services.ingest.preferences import wait_seconds
from services.ingest.publisher import NoticePublisher
from services.ingest.receipts import (
    Conflicted,
    Me,
    MyLimits,
    Receipts,
    Validated,
    receipt_of,
    registered_receipt,
)
from services.ingest.refusals import decode_known, refuse_forbidden
from services.ingest.settings import Settings
from shared.accounts import Caller, known_caller_of
from shared.directory import DirectoryFollower
from shared.http import read_body, trace_id_of
from shared.notices.dates import day_of
from shared.notices.door import RawEvent, envelopes
from shared.notices.envelope import BATCH_TYPE, Delivery, Role, Sender
from shared.pressure import PRESSURE
from shared.problems import Conflict, MissingKey, TooLarge, UnsupportedMediaType, language_of
from shared.turns import listed

EVENT_BYTES = 256 * 1024
BATCH_BYTES = 4 * 1024 * 1024
BODY_SECONDS = 30.0
"""Time for a batch over a city hall's line: 4 MiB at 1.2 Mbit/s."""

_CONTENT_LANGUAGE = {"pt": "pt-BR", "en": "en"}

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Intake:
    """What the handlers work with."""

    settings: Settings
    directory: DirectoryFollower
    speakers: Speakers
    limits: RateLimits
    following: Following
    publisher: NoticePublisher


INTAKE: web.AppKey[Intake] = web.AppKey("intake", Intake)
routes = web.RouteTableDef()


@routes.post("/v1/notices")
async def post_notices(request: web.Request) -> web.Response:
    """202 with a receipt, or one for each event of a batch; 201 or 409 for who waits for the registry."""
    intake = request.app[INTAKE]
    deliveries, is_batch = await _arrivals(request, intake)
    if any(delivery.notice.backfill for delivery in deliveries):
        request.app[PRESSURE].require("backfill")
    public_url = intake.settings.public_url
    if is_batch:
        await intake.publisher.publish(deliveries)
        return _json(Receipts([receipt_of(delivery, public_url) for delivery in deliveries]), 202)
    delivery = deliveries[0]
    seconds = wait_seconds(request.headers.getall("Prefer", ()))
    if seconds is not None:
        return await _post_and_wait(request, intake, delivery, seconds)
    await intake.publisher.publish(deliveries)
    return _json(receipt_of(delivery, public_url), 202)


@routes.post("/v1/notices/validate")
async def validate_notices(request: web.Request) -> web.Response:
    """200 with the protocols that the events would get, or the 4xx that `post_notices` would answer."""
    deliveries, _ = await _arrivals(request, request.app[INTAKE])
    return _json(Validated([delivery.notice.protocol for delivery in deliveries]))


@routes.get("/v1/me")
async def get_me(request: web.Request) -> web.Response:
    """What the key may do here."""
    intake = request.app[INTAKE]
    caller, key, speaker = await who_speaks(request, intake)
    settings = intake.settings
    return _json(
        Me(
            key=key,
            role=caller.role,
            member=caller.member,
            environment=settings.environment,
            speaks_for=speaker.grants,
            limits=MyLimits(settings.requests_per_second, settings.events_per_second),
        ),
    )


async def _post_and_wait(
    request: web.Request, intake: Intake, delivery: Delivery, seconds: int
) -> web.Response:
    outcome = await intake.publisher.ask(delivery, seconds)
    receipt = receipt_of(delivery, intake.settings.public_url)
    applied = {"Preference-Applied": f"wait={seconds}"}
    if outcome is None:
        return _json(receipt, 202, applied)
    if isinstance(outcome, Conflicted):
        raise Conflict(
            headers=applied, extra={"protocol": receipt.protocol, "links": {"status": receipt.links.status}}
        )
    language = language_of(request)
    headers = {**applied, "Content-Language": _CONTENT_LANGUAGE[language], "Location": receipt.links.status}
    return _json(registered_receipt(receipt, outcome, language), 201, headers)


async def who_speaks(request: web.Request, intake: Intake) -> tuple[Caller, str, Speaker]:
    """Who sends, by a key, never by a session: those are for pages. Counts one request of the key's rate."""
    caller = await known_caller_of(request)
    if caller.key is None:
        raise MissingKey
    intake.limits.count_request(caller.key)
    speaker = intake.speakers.of(caller, intake.directory.require(), day_of(datetime.now(UTC)))
    return caller, caller.key, speaker


async def _arrivals(request: web.Request, intake: Intake) -> tuple[list[Delivery], bool]:
    """The request's events, allowed and valid, and whether they came as a batch.

    Refused in this order: who (401), how often (429), how much and of what kind (413, 415), bad JSON (400),
    how many (429), for whom (403), what (422).
    """
    caller, key, speaker = await who_speaks(request, intake)
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").strip().lower() != "identity":
        raise UnsupportedMediaType
    events = await _read_events(request, intake.limits, key)
    received_at = datetime.now(UTC)
    refuse_forbidden(speaker, events)
    notices = await decode_known(speaker, events, received_at)
    # A role that is not a sender's was refused above: no fact is allowed to it.
    sender = Sender(role=cast("Role", caller.role), member=caller.member or "", key=key, door="api")
    environment, trace_id = intake.settings.environment, trace_id_of(request)
    return [
        Delivery(
            notice=notice,
            sender=sender,
            received_at=received_at,
            environment=environment,
            traceparent=intake.following.traceparent(trace_id, backfill=notice.backfill),
        )
        for notice in notices
    ], events[0].index is not None


async def _read_events(request: web.Request, limits: RateLimits, key: str) -> list[RawEvent]:
    """The events of the body, counted; it is bounded, and so is what all requests of the key hold until then.

    Batches of one key are read one after the other: the first that is too much refuses those behind it.
    """
    content_type = request.headers.get(hdrs.CONTENT_TYPE, "")
    is_batch = content_type.lower().lstrip().startswith(BATCH_TYPE)
    if is_batch:
        limits.require_patience(key)
    limit_bytes = BATCH_BYTES if is_batch else EVENT_BYTES
    size_bytes = min(request.content_length or limit_bytes, limit_bytes)
    is_here = request.content.is_eof()  # it came with the headers, as nearly every notice does
    with nullcontext() if is_here else limits.incoming(key, size_bytes):
        body = await read_body(request, limit_bytes, BODY_SECONDS)
        async with limits.batch_turn(key) if is_batch else nullcontext():
            events = await listed(envelopes(body, request.headers, content_type))
            if any(event.size > EVENT_BYTES for event in events):
                raise TooLarge
            limits.count_events(key, len(events))
    return events


def _json(body: object, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    told = {"Content-Type": "application/json", **(headers or {})}
    return web.Response(body=_encode(body), status=status, headers=told)
