"""What a sheet says of how an agreement stands. Pure."""

import re
from typing import Final, Literal, NamedTuple

from services.ingest.imports.cells import DATES, is_blank, read_date
from services.ingest.imports.words import plain, tidy

Situation = Literal["open", "ended", "terminated", "suspended", "negotiating", "void"]

SPOKEN: Final[dict[Situation, str]] = {
    "open": "Vigente",
    "ended": "Encerrado",
    "terminated": "Rescindido",
    "suspended": "Suspenso",
    "negotiating": "Em negociação",
    "void": "Anulado",
}
_WORDS: Final[tuple[tuple[Situation, str], ...]] = (
    ("terminated", r"rescindid[oa]|rescisao|denunciad[oa]|denuncia|distrat(?:o|ad[oa])|resilid[oa]|revogad[oa]"
                   r"|cancelad[oa]|terminated|desfeit[oa]"),
    ("void", r"anulad[oa]|nul[oa]|sem efeito|tornad[oa] sem efeito|void"),
    ("suspended", r"suspens[oa]|paralisad[oa]|suspended"),
    ("negotiating", r"em (?:negociacao|tratativas?|elaboracao|analise|tramitacao|construcao|discussao)|minuta|proposta"
                    r"|previst[oa]|planejad[oa]|a assinar|aguardando assinatura|nao assinad[oa]|negotiating|tratativas"),
    ("ended", r"nao vigente|encerrad[oa]|expirad[oa]|vencid[oa]|concluid[oa]|finalizad[oa]|extint[oa]|executad[oa]"
              r"|cumprid[oa]|terminad[oa]|inativ[oa]|ended|expired|completed|fora de vigencia|baixad[oa]|arquivad[oa]"),
    ("open", r"vigentes?|em vigor|em vigencia|ativ[oa]|em execucao|em andamento|assinad[oa]|celebrad[oa]|firmad[oa]"
             r"|prorrogad[oa]|renovad[oa]|active|in force|signed|formalizad[oa]|publicad[oa]|sim|aditivad[oa]"),
)  # fmt: skip
_PATTERNS: Final = tuple(
    (name, re.compile(rf"(?<![a-z0-9])(?:{words})(?![a-z0-9])")) for name, words in _WORDS
)


class Reading(NamedTuple):
    """A situation, and the day since when, where the cell says it."""

    situation: Situation | None = None
    since: str | None = None
    blank: bool = False


def read_situation(text: str) -> Reading:
    """What a cell says: ``Vigente``, ``Rescindido em 12/03/2021``; nothing where no word is known."""
    said = tidy(text)
    if is_blank(said):
        return Reading(blank=True)
    words = plain(said)
    situation = next((name for name, pattern in _PATTERNS if pattern.search(words)), None)
    days = [read_date(match[0]).told for match in DATES.finditer(said[:300])]
    since = days[0] if len(days) == 1 else None
    return Reading(situation, since)


def spoken(situation: Situation, since: str | None = None) -> str:
    """A situation as it may be answered."""
    return f"{SPOKEN[situation]} em {since}" if since else SPOKEN[situation]
