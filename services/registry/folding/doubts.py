"""What does not fit together in an agreement: stable codes, and sentences that say what to do. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final, Literal

import msgspec

from services.registry.folding.agreement import Contradiction, Value, held_at_last
from shared.notices.codelists import State, name_of
from shared.notices.dates import ReducedDate
from shared.notices.families.fact import BEGINNING, read_date
from shared.notices.sentences import Sentence
from shared.notices.texts import normalised_subject

NEVER_TOLD: Final = Sentence(
    pt="Deste acordo só se conhecem fatos posteriores. Confira a referência (subject) ou envie o próprio "
    "acordo: em negociação, assinado ou já existente.",
    en="Only later facts are known of this agreement. Check the reference (subject), or send the agreement "
    "itself: in negotiation, signed, or already existing.",
)
NEVER_SIGNED: Final = Sentence(
    pt="Este acordo não foi informado como assinado. Envie o aviso da assinatura, ou de acordo existente.",
    en="This agreement was never told as signed. Send the notice of its signature, or of an existing one.",
)
ALREADY_EXPIRED: Final = Sentence(
    pt="Nesta data o prazo do acordo já tinha acabado. Se foi prorrogado, informe o novo prazo; "
    "se não, confira a data.",
    en="On this date the agreement's term was over. If it was extended, tell the new term; "
    "if not, check the date.",
)
UNEXPECTED_STATE: Final = Sentence(
    pt="Nesta data o acordo estava “{state}”; este fato supõe “{expected}”. Informe o passo que falta, "
    "confira a data, ou retire este aviso se foi engano.",
    en="On this date the agreement was “{state}”; this fact supposes “{expected}”. Tell the missing step, "
    "check the date, or retract this notice if it was a mistake.",
)
SIGNED_LATER: Final = Sentence(
    pt="A assinatura foi informada para depois da entrada em vigor. Corrija a data que estiver errada.",
    en="The signature was told for a day after the entry into force. Correct the date that is wrong.",
)
AFTER_THE_END: Final = Sentence(
    pt="O acordo já está “{state}” desde {day}: este aviso, posterior, nada muda. "
    "Se o fim foi informado por engano, retire aquele aviso; se não, confira a data deste.",
    en="The agreement has been “{state}” since {day}: this notice, being later, changes nothing. "
    "If the end was told by mistake, retract that notice; if not, check the date of this one.",
)
UNCOUNTED_AFTER_THE_END: Final = Sentence(
    pt="O acordo já está “{state}” desde {day}, e assim continua; por este aviso o seu registro deixa de ser "
    "contado. Se não era essa a intenção, retire este aviso.",
    en="The agreement has been “{state}” since {day}, and stays so; by this notice its record is no longer "
    "counted. If that was not meant, retract this notice.",
)
ANSWERS_NOTHING: Final = Sentence(
    pt="Não há pergunta sem resposta sobre este acordo nesta data. Confira a referência (subject) e o "
    "horário da resposta.",
    en="There is no question without an answer about this agreement at this time. Check the reference "
    "(subject) and the time of the answer.",
)
TOO_MANY_DOCUMENTS: Final = Sentence(
    pt="Um acordo guarda até {most} documentos, e este já os tem: o novo ficou de fora. Envie uma correção "
    "com a lista que deve valer.",
    en="An agreement keeps up to {most} documents, and this one has them: the new one was left out. Send a "
    "correction with the list that shall hold.",
)
RETRACTS_NOTHING: Final = Sentence(
    pt="O protocolo citado não é de um aviso deste acordo que se possa retirar: o membro retira só os seus. "
    "Confira o número; "
    "uma retirada não se retira: o fato se envia de novo.",
    en="The protocol named is not of a notice about this agreement that can be retracted: a member retracts "
    "only its own. Check the number; "
    "a retraction is not retracted: the fact is sent anew.",
)
ENDS_BEFORE_START: Final = Sentence(
    pt="O prazo termina em {ends}, antes de a vigência começar em {starts}. Corrija a data errada.",
    en="The term ends on {ends}, before it begins on {starts}. Correct the wrong date.",
)
ENDS_BEFORE_SIGNATURE: Final = Sentence(
    pt="O prazo termina em {ends}, antes da assinatura em {starts}. Corrija a data que estiver errada.",
    en="The term ends on {ends}, before the signature on {starts}. Correct the date that is wrong.",
)
OWN_PARENT: Final = Sentence(
    pt="O acordo cita a si mesmo como acordo principal. Corrija o campo parent.",
    en="The agreement names itself as its parent. Correct the field parent.",
)
AMENDS_NOTHING: Final = Sentence(
    pt="Este termo aditivo não diz qual acordo altera. Informe a referência dele no campo parent.",
    en="This amendment does not say which agreement it amends. Tell its reference in the field parent.",
)
THE_BEGINNING: Final = Sentence(pt="uma data não informada", en="a day that was not told")

RESTRICTED: Final = frozenset({"answers_nothing"})
"""Codes about notices that are only between a member and who asks it."""
WATCHED: Final = frozenset({"ends_on", "parent", "instrument"})
"""Fields of which it is remembered which notice told them last: contradictions of data are about it."""


class Doubt(msgspec.Struct, frozen=True, omit_defaults=True):
    """A contradiction while the life is told; *until* the agreement is told, or told as signed."""

    contradiction: Contradiction
    until: Literal["told", "signed"] | None = None


def unexpected(state: State, expected: frozenset[State]) -> Sentence:
    """That a fact supposes one of *expected*, and found *state*."""
    names = [name_of("states", each) for each in sorted(expected)]
    either = Sentence(
        pt="” ou “".join(name.pt for name in names), en="” or “".join(name.en for name in names)
    )
    return UNEXPECTED_STATE.format(state=name_of("states", state), expected=either)


def after_the_end(template: Sentence, state: State, day: date) -> Sentence:
    """That a fact came after the agreement had been in the final *state* since *day*."""
    since = THE_BEGINNING if day == BEGINNING else _spoken(ReducedDate.of_day(day))
    return template.format(state=name_of("states", state), day=since)


def of_data(
    fields: Mapping[str, Sequence[Value]], tellers: Mapping[str, str], subject: str
) -> Iterator[Contradiction]:
    """What contradicts itself in the data as they are at last, about the notices that told them."""

    def held(field: str) -> Any:
        return held_at_last(fields.get(field, ()))

    ends = read_date(held("ends_on"))
    starts, signed = read_date(held("effective_on")), read_date(held("signed_on"))
    if ends is not None:
        by = tellers["ends_on"]
        if starts is not None and ends.last_day < starts.first_day:
            yield Contradiction("ends_before_start", _dated(ENDS_BEFORE_START, ends, starts), by)
        if signed is not None and ends.last_day < signed.first_day:
            yield Contradiction("ends_before_signature", _dated(ENDS_BEFORE_SIGNATURE, ends, signed), by)
    parent = held("parent")
    if isinstance(parent, str) and normalised_subject(parent) == subject:
        yield Contradiction("own_parent", OWN_PARENT, tellers["parent"])
    elif not parent and held("instrument") == "ADT":
        yield Contradiction("amends_nothing", AMENDS_NOTHING, tellers["instrument"])


def _dated(template: Sentence, ends: ReducedDate, starts: ReducedDate) -> Sentence:
    return template.format(ends=_spoken(ends), starts=_spoken(starts))


def _spoken(told: ReducedDate) -> Sentence:
    """*told*, never closer than it is known."""
    return Sentence(pt="/".join(reversed(told.text.split("-"))), en=told.text)
