"""`GET /v1/agreements/{id}/similar`: duplicates, the same text, and who else deals with whom."""

from datetime import date
from typing import Any, Final

import msgspec
from aiohttp import web
from msgspec import UNSET

from services.registry import queries
from services.registry.folding import fold
from services.registry.folding.agreement import value_on
from services.registry.folding.partners import partner_key
from services.registry.http.agreements import NO_SUCH_AGREEMENT, agreement_of
from services.registry.http.answers import connection_of, reach_of, today
from services.registry.http.parameters import Parameters
from services.registry.queries import of_resemblances as resemblances
from services.registry.shapes import (
    DuplicateView,
    ResemblancesView,
    SameTextView,
    SharingView,
    SiblingsView,
    SimilarView,
)
from shared.notices.sentences import Language, Sentence
from shared.problems import NotFound, language_of

MOST_KEYS: Final = 10
"""Of an agreement with more partners, countries or themes, so many are looked for."""
SAME_TEXT: Final = Sentence(
    "O texto é quase o mesmo destes acordos: pode ser um modelo em uso. Ninguém é acusado de nada.",
    "The text is nearly that of these agreements: it may be a template in use. Nobody is accused.",
)
_read_sentence = msgspec.json.Decoder(Sentence).decode


async def get_similar(request: web.Request) -> ResemblancesView:
    """What one agreement has in common with others that the asker may see, today."""
    agreement_id = agreement_of(request)
    Parameters(request.query, ())
    return await resemblances_of(request, agreement_id, await reach_of(request), language_of(request))


async def resemblances_of(
    request: web.Request, agreement_id: str, sees: queries.Reach, language: Language
) -> ResemblancesView:
    """What the agreement has in common with others, as far as *sees* reaches."""
    on = today()
    async with connection_of(request) as connection:
        row = await queries.agreement(connection, agreement_id, sees)
        if row is None:
            raise NotFound(NO_SUCH_AGREEMENT)
        data = fold.agreement(fold.decode(row.fold)).on(on).data
        return ResemblancesView(
            id=row.id,
            duplicates=[
                DuplicateView(
                    similar_view(found.similar, on),
                    _read_sentence(found.detail).in_language(language),
                    found.opened_at,
                )
                for found in await resemblances.duplicates(connection, row.id, sees)
            ],
            same_text=await _same_text(connection, row.id, sees, on, language),
            siblings=await _siblings(connection, row.member, data, sees, on),
            as_of=on,
        )


def similar_view(row: resemblances.SimilarRow, on: date) -> SimilarView:
    """An agreement in few words, as it is on a day."""
    agreement = fold.agreement(fold.decode(row.fold))
    title = value_on(agreement.fields.get("title", ()), on)
    return SimilarView(
        id=row.id,
        member=row.member,
        member_name=row.member_name,
        subject=row.subject,
        title=None if title is UNSET else title,
        state=agreement.on(on).state,
    )


async def _same_text(
    connection: queries.Connection, agreement: str, sees: queries.Reach, on: date, language: Language
) -> SameTextView | None:
    place = await resemblances.text_of(connection, agreement)
    text = None if place is None else await resemblances.text(connection, place[0], sees)
    if place is None or text is None:
        return None
    rows = await resemblances.sharing(connection, [text.id], sees, limit=resemblances.MOST_SHARING + 1)
    others = [row for row in rows if row.similar.id != agreement][: resemblances.MOST_SHARING]
    return SameTextView(
        id=text.id,
        size=text.size,
        share=place[1],
        agreements=[SharingView(similar_view(row.similar, on), row.share) for row in others],
        detail=SAME_TEXT.in_language(language),
    )


async def _siblings(
    connection: queries.Connection, member: str, data: dict[str, Any], sees: queries.Reach, on: date
) -> SiblingsView:
    partners = data.get("partners") or ()
    keys = list(dict.fromkeys(map(partner_key, partners)))[:MOST_KEYS]
    countries = list(dict.fromkeys(partner["country"] for partner in partners if partner.get("country")))
    themes = list(data.get("themes") or ())
    of_others = resemblances.Others(member, on, sees)
    by_partner = await resemblances.with_partners(connection, keys, of_others)
    by_country = await resemblances.with_countries_and_themes(
        connection, countries[:MOST_KEYS], themes, of_others
    )
    return SiblingsView(
        partner=[similar_view(row, on) for row in by_partner],
        country_theme=[similar_view(row, on) for row in by_country],
    )
