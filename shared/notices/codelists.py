"""The code lists of the language: as types for the decoder, with names for people."""

from functools import cache
from typing import TYPE_CHECKING, Any, Literal, get_args

import msgspec
import pycountry
from babel import Locale

from shared import data
from shared.notices.sentences import Sentence

Instrument = Literal[
    "IRM", "IRM_DECL", "AMI", "MOU", "PI", "CI", "ACT", "AC",
    "CONV", "TC", "ACAD", "ADES", "DOA", "EMP", "ADT", "OUT",
]  # fmt: skip
Theme = Literal[
    "AGUA", "RESID", "MOB", "URB", "CLIMA", "BIO", "ENER", "AGRO", "MIN", "TEC", "GOVD", "SAUDE", "EDU",
    "CULT", "TUR", "ESP", "COM", "EMPR", "SOC", "GEN", "MIGR", "SEGAL", "DEFC", "GOV", "SOL",
]  # fmt: skip
State = Literal[
    "negotiating", "under_review", "ready_to_sign", "signed", "in_force", "suspended", "expired",
    "completed", "terminated", "superseded", "withdrawn", "void", "unknown",
]  # fmt: skip
PartnerKind = Literal[
    "city", "region", "state", "nation", "university", "company", "agency", "bank", "network",
    "international_organisation", "other",
]  # fmt: skip
WITHOUT_COUNTRY: frozenset[str] = frozenset({"network", "bank", "international_organisation", "other"})
"""The kinds of partner that need not stand in one country."""

Basis = Literal["bilateral", "multilateral", "unilateral_law"]
Renewal = Literal["auto", "manual", "none"]
Visibility = Literal["public", "network", "restricted"]
Provenance = Literal["declared", "document", "gazette", "public_source"]
Gate = Literal["legal", "legislative", "federal"]
LegalStatus = Literal[
    "not_required", "pending", "favourable", "favourable_with_remarks", "unfavourable", "unknown"
]
LegislativeStatus = Literal["not_required", "pending", "authorised", "rejected", "unknown"]
FederalStatus = Literal[
    "not_required",
    "not_informed",
    "informed",
    "consulted",
    "favourable",
    "unfavourable",
    "approved",
    "unknown",
]
GateStatus = Literal[
    "not_required", "pending", "favourable", "favourable_with_remarks", "unfavourable", "authorised",
    "rejected", "not_informed", "informed", "consulted", "approved", "unknown",
]  # fmt: skip
"""A status of any gate; each gate has its own."""
FederalBody = Literal["MRE", "ABC", "COFIEX", "STN", "PGFN", "SENADO", "CONGRESSO", "OUTRO"]
GateTerm = Literal["proposal", "signing", "age"]
Side = Literal["member", "partner", "mutual"]

if TYPE_CHECKING:
    Country = str
    Currency = str
else:
    Country = Literal[tuple(sorted(country.alpha_2 for country in pycountry.countries))]
    Currency = Literal[tuple(sorted(currency.alpha_3 for currency in pycountry.currencies))]


class Code(msgspec.Struct, frozen=True):
    """A code, and its name in both languages."""

    code: str
    pt: str
    en: str

    @property
    def name(self) -> Sentence:
        """The name alone."""
        return Sentence(self.pt, self.en)


def _codes(names: dict[str, tuple[str, str]]) -> tuple[Code, ...]:
    return tuple(Code(code, pt, en) for code, (pt, en) in names.items())


