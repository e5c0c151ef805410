"""`/acordos/{agreement}/livro`: where the notices of an agreement stand in the ledger, and a check to run."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from aiohttp import web

from services.registry import queries
from services.registry.http.agreements import agreement_of, one_agreement
from services.registry.http.answers import connection_of, now, today
from services.registry.http.history import some_versions
from services.registry.http.ledger import verified
from services.registry.http.moments import Asked
from services.registry.http.paging import Paging
from services.registry.http.views import concerns
from services.registry.pages.agreements.wording import wording
from services.registry.pages.citizens.facts import facts_only
from services.registry.queries.of_tellings import TellingRow, tellings
from services.registry.shapes import VerificationView
from services.registry.writing import ledger
from shared.accounts import Caller
from shared.notices.canonical import base64url
from shared.notices.sentences import Language, Sentence
from shared.web import page, page_language, words_of

ENTRIES: Final = 40
_read_disclosure = msgspec.json.Decoder(ledger.Disclosure).decode
_read_sentence = msgspec.json.Decoder(Sentence).decode


async def get_place(request: web.Request, caller: Caller) -> web.Response:
    """Each notice with its number in the chain and its digest.

    For those whom the agreement concerns the entries themselves go along, with what opens them: a script
    computes their digests anew in the reader's browser. For everybody the registry recomputes the chain.
    """
    asked = Asked(today(), now(), past=False)
    view = await one_agreement(request, agreement_of(request), asked, caller, page_language(request))
    reading = Paging(ENTRIES, request.query.get("depois"), now())
    found = await some_versions(request, view.id, asked, reading, caller)
    concerned = concerns(caller, view.member)
    async with connection_of(request) as connection:
        rows = await tellings(connection, [version.position for _, version in found.versions])
        chain = await queries.chain(connection, view.member)
        period = await facts_only(connection, caller)
    context = {
        **wording(request, period),
        "view": view,
        "entries": [_entry(row, page_language(request)) for row in rows],
        "later": found.next,
        "length": 0 if chain is None else chain.length,
        "head": None if chain is None or chain.head is None else base64url(chain.head),
        "disclosed": _disclosed(rows) if concerned else None,
        "verification": await _asked_verification(request, view.member),
        "script": _script(request),
    }
    return page(request, "registry/agreements/ledger.html", context)


async def _asked_verification(request: web.Request, member: str) -> VerificationView | None:
    return await verified(request, member) if "conferir" in request.query else None


def _entry(row: TellingRow, language: Language) -> dict[str, Any]:
    entry = msgspec.json.decode(row.entry)
    return {
        "sequence": row.sequence,
        "protocol": row.protocol,
        "digest": base64url(row.digest),
        "previous": entry["previous"],
        "headline": _read_sentence(row.headline).in_language(language),
        "received_at": entry["received_at"],
        "closed": sorted(entry["data"].keys() - msgspec.json.decode(row.fields).keys()),
    }


def _disclosed(rows: Sequence[TellingRow]) -> list[dict[str, Any]]:
    """The entries as they were written down, and salts and values: all that their digests are made of."""
    return [
        {
            "sequence": row.sequence,
            "text": row.entry,
            "digest": base64url(row.digest),
            "disclosure": _read_disclosure(row.fields),
        }
        for row in rows
    ]


def _script(request: web.Request) -> dict[str, str]:
    """The words of the script."""
    say = words_of(request)
    return {
        "running": say.gettext("Conferindo…"),
        "intact": say.gettext("Tudo confere: {length} avisos, do primeiro ao último. Nada foi mudado."),
        "erased": say.gettext("{erased} campos foram apagados por decisão que está no próprio livro."),
        "broken": say.gettext("Algo não confere, a partir do aviso {at}. Avise a coordenação."),
        "failed": say.gettext("Não foi possível conferir agora. Tente de novo daqui a pouco."),
        "holds": say.gettext("confere"),
        "breaks": say.gettext("não confere"),
        "all_hold": say.gettext("Os {n} avisos desta página conferem, calculados de novo no seu navegador."),
        "some_break": say.gettext("{n} avisos desta página não conferem. Avise a coordenação."),
        "insecure": say.gettext("Seu navegador só faz esta conta em páginas seguras (https)."),
    }
