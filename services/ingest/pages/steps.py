"""What can be told of an agreement that is known: for each fact its words and its questions. Pure."""

from collections.abc import Mapping
from typing import Final, NamedTuple, get_args

from services.ingest.pages.questions import Question
from shared.notices.codelists import Gate


def _(words: str) -> str:
    """Mark *words* for the catalogue."""
    return words


class Step(NamedTuple):
    """A fact as a form tells it."""

    title: str
    lead: str
    button: str
    questions: tuple[Question, ...]


_DAY: Final = _("Por exemplo 30/05/2025. Se não souber o dia, só o mês (05/2025) ou o ano.")
_SINCE: Final = Question("effective_on", _("Desde quando?"), "day", _DAY, required=True, width="short")
_WHY: Final = Question("reason", _("Por quê?"), "prose")
_WHY_REQUIRED: Final = _WHY._replace(required=True)
_SIDE: Final = Question("side", _("Quem decidiu?"), "code", names="sides")
_NOTE: Final = Question("note", _("Observação"), "prose")
_DOCUMENT: Final = Question(
    "document",
    _("Documento"),
    required=True,
    parts=(
        Question("kind", _("O que é"), hint=_("Por exemplo acordo, aditivo, ata, foto."), required=True),
        Question("url", _("Endereço na internet"), "link", _("Começa com https://")),
        Question("lang", _("Idioma"), hint=_("Por exemplo pt, en, es.")),
    ),
)
_GATE: Final = Question("gate", _("Qual etapa?"), "code", names="gates", required=True)

STEPS: Final[Mapping[str, Step]] = {
    "renewed": Step(
        _("Informar a renovação"),
        _("O acordo continua, com outro prazo."),
        _("Informar a renovação"),
        (
            Question(
                "signed_on", _("Quando a renovação foi assinada?"), "day", _DAY, required=True, width="short"
            ),
            Question(
                "ends_on",
                _("Vale até quando?"),
                "day",
                _("Uma data futura precisa do dia: 30/05/2030."),
                required=True,
                width="short",
            ),
        ),
    ),
    "confirmed": Step(
        _("Confirmar que o acordo continua"),
        _("Diz à rede que o acordo continua ativo hoje."),
        _("Confirmar"),
        (_NOTE,),
    ),
    "entered_into_force": Step(
        _("Informar a entrada em vigor"),
        _("O acordo assinado começou a valer."),
        _("Informar a entrada em vigor"),
        (_SINCE,),
    ),
    "suspended": Step(
        _("Informar a suspensão"),
        _("O acordo fica parado por um tempo. O prazo continua correndo."),
        _("Informar a suspensão"),
        (_SINCE, _WHY, _SIDE),
    ),
    "resumed": Step(
        _("Informar a retomada"),
        _("O acordo estava suspenso e voltou a valer."),
        _("Informar a retomada"),
        (_SINCE, _WHY, _SIDE),
    ),
    "completed": Step(
        _("Informar a conclusão"),
        _("O que foi combinado está feito."),
        _("Informar a conclusão"),
        (_SINCE, _WHY, _SIDE),
    ),
    "terminated": Step(
        _("Informar a rescisão"),
        _("O acordo acabou antes do prazo."),
        _("Informar a rescisão"),
        (_SINCE, _WHY, _SIDE),
    ),
    "withdrawn": Step(
        _("Arquivar a negociação"),
        _("A negociação acabou sem assinatura."),
        _("Arquivar a negociação"),
        (_WHY_REQUIRED,),
    ),
    "submitted_for_review": Step(
        _("Informar o envio para análise"),
        _("A minuta foi para quem precisa analisá-la."),
        _("Informar o envio"),
        (_NOTE,),
    ),
    "returned": Step(
        _("Informar a devolução"),
        _("A minuta voltou para ajustes."),
        _("Informar a devolução"),
        (_WHY_REQUIRED,),
    ),
    "cleared": Step(
        _("Informar que está pronto para assinar"),
        _("A análise terminou, e o acordo pode ser assinado."),
        _("Informar"),
        (_NOTE,),
    ),
    "gate_updated": Step(
        _("Atualizar uma etapa"),
        _("Parecer jurídico, autorização legislativa ou governo federal: como está agora."),
        _("Atualizar a etapa"),
        (
            _GATE,
            Question("status", _("Como está?"), "code", names="gate_statuses", required=True),
            Question("body", _("Órgão")),
            Question("since", _("Desde quando?"), "day", _DAY, width="short"),
            Question(
                "evidence", _("Onde isso consta?"), hint=_("Número do ofício, do processo ou do parecer.")
            ),
        ),
    ),
    "superseded": Step(
        _("Informar que foi substituído"),
        _("Outro acordo do mesmo membro ficou no lugar deste."),
        _("Informar a substituição"),
        (
            Question(
                "by",
                _("Qual acordo o substituiu?"),
                hint=_("A referência (número do processo) do outro acordo."),
                required=True,
            ),
        ),
    ),
    "merged": Step(
        _("Unir com o registro repetido"),
        _("Este registro repete outro. Depois de unido, só o outro é contado; o histórico fica."),
        _("Unir os registros"),
        (
            Question(
                "into",
                _("Qual registro fica?"),
                hint=_("A referência (número do processo) do registro que fica."),
                required=True,
            ),
        ),
    ),
    "voided": Step(
        _("Anular o registro"),
        _("O acordo nunca existiu: foi registrado por engano. O histórico fica."),
        _("Anular o registro"),
        (_WHY_REQUIRED,),
    ),
    "document_attached": Step(
        _("Juntar um documento"),
        _("Mais um documento do acordo: o texto, um aditivo, uma ata."),
        _("Juntar ao acordo"),
        (_DOCUMENT,),
    ),
    "retracted": Step(
        _("Retirar um aviso"),
        _("O aviso foi um engano. Ele deixa de valer; o histórico guarda que existiu."),
        _("Retirar o aviso"),
        (
            Question(
                "notice",
                _("Protocolo do aviso"),
                hint=_("Começa com MG- e está no recibo."),
                required=True,
                width="short",
            ),
            _WHY_REQUIRED,
        ),
    ),
    "question_asked": Step(
        _("Perguntar ao membro"),
        _("Só o membro, o gabinete e a coordenação veem a pergunta e a resposta."),
        _("Enviar a pergunta"),
        (
            Question("text", _("O que você quer saber?"), "prose", required=True),
            Question("answer_by", _("Responder até"), "day", _("Por exemplo 30/05/2030."), width="short"),
        ),
    ),
    "question_answered": Step(
        _("Responder à pergunta"),
        _("A resposta vai para quem perguntou: só o membro, o gabinete e a coordenação a veem."),
        _("Enviar a resposta"),
        (Question("text", _("Resposta"), "prose", required=True),),
    ),
}
"""By the short name of the fact."""

TOLD_HERE: Final = frozenset(STEPS) - {"retracted", "question_asked", "question_answered"}
"""What `/registrar/fato` takes; the others have addresses of their own."""


def questions_of(name: str, gate: str) -> tuple[Question, ...]:
    """What is asked for the fact *name*; of a *gate* in its own words, and first of all which one."""
    questions = STEPS[name].questions
    if name != "gate_updated":
        return questions
    if gate not in get_args(Gate):
        return (_GATE,)
    asked = {question.name: question for question in questions}
    asked["status"] = asked["status"]._replace(names=f"{gate}_statuses")
    if gate == "federal":
        asked["body"] = asked["body"]._replace(kind="code", names="federal_bodies")
    return tuple(asked.values())
