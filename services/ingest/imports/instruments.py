"""Instruments by the words that name them. Pure."""

import re
from typing import Final, NamedTuple

from services.ingest.imports.words import plain
from shared.notices.codelists import code_lists

_WORDS: Final[tuple[tuple[str, str], ...]] = (
    ("ADT", r"termos? aditivos?|aditamento|aditivos?|apostilamento"),
    ("IRM_DECL", r"lei(?: municipal)?(?: n)?(?: o)?(?: [0-9 ]+)?(?: de)?(?: [a-z0-9]+){0,6} (?:cidades? (?:co )?irmas?"
                 r"|irmandade|irmanamento)|declaratoria|declaracao unilateral"),
    ("IRM", r"(?:acordo de )?(?:co )?irmanamento|coirmanamento|cidades? (?:co ?)?irmas?|regio(?:es|ao) irmas?|estados? irmaos?"
            r"|geminacao|gemelagem|irmandade|hermanamiento|gemellaggio|twinning|sister (?:city|cities|state)|jumelage"
            r"|estado irmao|cidade coirma"),
    ("AMI", r"cidades? amigas?|carta de amizade|memorando de amizade|friendship|acordo de amizade|protocolo de amizade"),
    ("MOU", r"memorandos? de entendimentos?|memorandum|memorando|mou|mde|memo de entendimento|memorandum of understanding"
            r"|memorando de intencoes"),
    ("CI", r"cartas? de inten(?:cao|coes)|letter of intent|loi|declaracao de intencoes|declaracao conjunta(?: de intencoes)?"),
    ("PI", r"protocolos? de inten(?:cao|coes)|protocolo de cooperacao|protocolo de entendimento"),
    ("EMP", r"emprestimos?|contrato de emprestimo|operacao de credito|financiamento externo|loan|contrato de financiamento"),
    ("DOA", r"doacao|doacoes|nao reembolsavel|grant|cooperacao financeira nao reembolsavel"),
    ("ACAD", r"(?:acordo|convenio|termo|protocolo)s? (?:de cooperacao )?(?:academic[oa]|universitari[oa]|cientific[oa])"
             r"|cooperacao academica|intercambio (?:academico|de estudantes|estudantil)|convenio de estagio"),
    ("ADES", r"ades(?:ao|oes)|termo de adesao|filiacao|associacao a rede|membership"),
    ("AC", r"ajustes? complementar(?:es)?|projeto de cooperacao tecnica internacional|acordo complementar"
           r"|documento de projeto|prodoc"),
    ("ACT", r"acordos? de cooperacao(?: e parceria)?(?: tecnic[oa])?|cooperacao tecnica|act|convenio de cooperacao tecnica"
            r"|acordo de parceria|acordo tecnico"),
    ("TC", r"termos? de (?:mutua )?(?:cooperacao|parceria|colaboracao)(?: tecnica)?"),
    ("CONV", r"convenios?"),
)  # fmt: skip
_PATTERNS: Final = tuple(
    (code, re.compile(rf"(?<![a-z0-9])(?:{words})(?![a-z0-9])")) for code, words in _WORDS
)
_CODES: Final = frozenset(code.code for code in code_lists()["instruments"])


class Found(NamedTuple):
    """An instrument: its *code*, if the text says it; otherwise those that are named somewhere in it."""

    code: str | None = None
    candidates: tuple[str, ...] = ()


def instrument_of(text: str) -> Found:
    """What a cell that tells the kind of instrument says; ``Outro`` is OUT."""
    if text.strip().upper() in _CODES:
        return Found(text.strip().upper())
    words = _without_ordinal(plain(text))
    if words in {"outro", "outros", "outra", "other", "diversos", "nao sei"}:
        return Found("OUT")
    named = _named(words)
    codes = tuple(dict.fromkeys(code for _, code in named))
    if len(codes) == 1 or (named and named[0][0] == 0):
        return Found(codes[0])
    return Found(candidates=codes)


def instrument_in(text: str) -> Found:
    """What a title or an object says: certain where it begins with the name, a candidate elsewhere."""
    words = _without_ordinal(plain(text[:2_000]))
    named = _named(words)
    if named and named[0][0] == 0:
        return Found(named[0][1])
    return Found(candidates=tuple(dict.fromkeys(code for _, code in named)))


def instrument_of_number(text: str) -> Found:
    """What the number of a term says: ``ACT 12/2025``, ``PI-03/2019``, ``Termo de Cooperação nº 1``."""
    words = re.sub(r"[0-9]+", " ", plain(text))
    letters = " ".join(words.split())
    if letters.upper() in _CODES and len(letters) > 1:
        return Found(letters.upper())
    named = _named(letters)
    return Found(named[0][1]) if named else Found()


def _without_ordinal(words: str) -> str:
    return re.sub(
        r"^(?:\d+[oa]? |primeiro |segundo |terceiro |quarto |quinto |extrato d[oa] |o |a )+", "", words
    )


def _named(words: str) -> list[tuple[int, str]]:
    """The instruments named in *words* with their places; a longer name hides the shorter ones inside it."""
    found: list[tuple[int, int, str]] = []
    for code, pattern in _PATTERNS:
        for match in pattern.finditer(words):
            if not any(start <= match.start() and match.end() <= end for start, end, _ in found):
                found.append((match.start(), match.end(), code))
    kept = [
        (start, code)
        for start, end, code in found
        if not any(other != (start, end, code) and other[0] <= start and end <= other[1] and
                   other[1] - other[0] > end - start for other in found)
    ]  # fmt: skip
    return sorted(kept)
