"""What the forms ask: the fields of an agreement, each with its label. Pure.

Labels stand here in Portuguese, marked for the catalogue; the templates say them in the reader's language.
"""

from typing import Final, Literal, NamedTuple

Kind = Literal["text", "prose", "day", "code", "codes", "numbers", "link"]


def _(words: str) -> str:
    """Mark *words* for the catalogue."""
    return words


class Question(NamedTuple):
    """A field and how it is asked for.

    *names* is the code list of a `code` or `codes`. With *parts* it is an object; with *rows* a list of
    them, of which so many are shown at least.
    """

    name: str
    label: str
    kind: Kind = "text"
    hint: str = ""
    names: str = ""
    required: bool = False
    parts: tuple["Question", ...] = ()
    rows: int = 0
    one: str = ""
    """What a row is called: {n} is its number."""
    width: str = ""


class Group(NamedTuple):
    """Questions that belong together, under one heading."""

    title: str
    questions: tuple[Question, ...]


_DAY: Final = _("Por exemplo 30/05/2025. Se não souber o dia, só o mês (05/2025) ou o ano.")
_LINK: Final = _("Começa com https://")

TITLE: Final = Question("title", _("O que é o acordo?"), required=True)
PARTNERS: Final = Question(
    "partners",
    _("Com quem?"),
    required=True,
    rows=1,
    one=_("Parceiro {n}"),
    parts=(
        Question("name", _("Nome do parceiro"), required=True),
        Question("kind", _("Tipo"), "code", names="partner_kinds", required=True),
        Question(
            "country",
            _("País"),
            "code",
            _("Redes, bancos e organismos internacionais podem ficar sem país."),
            names="countries",
        ),
        Question("place", _("Cidade ou região"), hint=_("Se não estiver no nome.")),
    ),
)
INSTRUMENT: Final = Question("instrument", _("Que tipo de acordo é?"), "code", names="instruments")
SIGNED_ON: Final = Question("signed_on", _("Data da assinatura"), "day", _DAY, width="short")
DOCUMENTS: Final = Question(
    "documents",
    _("Onde está o texto?"),
    rows=1,
    one=_("Documento {n}"),
    parts=(
        Question("url", _("Endereço do texto na internet"), "link", _LINK),
        Question("kind", _("O que é")),
        Question("lang", _("Idioma"), hint=_("Por exemplo pt, en, es.")),
    ),
)

DETAILS: Final[tuple[Group, ...]] = (
    Group(
        _("Sobre o acordo"),
        (
            Question("object", _("Para que serve? (objeto)"), "prose"),
            Question("department", _("Secretaria ou setor responsável")),
            Question("themes", _("Temas"), "codes", names="themes"),
            Question("sdgs", _("Objetivos de Desenvolvimento Sustentável"), "numbers", names="sdgs"),
            Question(
                "parent",
                _("É aditivo de qual acordo?"),
                hint=_("A referência (número do processo) do acordo principal."),
            ),
            Question("basis", _("Base"), "code", names="bases"),
        ),
    ),
    Group(
        _("Prazos"),
        (
            Question("effective_on", _("Vale a partir de"), "day", _DAY, width="short"),
            Question(
                "ends_on",
                _("Termina em"),
                "day",
                _("Uma data futura precisa do dia: 30/05/2030."),
                width="short",
            ),
            Question("renewal", _("Renovação"), "code", names="renewals"),
        ),
    ),
    Group(
        _("Metas"),
        (
            Question(
                "objectives",
                _("O que se quer alcançar"),
                rows=2,
                one=_("Meta {n}"),
                parts=(
                    Question("text", _("Meta"), "prose"),
                    Question("indicator", _("Como se mede")),
                    Question("target", _("Quanto")),
                    Question("unit", _("Unidade")),
                    Question("due", _("Até quando"), "day", width="short"),
                ),
            ),
        ),
    ),
    Group(
        _("Assinatura, publicação e valores"),
        (
            Question(
                "signatories",
                _("Quem assinou"),
                rows=1,
                one=_("Assinatura {n}"),
                parts=(Question("office", _("Cargo")), Question("name", _("Nome"))),
            ),
            Question(
                "gazette",
                _("Publicação oficial"),
                parts=(
                    Question("name", _("Diário")),
                    Question("date", _("Data"), "day", width="short"),
                    Question("url", _("Endereço"), "link", _LINK),
                ),
            ),
            Question(
                "amounts",
                _("Valores"),
                rows=1,
                one=_("Valor {n}"),
                parts=(
                    Question("value", _("Valor"), hint=_("Só o número, com ponto nos centavos: 1250000.00")),
                    Question("currency", _("Moeda"), "code", names="currencies"),
                    Question("kind", _("De que tipo"), hint=_("Por exemplo doação ou empréstimo.")),
                ),
            ),
        ),
    ),
    Group(
        _("Pareceres e autorizações"),
        (
            Question(
                "gates",
                _("Etapas"),
                parts=(
                    Question(
                        "legal",
                        _("Parecer jurídico"),
                        parts=(Question("status", _("Situação"), "code", names="legal_statuses"),),
                    ),
                    Question(
                        "legislative",
                        _("Câmara Municipal ou Assembleia"),
                        parts=(Question("status", _("Situação"), "code", names="legislative_statuses"),),
                    ),
                    Question(
                        "federal",
                        _("Governo federal"),
                        parts=(
                            Question("status", _("Situação"), "code", names="federal_statuses"),
                            Question("body", _("Órgão"), "code", names="federal_bodies"),
                            Question("since", _("Desde"), "day", width="short"),
                        ),
                    ),
                ),
            ),
        ),
    ),
    Group(
        _("Quem pode ver"),
        (
            Question(
                "visibility",
                _("Visibilidade"),
                "code",
                _("Em branco: antes da assinatura só a rede vê; depois, todos."),
                names="visibilities",
            ),
        ),
    ),
)
"""What may be told later."""

AGREEMENT: Final[tuple[Question, ...]] = (
    TITLE,
    PARTNERS,
    INSTRUMENT,
    SIGNED_ON,
    DOCUMENTS,
    *(question for group in DETAILS for question in group.questions),
)
"""All that is asked of an agreement."""

MEMBER: Final = Question("member", _("De quem é o acordo?"), required=True)
SUBJECT: Final = Question(
    "subject",
    _("Número do processo"),
    hint=_("A sua referência. Sem ela, o protocolo fica sendo a referência."),
)
SINCE: Final = Question("effective_on", _("A partir de que dia?"), "day")
REASON: Final = Question("reason", _("Por que está mudando?"), "prose", required=True)
