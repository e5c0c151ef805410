"""The parameters that say which agreements, on which day, as known when."""

from datetime import date
from typing import Annotated, Final, Literal

from msgspec import Meta

from services.registry.folding import completeness
from shared import data
from shared.data import MemberKind
from shared.notices.codelists import Country, Instrument, State, Theme
from shared.notices.sentences import Sentence
from shared.notices.texts import MemberId
from shared.operations import Parameter, examples
from shared.operations.feed_filter import Goal, Words

AgreementId = Annotated[str, Meta(pattern="^AG-[0-9A-HJKMNP-TV-Z]{13}$", examples=[examples.AGREEMENT])]
Mesoregion = Literal[tuple(data.mesoregions())]  # type: ignore[valid-type]
Missing = Literal[tuple(completeness.FIELDS)]  # type: ignore[valid-type]

MOMENTS: Final = (
    Parameter(
        name="as_of",
        type=date,
        example="2026-12-31",
        says=Sentence(
            "O dia de que se pergunta, passado ou futuro; sem ele, hoje.",
            "The day that is asked about, past or to come; without it today.",
        ),
    ),
    Parameter(
        name="known_at",
        type=str,
        example="2026-11-20",
        says=Sentence(
            "Como era conhecido então: um instante (RFC 3339), ou um dia (o fim dele). Não pode estar no "
            "futuro.",
            "As it was known then: an instant (RFC 3339), or a day (its end). It may not lie ahead.",
        ),
    ),
)
WHOSE: Final = (
    Parameter(
        name="member",
        type=MemberId,
        example=examples.MEMBER,
        says=Sentence("De quem é, ou quem dele participa.", "Whose it is, or who takes part in it."),
    ),
    Parameter(
        name="subject",
        type=Words,
        example=examples.SUBJECT,
        says=Sentence("A referência que o membro lhe dá.", "The reference that the member gives it."),
    ),
    Parameter(
        name="mesoregion",
        type=Mesoregion,
        example="Metropolitana de Belo Horizonte",
        says=Sentence(
            "A mesorregião de um dos seus municípios.", "The mesoregion of one of its municipalities."
        ),
    ),
    Parameter(
        name="country",
        type=Country,
        example="PT",
        says=Sentence("País de um parceiro (ISO 3166-1).", "A partner's country (ISO 3166-1)."),
    ),
    Parameter(
        name="theme",
        type=Theme,
        example="AGUA",
        says=Sentence("Tema (lista `themes`).", "Theme (code list `themes`)."),
    ),
    Parameter(
        name="sdg",
        type=Goal,
        example=6,
        says=Sentence("Objetivo de Desenvolvimento Sustentável.", "Sustainable Development Goal."),
    ),
    Parameter(
        name="instrument",
        type=Instrument,
        example="MOU",
        says=Sentence("Instrumento (lista `instruments`).", "Instrument (code list `instruments`)."),
    ),
    Parameter(
        name="state",
        type=State,
        example="signed",
        says=Sentence("Situação nesse dia (lista `states`).", "State on that day (code list `states`)."),
    ),
    Parameter(
        name="gate",
        type=Annotated[
            str,
            Meta(
                pattern="^(legal|legislative|federal)(:[a-z_]+(:[A-Z]+)?)?$",
                examples=["federal:consulted:MRE"],
            ),
        ],
        example="federal",
        says=Sentence(
            "Instância: `federal` (à espera dela), `federal:consulted`, `federal:consulted:COFIEX`.",
            "Gate: `federal` (waiting there), `federal:consulted`, `federal:consulted:COFIEX`.",
        ),
    ),
    Parameter(
        name="partner",
        type=Words,
        example="Cidade Exemplo|PT",
        says=Sentence(
            "Um parceiro: o seu identificador no Wikidata, ou nome e país (`Porto|PT`).",
            "A partner: its Wikidata id, or name and country (`Porto|PT`).",
        ),
    ),
    Parameter(
        name="parent",
        type=AgreementId,
        says=Sentence("O acordo a que pertence.", "The agreement that it belongs to."),
    ),
    Parameter(
        name="kind",
        type=MemberKind,
        example="municipality",
        says=Sentence("Que espécie de membro é o dono.", "What kind of member it belongs to."),
    ),
    Parameter(
        name="missing",
        type=Missing,
        example="objectives",
        says=Sentence("Um campo que ainda falta informar.", "A field that is still to be told."),
    ),
    Parameter(
        name="expires_before",
        type=date,
        example="2030-12-31",
        says=Sentence("Termina antes deste dia.", "Ends before this day."),
    ),
    Parameter(
        name="signed_from",
        type=date,
        example="2026-01-01",
        says=Sentence("Assinado neste dia ou depois.", "Signed on this day or later."),
    ),
    Parameter(
        name="signed_until",
        type=date,
        example="2026-12-31",
        says=Sentence("Assinado até este dia.", "Signed up to this day."),
    ),
)
SEARCH: Final = Parameter(
    name="q",
    type=Words,
    example="saneamento",
    says=Sentence(
        "Palavras do título, do objeto, do parceiro ou da cidade; sem acentos e com erros de digitação "
        "também.",
        "Words of title, object, partner or city; without accents and with typing errors, too.",
    ),
)
FILTERS: Final = (*WHOSE, SEARCH)
