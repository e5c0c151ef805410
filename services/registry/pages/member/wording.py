"""What fields and facts are called on a member's page."""

from functools import cache

from shared.notices.sentences import Language
from shared.web.wording import words


@cache
def missing(language: Language) -> dict[str, str]:
    """What is missing, by the field that would tell it."""
    say = words(language)
    return {
        "amounts": say.gettext("os valores"),
        "basis": say.gettext("se é entre dois, entre vários ou só uma lei"),
        "department": say.gettext("a secretaria responsável"),
        "documents": say.gettext("o texto assinado, em foto ou arquivo"),
        "effective_on": say.gettext("desde quando vale"),
        "ends_on": say.gettext("até quando vale"),
        "gates.federal": say.gettext("o que disse o governo federal"),
        "gates.legal": say.gettext("o parecer jurídico"),
        "gates.legislative": say.gettext("a autorização da Câmara"),
        "gazette": say.gettext("onde foi publicado"),
        "object": say.gettext("para que serve o acordo"),
        "objectives": say.gettext("os objetivos e como medi-los"),
        "parent": say.gettext("qual acordo este altera"),
        "provenance": say.gettext("de onde vem a informação"),
        "renewal": say.gettext("como se renova"),
        "sdgs": say.gettext("os Objetivos de Desenvolvimento Sustentável"),
        "signatories": say.gettext("quem assinou, pelo cargo"),
        "signed_on": say.gettext("o dia da assinatura"),
        "themes": say.gettext("os temas"),
    }


@cache
def facts(language: Language) -> dict[str, str]:
    """What each fact tells, by its short name; those that a member tells."""
    say = words(language)
    return {
        "signed": say.gettext("Acordo assinado"),
        "reported": say.gettext("Acordo já existente"),
        "negotiation_opened": say.gettext("Negociação aberta"),
        "submitted_for_review": say.gettext("Minuta enviada para análise"),
        "returned": say.gettext("Minuta devolvida"),
        "cleared": say.gettext("Pronto para assinar"),
        "withdrawn": say.gettext("Negociação arquivada"),
        "gate_updated": say.gettext("Parecer, autorização ou governo federal"),
        "entered_into_force": say.gettext("Entrada em vigor"),
        "amended": say.gettext("Alteração a partir de um dia"),
        "corrected": say.gettext("Correção"),
        "renewed": say.gettext("Renovação"),
        "suspended": say.gettext("Suspensão"),
        "resumed": say.gettext("Retomada"),
        "completed": say.gettext("Conclusão"),
        "terminated": say.gettext("Rescisão"),
        "superseded": say.gettext("Substituição por outro acordo"),
        "merged": say.gettext("União de duplicatas"),
        "confirmed": say.gettext("Continua ativo"),
        "document_attached": say.gettext("Documento anexado"),
        "retracted": say.gettext("Aviso retirado"),
        "voided": say.gettext("Anulação"),
        "question_asked": say.gettext("Pergunta"),
        "question_answered": say.gettext("Resposta a uma pergunta"),
        "nothing_to_declare": say.gettext("Nada a declarar"),
        "contact_changed": say.gettext("Contato alterado"),
    }


def fact(type_: str, language: Language) -> str:
    """What a notice of *type_* tells."""
    name = type_.split(".")[-2]
    return facts(language).get(name, name)
