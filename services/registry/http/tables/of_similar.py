"""Texts that agreements share, and the agreements that share one, as tables."""

from typing import Final

from services.registry.http.tables.table import Column, Table, at
from shared.notices.sentences import Sentence

_AGREEMENT: Final = (
    Column("agreement", at("agreement.id"), Sentence("Acordo", "Agreement"), width=18),
    Column("member", at("agreement.member"), Sentence("Membro", "Member")),
    Column(
        "member_name", at("agreement.member_name"), Sentence("Nome do membro", "The member's name"), width=24
    ),
    Column("subject", at("agreement.subject"), Sentence("Número do processo", "Process number"), width=22),
    Column("title", at("agreement.title"), Sentence("Título do acordo", "Its title"), width=40),
    Column("state", at("agreement.state"), Sentence("Situação do acordo", "Its state")),
)

TEXTS: Final = Table(
    file="textos",
    title="Textos",
    definition=Sentence(
        "Uma linha por texto que dois ou mais acordos têm quase igual; o exemplo é o primeiro conhecido. "
        "Pode ser um modelo em uso: ninguém é acusado de nada.",
        "One row for each text that two or more agreements have nearly the same; the example is the first "
        "known. It may be a template in use: nobody is accused of anything.",
    ),
    columns=(
        Column("id", at("id"), Sentence("Número do texto", "Number of the text"), kind="number", width=10),
        Column("size", at("size"), Sentence("Quantos acordos", "How many agreements"), kind="number"),
        Column(
            "share",
            at("share"),
            Sentence("Menor parte em comum (%)", "Least share in common (%)"),
            kind="number",
        ),
        *_AGREEMENT,
        Column("text", at("text"), Sentence("Texto do exemplo", "Text of the example"), width=80),
    ),
)

SHARING: Final = Table(
    file="acordos-com-o-texto",
    title="Acordos com o texto",
    definition=Sentence(
        "Uma linha por acordo com o texto, e a parte das palavras em comum com o primeiro deles.",
        "One row for each agreement with the text, and the share of words in common with the first of them.",
    ),
    columns=(
        *_AGREEMENT,
        Column("share", at("share"), Sentence("Parte em comum (%)", "Share in common (%)"), kind="number"),
    ),
)
