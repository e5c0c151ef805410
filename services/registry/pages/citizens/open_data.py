"""`/dados`: every list as a file, with its columns explained and its licence."""

from typing import Any, Final, NamedTuple, get_args

from aiohttp import web

from services.registry.http import tables
from services.registry.http.answers import PUBLIC_URL
from services.registry.http.tables import Table
from services.registry.papers.licence import LICENCE
from services.registry.shapes import By
from shared.accounts import Caller
from shared.notices.codelists import code_lists
from shared.notices.sentences import Language
from shared.web import page, page_language, words_of
from shared.web.wording import Words

_NO_FILE: Final = frozenset({"gate", "partner", "member"})
"""Statistics that are asked for by programs: too long, or said by another list."""


class Dataset(NamedTuple):
    """A list that may be had as a file: what it is called, where it is, what its columns mean."""

    name: str
    title: str
    about: str
    table: Table
    address: str


def _(message: str) -> str:
    """Marks what is said later, in the reader's language."""
    return message


DATASETS: Final = (
    Dataset(
        "acordos",
        _("Acordos"),
        _(
            "Uma linha por acordo público, na situação de hoje. Leis de irmandade sem acordo e termos "
            "aditivos têm linha própria e não contam como acordo."
        ),
        tables.AGREEMENTS,
        "/v1/agreements",
    ),
    Dataset(
        "membros",
        _("Municípios e organizações"),
        _("Uma linha por membro da rede, com os seus números de hoje. Vazio não é zero: nada se sabe."),
        tables.MEMBERS,
        "/v1/members",
    ),
    Dataset(
        "fatos",
        _("Fatos"),
        _("Uma linha por fato público, na ordem em que foi registrado."),
        tables.FEED,
        "/v1/feed",
    ),
    Dataset(
        "contagens",
        _("Contagens"),
        _(
            "Acordos dos municípios contados por país, por tema e por outras chaves, cada um uma vez em "
            "cada chave."
        ),
        tables.STATISTICS,
        "/v1/statistics",
    ),
)


async def show(request: web.Request, _caller: Caller) -> web.StreamResponse:
    """The page."""
    language, origin, say = page_language(request), request.app[PUBLIC_URL], words_of(request)
    context = {
        "origin": origin,
        "licence": LICENCE,
        "datasets": [
            {
                "name": dataset.name,
                "title": say.gettext(dataset.title),
                "definition": say.gettext(dataset.about),
                "address": dataset.address,
                "columns": [
                    (column.name, column.about.in_language(language)) for column in dataset.table.columns
                ],
            }
            for dataset in DATASETS
        ],
        "counts": [
            (by, say.gettext(_COUNTED_BY[by]), f"/v1/statistics?by={by}")
            for by in get_args(By)
            if by not in _NO_FILE
        ],
        "codelists": sorted(code_lists()),
        "described": _described(origin, say, language),
    }
    return page(request, "registry/citizens/data.html", context)


_COUNTED_BY: Final[dict[str, str]] = {
    "country": _("por país"),
    "mesoregion": _("por mesorregião"),
    "theme": _("por tema"),
    "sdg": _("por ODS"),
    "instrument": _("por instrumento"),
    "state": _("por situação"),
    "month": _("por mês"),
}


def _described(origin: str, say: Words, language: Language) -> list[dict[str, Any]]:
    """The same for catalogues of data (schema.org/Dataset)."""
    return [
        {
            "@context": "https://schema.org/",
            "@type": "Dataset",
            "name": f"Acordos de Minas: {say.gettext(dataset.title)}",
            "description": say.gettext(dataset.about),
            "url": f"{origin}/dados#{dataset.name}",
            "license": LICENCE.url,
            "isAccessibleForFree": True,
            "inLanguage": "en" if language == "en" else "pt-BR",
            "spatialCoverage": "Minas Gerais",
            "creator": {"@type": "Organization", "name": "Rede Malha"},
            "distribution": [
                {
                    "@type": "DataDownload",
                    "encodingFormat": media_type,
                    "contentUrl": f"{origin}{_file(dataset.address, ending)}",
                }
                for media_type, ending in (
                    ("text/csv", "csv"),
                    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
                )
            ],
        }
        for dataset in DATASETS
    ]


def _file(address: str, ending: str) -> str:
    by = "by=country&" if address.endswith("/statistics") else ""
    return f"{address}?{by}format={ending}"
