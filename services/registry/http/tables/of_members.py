"""Members, and counts of agreements, as tables."""

from typing import Any, Final

from services.registry.http.tables.table import Column, Names, Reader, Table, at
from shared.notices.sentences import Sentence


def _sums(path: str) -> Reader:
    """Reads a breakdown {key: value} as `key value`, in its own order."""
    read = at(path)

    def told(item: Any, names: Names) -> list[str] | None:
        found = read(item, names)
        return None if found is None else [f"{key} {value}" for key, value in found.items()]

    return told


def _count(name: str, path: str, pt: str, en: str) -> Column:
    return Column(name, at(path), Sentence(pt, en), kind="number", width=12)


MEMBERS: Final = Table(
    file="membros",
    title="Membros",
    definition=Sentence(
        "Uma linha por membro da rede, com os números do dia as_of que quem pede pode ver. Vazio, e não "
        "zero: nunca se ouviu do membro e nada se sabe dele.",
        "One row for each member of the network, with the numbers of the day as_of that the asker may see. "
        "Empty, not zero: the member was never heard and nothing is known of it.",
    ),
    columns=(
        Column(
            "id", at("id"), Sentence("IBGE, 31 (o Estado) ou org-…", "IBGE code, 31 (the state) or org-…")
        ),
        Column("kind", at("kind"), Sentence("Tipo", "Kind")),
        Column("name", at("name"), Sentence("Nome", "Name"), width=30),
        Column("mesoregion", at("mesoregion"), Sentence("Mesorregião", "Mesoregion"), width=30),
        _count("signed_ever", "signed.ever", "Assinados em qualquer época", "Signed ever"),
        _count(
            "signed_this_mandate", "signed.this_mandate", "Assinados neste mandato", "Signed this mandate"
        ),
        _count("in_force", "in_force", "Em vigor", "In force"),
        _count("negotiating", "negotiating", "Em negociação", "Negotiating"),
        _count(
            "unilateral",
            "unilateral",
            "Leis unilaterais de irmandade, que não contam como acordo",
            "Unilateral sister-city laws, which do not count as agreements",
        ),
        _count("expiring_90_days", "expiring_90_days", "Vencem em até 90 dias", "Expire within 90 days"),
        Column("by_country", _sums("by_country"), Sentence("Por país", "By country"), width=30),
        Column("by_theme", _sums("by_theme"), Sentence("Por tema", "By theme"), width=30),
        Column(
            "last_heard_at",
            at("last_heard_at"),
            Sentence("Último contato", "Last contact"),
            kind="instant",
            width=19,
        ),
        Column(
            "last_nil_return",
            at("last_nil_return"),
            Sentence("Última declaração de nada a informar", "Last nil return"),
            kind="day",
        ),
        Column(
            "contact_office",
            at("contact.office"),
            Sentence(
                "Setor de contato; só o próprio membro, o gabinete e a coordenação o veem",
                "Office to contact; seen by the member itself, the governor's office and the coordination",
            ),
            width=24,
        ),
        Column("contact_email", at("contact.email"), Sentence("E-mail do setor", "Its e-mail"), width=28),
        Column("contact_phone", at("contact.phone"), Sentence("Telefone do setor", "Its phone"), width=20),
    ),
)

STATISTICS: Final = Table(
    file="estatisticas",
    title="Estatísticas",
    page_rows=500,
    definition=Sentence(
        "Contagem de acordos por chave, cada um uma vez em cada chave, no dia as_of e como era conhecido em "
        "known_at.",
        "Agreements counted by key, each once under each key, on the day as_of and as known at known_at.",
    ),
    columns=(
        Column("key", at("key"), Sentence("Chave", "Key"), width=36),
        Column("name", at("name"), Sentence("Nome da chave", "The key's name"), width=36),
        _count("signed", "signed", "Assinados em qualquer época", "Signed ever"),
        _count("in_force", "in_force", "Em vigor", "In force"),
        _count("negotiating", "negotiating", "Em negociação", "Negotiating"),
        _count("unilateral", "unilateral", "Leis unilaterais de irmandade", "Unilateral sister-city laws"),
        _count("expiring_90_days", "expiring_90_days", "Vencem em até 90 dias", "Expire within 90 days"),
        Column("amounts", _sums("amounts"), Sentence("Soma por moeda", "Sum by currency"), width=36),
    ),
)
