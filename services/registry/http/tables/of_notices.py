"""The feed, an agreement's history and the review list as tables."""

import json
from typing import Any, Final

from services.registry.http.tables.table import Column, Names, Table, at, name_of
from shared.notices.sentences import Sentence


def _value(value: Any) -> str:
    if value is None:
        return "∅"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _changes(item: Any, _names: Names) -> list[str]:
    return [
        f"{change['field']}: {_value(change.get('before'))} → {_value(change.get('after'))}"
        for change in (_plain(change) for change in item.changes)
    ]


def _plain(change: Any) -> dict[str, Any]:
    if isinstance(change, dict):
        return change
    return {name: getattr(change, name) for name in change.__struct_fields__}


_REGISTERED: Final = Column(
    "registered_at",
    at("registered_at"),
    Sentence("Registrado em", "Registered at"),
    kind="instant",
    width=19,
)

FEED: Final = Table(
    file="avisos",
    title="Avisos",
    definition=Sentence(
        "Uma linha por aviso registrado que quem pede pode ver, na ordem das posições.",
        "One row for each registered notice that the asker may see, in order of position.",
    ),
    columns=(
        Column("position", at("position"), Sentence("Posição", "Position"), kind="number"),
        Column("protocol", at("protocol"), Sentence("Protocolo", "Protocol"), width=18),
        Column("type", at("type"), Sentence("Tipo do aviso", "Type of notice"), width=34),
        Column("member", at("member.id"), Sentence("Membro", "Member")),
        Column("member_name", at("member.name"), Sentence("Nome do membro", "The member's name"), width=24),
        Column("mesoregion", at("member.mesoregion"), Sentence("Mesorregião", "Mesoregion"), width=32),
        Column("agreement", at("agreement.id"), Sentence("Acordo", "Agreement"), width=18),
        Column(
            "subject", at("agreement.subject"), Sentence("Número do processo", "Process number"), width=22
        ),
        Column("title", at("agreement.title"), Sentence("Título do acordo", "Its title"), width=40),
        Column("state", at("agreement.state"), Sentence("Situação do acordo", "Its state")),
        Column("instrument", at("agreement.instrument"), Sentence("Instrumento", "Instrument")),
        Column("countries", at("countries"), Sentence("Países", "Countries")),
        Column("themes", at("themes"), Sentence("Temas", "Themes"), width=20),
        Column("sdgs", at("sdgs"), Sentence("ODS", "SDGs")),
        Column("headline_pt", at("headline.pt"), Sentence("Manchete", "Headline (Portuguese)"), width=50),
        Column("headline_en", at("headline.en"), Sentence("Manchete em inglês", "Headline"), width=50),
        Column("visibility", at("visibility"), Sentence("Visibilidade", "Visibility")),
        Column("remarks", at("remarks"), Sentence("Quantas observações", "How many remarks"), kind="number"),
        Column(
            "backfill", at("backfill"), Sentence("Carga de histórico", "History being loaded"), kind="flag"
        ),
        Column(
            "occurred_at",
            at("occurred_at"),
            Sentence("Aconteceu em", "Occurred at"),
            kind="instant",
            width=19,
        ),
        Column(
            "received_at", at("received_at"), Sentence("Recebido em", "Received at"), kind="instant", width=19
        ),
        _REGISTERED,
    ),
)

HISTORY: Final = Table(
    file="historico",
    title="Histórico",
    definition=Sentence(
        "Uma linha por versão do acordo: o que mudou, e o aviso que o mudou. ∅: não informado.",
        "One row for each version of the agreement: what changed, by which notice. ∅: not told.",
    ),
    columns=(
        Column("version", at("version"), Sentence("Versão: posição do aviso", "Version"), kind="number"),
        Column(
            "known_from",
            at("known_from"),
            Sentence("Conhecida desde", "Known from"),
            kind="instant",
            width=19,
        ),
        Column("notice", at("notice"), Sentence("Protocolo do aviso", "Protocol of the notice"), width=18),
        Column("type", at("type"), Sentence("Tipo do aviso", "Type of the notice"), width=34),
        Column("changes", _changes, Sentence("Campo: antes → depois", "Field: before → after"), width=80),
    ),
)

REVIEWS: Final = Table(
    file="revisao",
    title="Revisão",
    definition=Sentence(
        "Uma linha por ponto a rever: o que não combina nos avisos de um acordo, ou entre acordos.",
        "One row for each entry of the review list: what does not fit within or between agreements.",
    ),
    columns=(
        Column("id", at("id"), Sentence("Número", "Number"), kind="number", width=10),
        Column("kind", at("kind"), Sentence("Tipo", "Kind")),
        Column("code", at("code"), Sentence("Código", "Code"), width=26),
        Column("member", at("member"), Sentence("Membro", "Member")),
        Column("member_name", name_of("member"), Sentence("Nome do membro", "The member's name"), width=24),
        Column("agreement", at("agreement"), Sentence("Acordo", "Agreement"), width=18),
        Column("subject", at("subject"), Sentence("Número do processo", "Process number"), width=22),
        Column("other", at("other"), Sentence("Outro acordo", "The other agreement"), width=18),
        Column("protocol", at("protocol"), Sentence("Aviso", "Notice"), width=18),
        Column("detail", at("detail"), Sentence("O que fazer", "What to do"), width=70),
        Column("opened_at", at("opened_at"), Sentence("Aberto em", "Opened at"), kind="instant", width=19),
        Column("closed_at", at("closed_at"), Sentence("Fechado em", "Closed at"), kind="instant", width=19),
        Column("closed_by", at("closed_by"), Sentence("Fechado por", "Closed by")),
        Column("closing", at("closing"), Sentence("Aviso que fechou", "The notice that closed it"), width=18),
        Column("reason", at("reason"), Sentence("Motivo", "Reason"), width=50),
    ),
)