_UNKNOWN = {"unknown": ("sem informação", "unknown")}
_OWN: dict[str, tuple[Code, ...]] = {
    "partner_kinds": _codes(
        {
            "city": ("cidade", "city"),
            "region": ("região ou província", "region or province"),
            "state": ("estado", "state"),
            "nation": ("país", "nation"),
            "university": ("universidade", "university"),
            "company": ("empresa", "company"),
            "agency": ("agência", "agency"),
            "bank": ("banco", "bank"),
            "network": ("rede", "network"),
            "international_organisation": ("organismo internacional", "international organisation"),
            "other": ("outro", "other"),
        }
    ),
    "bases": _codes(
        {
            "bilateral": ("bilateral", "bilateral"),
            "multilateral": ("multilateral", "multilateral"),
            "unilateral_law": ("lei unilateral", "unilateral law"),
        }
    ),
    "renewals": _codes(
        {
            "auto": ("automática", "automatic"),
            "manual": ("por termo aditivo", "by an amendment"),
            "none": ("não se renova", "not renewable"),
        }
    ),
    "visibilities": _codes(
        {
            "public": ("público", "public"),
            "network": ("somente a rede", "the network only"),
            "restricted": ("restrito", "restricted"),
        }
    ),
    "provenances": _codes(
        {
            "declared": ("declarado pelo membro", "declared by the member"),
            "document": ("documento", "document"),
            "gazette": ("diário oficial", "official gazette"),
            "public_source": ("fonte pública", "public source"),
        }
    ),
    "gates": _codes(
        {
            "legal": ("parecer jurídico", "legal opinion"),
            "legislative": ("autorização legislativa", "legislative authorisation"),
            "federal": ("governo federal", "federal government"),
        }
    ),
    "legal_statuses": _codes(
        {
            "not_required": ("dispensado", "not required"),
            "pending": ("pendente", "pending"),
            "favourable": ("favorável", "favourable"),
            "favourable_with_remarks": ("favorável com ressalvas", "favourable with remarks"),
            "unfavourable": ("desfavorável", "unfavourable"),
            **_UNKNOWN,
        }
    ),
    "legislative_statuses": _codes(
        {
            "not_required": ("dispensada", "not required"),
            "pending": ("pendente", "pending"),
            "authorised": ("autorizada", "authorised"),
            "rejected": ("rejeitada", "rejected"),
            **_UNKNOWN,
        }
    ),
    "federal_statuses": _codes(
        {
            "not_required": ("dispensado", "not required"),
            "not_informed": ("não informado", "not informed"),
            "informed": ("informado", "informed"),
            "consulted": ("consultado", "consulted"),
            "favourable": ("favorável", "favourable"),
            "unfavourable": ("desfavorável", "unfavourable"),
            "approved": ("aprovado", "approved"),
            **_UNKNOWN,
        }
    ),
    "federal_bodies": _codes(
        {
            "MRE": ("Ministério das Relações Exteriores", "Ministry of Foreign Affairs"),
            "ABC": ("Agência Brasileira de Cooperação", "Brazilian Cooperation Agency"),
            "COFIEX": ("Comissão de Financiamentos Externos", "External Financing Commission"),
            "STN": ("Secretaria do Tesouro Nacional", "National Treasury"),
            "PGFN": (
                "Procuradoria-Geral da Fazenda Nacional",
                "Office of the Attorney-General of the Treasury",
            ),
            "SENADO": ("Senado Federal", "Federal Senate"),
            "CONGRESSO": ("Congresso Nacional", "National Congress"),
            "OUTRO": ("outro órgão", "another body"),
        }
    ),
    "contradictions": _codes(
        {
            "never_told": ("acordo não informado", "agreement not told"),
            "never_signed": ("assinatura não informada", "signature not told"),
            "unexpected_state": ("passo fora da sequência", "step out of sequence"),
            "already_expired": ("prazo já encerrado", "term already over"),
            "after_final_state": ("fato depois do fim", "fact after the end"),
            "signed_after_entry_into_force": (
                "assinatura depois da entrada em vigor",
                "signed after the entry into force",
            ),
            "late_renewal": ("renovação depois do prazo", "renewal after the term"),
            "renewed_into_the_past": (
                "renovação que termina antes de assinada",
                "renewal that ends before it was signed",
            ),
            "ends_before_start": ("fim antes do início", "end before the start"),
            "ends_before_signature": ("fim antes da assinatura", "end before the signature"),
            "amends_nothing": ("termo aditivo sem acordo", "amendment of nothing"),
            "own_parent": ("acordo principal de si mesmo", "parent of itself"),
            "own_successor": ("substituído por si mesmo", "successor of itself"),
            "too_many_documents": ("documentos demais", "too many documents"),
            "retracts_nothing": ("retirada de aviso que não existe", "retraction of nothing"),
            "answers_nothing": ("resposta sem pergunta", "answer without a question"),
            "signed_before_legal_gate": ("assinado antes do parecer", "signed before the legal opinion"),
            "signed_before_legislative_gate": (
                "assinado antes da autorização legislativa",
                "signed before the legislative authorisation",
            ),
            "signed_before_federal_gate": (
                "assinado antes da etapa federal",
                "signed before the federal gate was closed",
            ),
            "legal_notice_late": ("comunicação jurídica atrasada", "late notice to the legal office"),
            "legislative_notice_late": (
                "comunicação ao legislativo atrasada",
                "late notice to the legislature",
            ),
            "federal_notice_late": (
                "comunicação ao governo federal atrasada",
                "late notice to the federal government",
            ),
            "possible_duplicate": ("possível duplicata", "possible duplicate"),
            "same_text": ("mesmo texto em vários acordos", "same text in several agreements"),
        }
    ),
    "gate_terms": _codes(
        {
            "proposal": ("aviso da proposta", "notice of the proposal"),
            "signing": ("aviso da assinatura", "notice of the signature"),
            "age": ("espera por resposta", "wait for an answer"),
        }
    ),
    "gate_requirements": _codes(
        {
            "none": ("nada se pede", "nothing is asked"),
            "check": ("verificar em cada caso", "to be checked in each case"),
            "usual": ("é costume", "customary"),
            "notice": ("comunicação", "notice"),
            "approval": ("aprovação", "approval"),
        }
    ),
    "sides": _codes(
        {
            "member": ("pelo membro", "by the member"),
            "partner": ("pelo parceiro", "by the partner"),
            "mutual": ("de comum acordo", "by mutual consent"),
        }
    ),
}


def _from_table(name: str) -> tuple[Code, ...]:
    return tuple(Code(row["code"], row["pt"], row["en"]) for row in data.code_tables()[name])


def _countries() -> tuple[Code, ...]:
    portuguese, english = Locale.parse("pt_BR").territories, Locale.parse("en").territories
    return tuple(Code(code, portuguese[code], english[code]) for code in get_args(Country))


def _currencies() -> tuple[Code, ...]:
    portuguese, english = Locale.parse("pt_BR").currencies, Locale.parse("en").currencies
    official: dict[str, Any] = {currency.alpha_3: currency.name for currency in pycountry.currencies}
    return tuple(
        Code(code, portuguese.get(code, official[code]), english.get(code, official[code]))
        for code in get_args(Currency)
    )


@cache
def code_lists() -> dict[str, tuple[Code, ...]]:
    """Every code list by its name, as ``/v1/codelists/{name}`` serves it."""
    return {
        "instruments": _from_table("instrument_types"),
        "states": _from_table("lifecycle_states"),
        "themes": _from_table("themes"),
        "sdgs": tuple(Code(str(goal.number), goal.pt, goal.en) for goal in data.goals()),
        "countries": _countries(),
        "currencies": _currencies(),
        **_OWN,
    }


@cache
def _names(list_name: str) -> dict[str, Sentence]:
    return {code.code: code.name for code in code_lists()[list_name]}


def name_of(list_name: str, code: str) -> Sentence:
    """The name of *code* in the list *list_name*; the code itself where it is newer than the list."""
    return _names(list_name).get(code, Sentence(code, code))
