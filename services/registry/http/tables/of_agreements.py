"""Agreements as a table."""

from typing import Any, Final

from services.registry.http.tables.table import (
    Column,
    Names,
    Table,
    at,
    each,
    how_many,
    mesoregion_of,
    name_of,
)
from shared.notices.sentences import Sentence


def _open_ended(item: Any, _names: Names) -> bool | None:
    """Null in `ends_on` means without an end, unless it was erased; left out means that nobody told it."""
    if "ends_on" not in item.data or "ends_on" in item.erased:
        return None
    return item.data["ends_on"] is None


def _gate(name: str, pt: str, en: str) -> tuple[Column, ...]:
    return (
        Column(f"gate_{name}", at(f"data.gates.{name}.status"), Sentence(f"{pt}: situação", f"{en}: status")),
        Column(
            f"gate_{name}_since",
            at(f"data.gates.{name}.since"),
            Sentence(f"{pt}: desde", f"{en}: since"),
            kind="day",
            width=12,
        ),
    )


AGREEMENTS: Final = Table(
    file="acordos",
    title="Acordos",
    definition=Sentence(
        "Uma linha por acordo que quem pede pode ver, como era conhecido em known_at e na situação do dia "
        "as_of. Leis unilaterais de irmandade (IRM_DECL) e aditivos (ADT) têm linha própria e não contam "
        "como acordo.",
        "One row for each agreement that the asker may see, as known at known_at and in its state on the "
        "day as_of. Unilateral sister-city laws (IRM_DECL) and amendments (ADT) have rows of their own and "
        "do not count as agreements.",
    ),
    columns=(
        Column("id", at("id"), Sentence("Identificador público", "Public id"), width=18),
        Column(
            "member", at("member"), Sentence("Membro: IBGE, 31 ou org-…", "Member: IBGE code, 31 or org-…")
        ),
        Column("member_name", name_of("member"), Sentence("Nome do membro", "The member's name"), width=24),
        Column(
            "mesoregion", mesoregion_of("member"), Sentence("Mesorregião do membro", "Its region"), width=32
        ),
        Column("subject", at("subject"), Sentence("Número do processo", "Process number"), width=26),
        Column("state", at("state"), Sentence("Situação no dia as_of", "State on the day as_of")),
        Column("instrument", at("data.instrument"), Sentence("Instrumento (código)", "Instrument (code)")),
        Column("basis", at("data.basis"), Sentence("Base", "Basis")),
        Column("title", at("data.title"), Sentence("Título", "Title"), width=44),
        Column("object", at("data.object"), Sentence("Objeto", "Object"), width=44),
        Column("partners", at("data.partners.name"), Sentence("Parceiros", "Partners"), width=34),
        Column("partner_kinds", at("data.partners.kind"), Sentence("Tipos dos parceiros", "Their kinds")),
        Column(
            "partner_countries",
            at("data.partners.country"),
            Sentence("Países dos parceiros (ISO 3166-1)", "Their countries (ISO 3166-1)"),
            width=18,
        ),
        Column(
            "participants",
            at("data.participants.member"),
            Sentence("Outros membros que participam", "Other members that share it"),
            width=18,
        ),
        Column("themes", at("data.themes"), Sentence("Temas (códigos)", "Themes (codes)"), width=20),
        Column("sdgs", at("data.sdgs"), Sentence("ODS", "SDGs")),
        Column("signed_on", at("data.signed_on"), Sentence("Assinado em", "Signed on"), kind="day", width=12),
        Column(
            "effective_on",
            at("data.effective_on"),
            Sentence("Em vigor desde", "Effective on"),
            kind="day",
            width=13,
        ),
        Column("ends_on", at("data.ends_on"), Sentence("Último dia", "Last day"), kind="day", width=12),
        Column(
            "open_ended",
            _open_ended,
            Sentence("Sem prazo: verdadeiro; vazio: não informado", "Without an end: true; empty: not told"),
            kind="flag",
            width=12,
        ),
        Column("renewal", at("data.renewal"), Sentence("Renovação", "Renewal")),
        Column("department", at("data.department"), Sentence("Órgão responsável", "Department"), width=24),
        Column(
            "signatories",
            each("data.signatories", "{} {}", "office", "name"),
            Sentence("Quem assinou: cargo e nome", "Who signed: office and name"),
            width=30,
        ),
        *_gate("legal", "Parecer jurídico", "Legal opinion"),
        *_gate("legislative", "Autorização legislativa", "Legislature"),
        *_gate("federal", "Governo federal", "Federal government"),
        Column(
            "gate_federal_body",
            at("data.gates.federal.body"),
            Sentence("Governo federal: órgão", "Federal government: body"),
        ),
        Column(
            "amounts",
            each("data.amounts", "{} {} {}", "currency", "value", "kind"),
            Sentence("Valores, na moeda de cada um", "Amounts, each in its currency"),
            width=24,
        ),
        Column("gazette", at("data.gazette.name"), Sentence("Diário oficial", "Gazette"), width=20),
        Column(
            "gazette_date",
            at("data.gazette.date"),
            Sentence("Data da publicação", "Date of publication"),
            kind="day",
            width=13,
        ),
        Column(
            "documents",
            how_many("data.documents"),
            Sentence("Documentos anexados", "Documents attached"),
            kind="number",
            width=12,
        ),
        Column(
            "confirmed_on",
            at("confirmed_on"),
            Sentence("Confirmado como vivo em", "Confirmed as alive on"),
            kind="day",
            width=14,
        ),
        Column(
            "successor",
            at("successor.subject"),
            Sentence("Processo que o substitui", "The process that stands in its place"),
            width=22,
        ),
        Column(
            "parent", at("data.parent"), Sentence("Processo de que deriva", "Its parent's process"), width=22
        ),
        Column(
            "provenance", at("data.provenance.kind"), Sentence("Como se sabe", "How it is known"), width=18
        ),
        Column("visibility", at("visibility"), Sentence("Visibilidade", "Visibility")),
        Column(
            "completeness",
            at("completeness.score"),
            Sentence("Completude, de 0 a 100", "Completeness, 0 to 100"),
            kind="number",
        ),
        Column("missing", at("completeness.missing"), Sentence("O que falta informar", "Not told"), width=30),
        Column(
            "contradictions",
            at("contradictions.code"),
            Sentence("Contradições (códigos)", "Contradictions (codes)"),
            width=24,
        ),
        Column("erased", at("erased"), Sentence("Campos apagados", "Fields that were erased"), width=18),
        Column(
            "version",
            at("record.version"),
            Sentence("Posição do último aviso", "Position of the last notice"),
            kind="number",
            width=10,
        ),
        Column(
            "registered_at",
            at("record.registered_at"),
            Sentence("Último registro", "Last registered"),
            kind="instant",
            width=19,
        ),
        Column("link", at("links.self"), Sentence("Endereço do acordo", "The agreement's address"), width=44),
    ),
)
