"""Which page answers at which address, and for whom."""

from typing import Final

from aiohttp import web

from services.ingest.limits import RateLimits
from services.ingest.pages import correcting, declaring, facts, received, registering, sheets
from services.ingest.pages.telling import PEOPLE
from shared import doors

PEOPLE_REQUESTS_PER_SECOND: Final = 10
PEOPLE_EVENTS_PER_SECOND: Final = 1_000
"""What one person may send: requests as a hand does, events as a whole sheet has them."""
MEMBERS: Final[frozenset[doors.Role]] = frozenset({"member"})


def install(app: web.Application) -> None:
    """Add `/registrar` and all below it to *app*."""
    doors.install(app, "services.ingest")
    app[PEOPLE] = RateLimits(PEOPLE_REQUESTS_PER_SECOND, PEOPLE_EVENTS_PER_SECOND)
    retract, question, answer = map(facts.teller, ("retracted", "question_asked", "question_answered"))
    _add(app, "", registering.ask, registering.register, doors.TELLERS)
    _add(app, "/nada-a-declarar", declaring.ask, declaring.declare, MEMBERS)
    _add(app, "/planilha", sheets.ask, sheets.take, doors.TELLERS)
    _add(app, "/corrigir", correcting.ask, correcting.correct, doors.TELLERS)
    _add(app, "/fato", facts.tell_fact, facts.tell_fact, doors.TELLERS)
    _add(app, "/retirar", retract, retract, doors.TELLERS)
    _add(app, "/pergunta", question, question, doors.OFFICE)
    _add(app, "/resposta", answer, answer, doors.TELLERS)
    doors.add_page(app, "GET", "/registrar/recebido", received.show, allowed=doors.NETWORK)


def _add(
    app: web.Application, path: str, ask: doors.Handler, take: doors.Handler, allowed: frozenset[doors.Role]
) -> None:
    doors.add_page(app, "GET", f"/registrar{path}", ask, allowed=allowed)
    doors.add_page(app, "POST", f"/registrar{path}", take, allowed=allowed)
