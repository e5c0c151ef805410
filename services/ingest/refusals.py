"""What is refused because of who sends it: every event of a request is looked at, not the first alone."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from services.ingest.keys import Speaker
from shared.notices.door import RawEvent, notices_in
from shared.notices.envelope import Notice
from shared.notices.findings import FieldError, InvalidEvents
from shared.notices.sentences import Sentence
from shared.problems import FactNotAllowed, Forbidden, InvalidNotice, MemberNotAllowed, SourceReserved
from shared.turns import listed

_KINDS: dict[str, tuple[type[Forbidden], str]] = {
    kind.code: (kind, pointer)
    for kind, pointer in (
        (SourceReserved, "/source"),
        (MemberNotAllowed, "/member"),
        (FactNotAllowed, "/type"),
    )
}
_UNKNOWN_MEMBER = "unknown_member"
_UNKNOWN_MEMBER_DETAIL = Sentence(
    "Este membro não está cadastrado na rede.", "This member is not registered in the network."
)


def refuse_forbidden(speaker: Speaker, events: Iterable[RawEvent]) -> None:
    """Raise Forbidden, with every error, unless *speaker* may send all of *events*."""
    found: list[FieldError] = []
    for event in events:
        code = speaker.refusal(event)
        if code is not None:
            kind, pointer = _KINDS[code]
            found.append(FieldError(pointer, code, kind.default_detail, index=event.index))
    if found:
        raise _KINDS[found[0].code][0](errors=found)


async def decode_known(speaker: Speaker, events: Sequence[RawEvent], now: datetime) -> list[Notice]:
    """The notices in *events*; InvalidEvents with every fault, members that nobody knows included."""
    unknown = [
        FieldError(pointer, _UNKNOWN_MEMBER, _UNKNOWN_MEMBER_DETAIL, index=event.index)
        for event in events
        for pointer, member in _members_named(event)
        if not speaker.knows(member)
    ]
    try:
        notices = await listed(notices_in(events, now))
    except InvalidEvents as invalid:
        if not unknown or invalid.status != InvalidNotice.status:
            raise
        told = {(error.index, error.pointer) for error in invalid.errors}
        raise InvalidEvents(
            invalid.status,
            [*invalid.errors, *(error for error in unknown if (error.index, error.pointer) not in told)],
        ) from None
    if unknown:
        raise InvalidEvents(InvalidNotice.status, unknown)
    return notices


def _members_named(event: RawEvent) -> Iterator[tuple[str, str]]:
    """The members that *event* speaks of, each with its place: whose it is, and who takes part."""
    if event.member is not None:
        yield "/member", event.member
    data = None if event.event is None else event.event.get("data")
    if not isinstance(data, dict):
        return
    for place, told in (("/data", data), ("/data/changes", data.get("changes"))):
        participants = told.get("participants") if isinstance(told, dict) else None
        for at, participant in enumerate(participants if isinstance(participants, list) else ()):
            member = participant.get("member") if isinstance(participant, dict) else None
            if isinstance(member, str):
                yield f"{place}/participants/{at}/member", member
