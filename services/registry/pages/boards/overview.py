"""`/quadros`: how much lies on each board, how old the oldest is, and what has changed since yesterday."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from aiohttp import web

from services.registry import queries
from services.registry.http.answers import connection_of, reach
from services.registry.pages.boards import brasilia, duplicates, expiring, lacking, reviews, silence
from services.registry.pages.boards.asked import Asked
from services.registry.queries import of_boards, of_doubts
from services.registry.watch import almanac
from shared import web as look
from shared.accounts import Caller, scope_of
from shared.web.wording import Words

_PREFIX: Final = "br.malha."


class Told(NamedTuple):
    """How many facts of one kind, in words."""

    n: int
    says: str


async def get_overview(request: web.Request, caller: Caller) -> web.Response:
    """All boards in numbers."""
    asked = Asked(request, ())
    sees = reach(scope_of(caller))
    waiting = await brasilia.waiting(request, sees, asked.today)
    ending = await expiring.endings(request, sees, asked.today)
    aimless = await lacking.lackings(request, lacking.WITHOUT_OBJECTIVES, caller, asked)
    unclassified = await lacking.lackings(request, lacking.UNCLASSIFIED, caller, asked)
    yesterday = almanac.first_instant(asked.today - timedelta(1))
    async with connection_of(request) as connection:
        doubts = await of_doubts.doubts(connection, of_doubts.Doubtful(reviews.KINDS))
        doubles = await of_doubts.doubts(connection, of_doubts.Doubtful(duplicates.KINDS))
        texts = await of_boards.shared_texts(connection)
        voices = await silence.counts(connection, asked.paging.now)
        changed = await _changed(connection, yesterday, look.words_of(request))
    return look.page(
        request,
        "registry/boards/overview.html",
        {
            "today": asked.today,
            "yesterday": asked.today - timedelta(1),
            "changed": changed,
            "waiting": len(waiting),
            "waiting_days": waiting[0].days(asked.today) if waiting else None,
            "ending": ending,
            "doubts": sum(each.n for each in doubts),
            "doubts_days": _oldest(doubts, asked.paging.now),
            "doubles": sum(each.n for each in doubles),
            "doubles_days": _oldest(doubles, asked.paging.now),
            "texts": texts,
            "voices": voices,
            "aimless": aimless,
            "unclassified": unclassified,
        },
    )


def _oldest(doubts: Sequence[of_doubts.Doubts], now: datetime) -> int | None:
    return max(((now - each.oldest).days for each in doubts), default=None)


async def _changed(connection: queries.Connection, since: datetime, say: Words) -> list[Told]:
    """What was told *since* an instant, what the calendar brought, and what became of the reviews."""
    told = await of_boards.told_since(connection, since)
    opened, closed = await of_boards.reviews_since(connection, since)
    n = {type_.removeprefix(_PREFIX).rpartition(".")[0]: count for type_, count in told.items()}

    def count(*facts: str) -> int:
        return sum(n.get(fact, 0) for fact in facts)

    signed = count("agreement.signed", "agreement.reported")
    begun = count("agreement.negotiation_opened")
    force = count("clock.entered_into_force", "agreement.entered_into_force")
    renewed = count("agreement.renewed")
    over = count("agreement.terminated", "agreement.completed", "agreement.withdrawn", "clock.expired")
    gates = count("agreement.gate_updated", "agreement.cleared", "agreement.returned")
    late = count("clock.gate_overdue")
    answers = count("agreement.question_answered")
    nothing = count("municipality.nothing_to_declare")
    every = (
        Told(signed, say.ngettext("acordo assinado ou informado", "acordos assinados ou informados", signed)),
        Told(begun, say.ngettext("negociação aberta", "negociações abertas", begun)),
        Told(force, say.ngettext("entrada em vigor", "entradas em vigor", force)),
        Told(renewed, say.ngettext("prorrogação", "prorrogações", renewed)),
        Told(over, say.ngettext("acordo encerrado", "acordos encerrados", over)),
        Told(gates, say.ngettext("andamento de análise", "andamentos de análise", gates)),
        Told(late, say.ngettext("prazo de análise vencido", "prazos de análise vencidos", late)),
        Told(answers, say.ngettext("pergunta respondida", "perguntas respondidas", answers)),
        Told(
            nothing, say.ngettext("declaração de nada a declarar", "declarações de nada a declarar", nothing)
        ),
        Told(opened, say.ngettext("pendência nova", "pendências novas", opened)),
        Told(closed, say.ngettext("pendência encerrada", "pendências encerradas", closed)),
    )
    return [each for each in every if each.n]
