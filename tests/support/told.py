"""Short ways to tell of one agreement in tests."""

from datetime import UTC, date, datetime
from typing import Any

import msgspec

from services.registry.folding import fold as folding
from services.registry.folding.agreement import Agreement
from shared.notices.envelope import Notice

MEMBER, OTHER, SUBJECT = "3106200", "3170206", "PROC-1"
PORTO = {"name": "Porto", "kind": "city", "country": "PT"}


def told(fact: str, number: int = 0, /, *, time: str | None = None, **data: Any) -> Notice:
    """The notice *number* with *data* about the one agreement; *time* an RFC 3339 instant in UTC."""
    return Notice(
        member=MEMBER,
        source="/convenios",
        id=f"{fact}-{number}",
        type=f"br.malha.agreement.{fact}.v1",
        subject=SUBJECT,
        time=None if time is None else datetime.fromisoformat(time).astimezone(UTC),
        data=data,
    )


def signed(signed_on: str | None = "2020-03-09", /, **data: Any) -> Notice:
    """A signature, complete but for what *data* say."""
    dated = {} if signed_on is None else {"signed_on": signed_on}
    return told(
        "signed", **{"instrument": "MOU", "title": "Cooperação", "partners": [PORTO], **dated, **data}
    )


def renamed(notice: Notice, **changes: Any) -> Notice:
    """*notice* with other attributes."""
    return msgspec.structs.replace(notice, **changes)


def agreement_of(*notices: Notice) -> Agreement:
    """What *notices* amount to."""
    return folding.agreement(folding.fold(MEMBER, SUBJECT, notices))


def codes(agreement: Agreement) -> list[str]:
    """The codes of what contradicts itself in *agreement*."""
    return [found.code for found in agreement.contradictions]


def states(agreement: Agreement) -> list[tuple[str, str]]:
    """Each state of *agreement* with the day from which it holds."""
    return [(stage.day.isoformat(), stage.state) for stage in agreement.stages]


def value(agreement: Agreement, day: str, field: str) -> Any:
    """What *field* of *agreement* holds on *day*."""
    return agreement.on(date.fromisoformat(day)).data.get(field)
