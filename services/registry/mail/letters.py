"""What a letter says: of a few things that need an answer, in the reader's language.

It names no person, repeats no more of what people wrote than a title, and of what is restricted not even
that: whoever may see it signs in.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from services.registry.mail.concerns import Concern
from services.registry.mail.paper import Block, Button, Entries, Entry, Foot, Paragraph, quoted, written
from shared.notices.sentences import Language
from shared.web.shown import shown_day
from shared.web.wording import words

MOST_NAMED: Final = 20
"""Things that a letter names one by one."""


class Draft(NamedTuple):
    """A letter that has no address yet."""

    subject: str
    text: str
    html: str


def of_questions(concerns: Sequence[Concern], language: Language, origin: str, foot: Foot) -> Draft:
    """Somebody asks the member."""
    say = words(language)
    title = say.ngettext("Há uma pergunta para vocês", "Há {n} perguntas para vocês", len(concerns)).format(
        n=len(concerns)
    )
    opening = say.gettext(
        "O governo do estado perguntou sobre acordos de vocês. A pergunta está na página do acordo: "
        "entre para ler e responder."
    )

    def note(concern: Concern) -> str:
        day = concern.told.get("answer_by")
        if not isinstance(day, str):
            return ""
        return say.gettext("responder até {day}").format(day=shown_day(day, language))

    entries = [Entry(_title(each, language), _agreement_url(each, origin), note(each)) for each in concerns]
    button = Button(say.gettext("Ler e responder"), f"{origin}/membro")
    return _draft(language, title, [Paragraph(opening), *_named(entries, language), button], foot)


def of_remarks(concerns: Sequence[Concern], language: Language, origin: str, foot: Foot) -> Draft:
    """What the member sent was registered, and something about it does not fit."""
    say = words(language)
    title = say.ngettext(
        "Um aviso de vocês foi registrado com observações",
        "{n} avisos de vocês foram registrados com observações",
        len(concerns),
    ).format(n=len(concerns))
    opening = say.gettext(
        "Nada se perdeu: o que vocês enviaram está registrado. Mas algo não combina com o que já se sabia. "
        "A página explica o que é e como corrigir."
    )
    entries = []
    for each in concerns:
        remarks = say.ngettext("{n} observação", "{n} observações", each.item.remarks)
        note = f"{remarks.format(n=each.item.remarks)} · {each.item.protocol}"
        entries.append(Entry(_title(each, language), f"{origin}/protocolos/{each.item.protocol}", note))
    button = Button(say.gettext("Ver o que fazer"), f"{origin}/membro")
    return _draft(language, title, [Paragraph(opening), *_named(entries, language), button], foot)


def of_expiring(concerns: Sequence[Concern], language: Language, origin: str, foot: Foot) -> Draft:
    """The term of an agreement comes to its end."""
    say = words(language)
    title = say.ngettext(
        "Um acordo de vocês está perto do fim", "{n} acordos de vocês estão perto do fim", len(concerns)
    ).format(n=len(concerns))
    opening = say.gettext(
        "Se o acordo foi renovado, registre a renovação. Se vai terminar, não é preciso fazer nada: "
        "o fim é registrado no dia."
    )

    def note(concern: Concern) -> str:
        days, day = concern.told.get("days"), concern.told.get("ends_on")
        if not isinstance(days, int) or not isinstance(day, str):
            return ""
        left = say.ngettext("falta {n} dia", "faltam {n} dias", days).format(n=days)
        return say.gettext("termina em {day}, {left}").format(day=shown_day(day, language), left=left)

    entries = [Entry(_title(each, language), _agreement_url(each, origin), note(each)) for each in concerns]
    button = Button(say.gettext("Ver os acordos"), f"{origin}/membro")
    return _draft(language, title, [Paragraph(opening), *_named(entries, language), button], foot)


def _draft(language: Language, title: str, blocks: Sequence[Block], foot: Foot) -> Draft:
    told = written(language, title, blocks, foot)
    return Draft(title, told.text, told.html)


def _named(entries: Sequence[Entry], language: Language) -> list[Block]:
    blocks: list[Block] = [Entries(entries[:MOST_NAMED])]
    more = len(entries) - MOST_NAMED
    if more > 0:
        said = words(language).ngettext("E mais um.", "E mais {n}.", more).format(n=more)
        blocks.append(Paragraph(said))
    return blocks


def _title(concern: Concern, language: Language) -> str:
    agreement = concern.item.agreement
    if agreement is None or concern.visibility == "restricted":
        return words(language).gettext("Um acordo de acesso restrito")
    return quoted(agreement.title or "") or quoted(agreement.subject)


def _agreement_url(concern: Concern, origin: str) -> str:
    agreement = concern.item.agreement
    return f"{origin}/membro" if agreement is None else f"{origin}/acordos/{agreement.id}"
