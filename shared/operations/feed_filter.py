"""The filters of the feed, which its pages and its stream share."""

from typing import Annotated, Final, get_args

from msgspec import Meta

from shared.notices.codelists import Instrument, State, Theme
from shared.notices.sentences import Sentence
from shared.notices.texts import MemberId
from shared.operations import examples
from shared.operations.vocabulary import Parameter

Words = Annotated[str, Meta(min_length=1, max_length=200)]
Goal = Annotated[int, Meta(ge=1, le=17)]
NoticeType = Annotated[str, Meta(pattern=r"^br\.malha\.[a-z_]{1,40}\.[a-z_0-9]{1,60}\.v[1-9][0-9]?$")]

FEED_FILTERS: Final = (
    Parameter(
        name="member",
        type=MemberId,
        many=True,
        example=examples.MEMBER,
        says=Sentence("De quem é o fato.", "Whose fact it is."),
    ),
    Parameter(
        name="subject",
        type=Words,
        many=True,
        example=examples.SUBJECT,
        says=Sentence(
            "A referência que o membro dá ao acordo.", "The reference that the member gives the agreement."
        ),
    ),
    Parameter(
        name="mesoregion",
        type=Words,
        many=True,
        example="Metropolitana de Belo Horizonte",
        says=Sentence(
            "O nome da mesorregião do membro, sem distinguir maiúsculas.",
            "The name of the member's mesoregion, in capitals or not.",
        ),
    ),
    Parameter(
        name="country",
        type=Annotated[str, Meta(pattern="^[A-Z]{2}$")],
        many=True,
        example="PT",
        says=Sentence(
            "País de um parceiro, com duas letras (ISO 3166-1).",
            "A partner's country, in two letters (ISO 3166-1).",
        ),
    ),
    Parameter(
        name="theme",
        type=Annotated[str, Meta(pattern="^[A-Z0-9_]{1,40}$", examples=list(get_args(Theme)))],
        many=True,
        example="AGUA",
        says=Sentence("Tema (lista `themes`).", "Theme (code list `themes`)."),
    ),
    Parameter(
        name="sdg",
        type=Goal,
        many=True,
        example=6,
        says=Sentence("Objetivo de Desenvolvimento Sustentável.", "Sustainable Development Goal."),
    ),
    Parameter(
        name="instrument",
        type=Annotated[str, Meta(pattern="^[A-Z0-9_]{1,40}$", examples=list(get_args(Instrument)))],
        many=True,
        example="MOU",
        says=Sentence("Instrumento (lista `instruments`).", "Instrument (code list `instruments`)."),
    ),
    Parameter(
        name="state",
        type=State,
        many=True,
        example="signed",
        says=Sentence(
            "Situação do acordo depois do fato (lista `states`).",
            "The agreement's state after the fact (code list `states`).",
        ),
    ),
    Parameter(
        name="type",
        type=NoticeType,
        many=True,
        example=examples.TYPE,
        says=Sentence("Tipo do aviso.", "The notice's type."),
    ),
)
