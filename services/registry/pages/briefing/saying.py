"""What a sheet says, in words: what was gathered comes in, the content of the sheet goes out. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final

from services.registry import queries
from services.registry.pages.boards.lines import Line
from services.registry.pages.briefing.gathering import (
    MOST_NOTES,
    SOON_DAYS,
    Gathered,
    Group,
    Subject,
    known_in,
)
from services.registry.shapes import MemberView
from shared import data
from shared.notices.dates import ReducedDate
from shared.notices.sentences import Language
from shared.web.shown import shown_day, shown_instant, shown_name, shown_number
from shared.web.wording import words

_MOST_BARS: Final = 6
_LONGEST: Final = 110
_PATHS: Final = {"country": "paises", "member": "municipios", "theme": "temas"}
_LISTS: Final = {"country": "countries", "theme": "themes"}

Content = dict[str, Any]


class Saying:
    """Says it in one language; *origin* is where the page of the subject stands."""

    def __init__(self, language: Language, origin: str) -> None:
        self._language: Language = language
        self._say = words(language)
        self._origin = origin

    def sheet(self, subject: Subject, found: Gathered, made_at: datetime) -> Content:
        """The content of the sheet."""
        _ = self._say.gettext
        return {
            "lang": self._language,
            "region": "BR" if self._language == "pt" else "GB",
            "publisher": _("Acordos de Minas"),
            "kicker": _("Acordos de Minas · resumo para reunião"),
            "title": self._title(subject),
            "as-of": _("Situação em {day}").format(day=shown_day(found.day, self._language)),
            "warning": self._warning(found.lines),
            "unknown": _("sem informação"),
            "figures": list(self._figures(found)),
            "apart": self._apart(found),
            "parts": [part for part in self._parts(found) if part["rows"] or part["notes"]],
            "listing": self._listing(subject, found),
            "foot": self._foot(made_at),
            "source": f"{self._origin}/{_PATHS[subject.about]}/{subject.key}",
        }

    def _title(self, subject: Subject) -> str:
        if subject.about == "member":
            return data.municipalities()[subject.key].name
        name = self._named(subject.key, _LISTS[subject.about])
        return name[:1].upper() + name[1:]

    def _warning(self, lines: Sequence[Line]) -> str | None:
        kinds = {line.visibility for line in lines}
        if "restricted" in kinds:
            return self._say.gettext("Contém acordos restritos. Não distribua este papel.")
        if "network" in kinds:
            return self._say.gettext("Contém acordos que só a rede vê. Não publique este papel.")
        return None

    def _figures(self, found: Gathered) -> Iterator[Content]:
        _, member, counts = self._say.gettext, found.member, found.municipal
        shown = (
            (counts.signed, counts.in_force, counts.negotiating, counts.expiring)
            if member is None
            else (member.signed.ever, member.in_force, member.negotiating, member.expiring_90_days)
        )
        signed = _("assinados pelos municípios, desde sempre") if member is None else self._signed(member)
        says = (signed, _("em vigor"), _("em negociação"), _("vencem em até 90 dias"))
        for n, words_of_it in zip(shown, says, strict=True):
            yield {"n": None if n is None else shown_number(n, self._language), "says": words_of_it}

    def _signed(self, member: MemberView) -> str:
        n = member.signed.this_mandate
        if n is None:
            return self._say.gettext("assinados, desde sempre")
        return self._say.gettext("assinados, desde sempre ({n} neste mandato)").format(n=n)

    def _apart(self, found: Gathered) -> str | None:
        """What the large numbers leave out, or when the member was last heard."""
        _ = self._say.gettext
        if found.member is not None:
            return self._heard(found.member)
        parts = []
        for figures, name in (
            (found.state, _("Estado de Minas Gerais")),
            (found.organisations, _("organizações da rede")),
        ):
            if known_in(figures):
                parts.append(
                    _("{who}: {signed} assinados, {negotiating} em negociação").format(
                        who=name, signed=figures.signed, negotiating=figures.negotiating
                    )
                )
        if found.municipal.unilateral:
            n = found.municipal.unilateral
            parts.append(self._say.ngettext("{n} lei unilateral", "{n} leis unilaterais", n).format(n=n))
        return _("À parte: {parts}.").format(parts="; ".join(parts)) if parts else None

    def _heard(self, member: MemberView) -> str:
        _ = self._say.gettext
        if member.last_heard_at is None:
            heard = _("O município nunca deu notícia.")
        else:
            heard = _("Última notícia do município: {instant}.").format(
                instant=shown_instant(member.last_heard_at, self._language)
            )
        if member.last_nil_return is None:
            return heard
        nil = _("Declarou nada a declarar até {day}.").format(
            day=shown_day(member.last_nil_return, self._language)
        )
        return f"{heard} {nil}"

    def _parts(self, found: Gathered) -> Iterator[Content]:
        _ = self._say.gettext
        titles = {
            "member": _("De quem são"),
            "country": _("Com que países"),
            "theme": _("Sobre que temas"),
        }
        for group in found.groups:
            yield {"title": titles[group.by], "rows": list(self._bars(group)), "notes": []}
        waiting = sorted(found.waiting, key=lambda line: (_since(line) or date.max, line.known_from))
        yield {
            "title": self._with_count(_("À espera de Brasília"), len(waiting)),
            "rows": [],
            "notes": [self._waiting(line, found.day) for line in waiting[:MOST_NOTES]],
        }
        yield {
            "title": _("Vencem em até {days} dias").format(days=SOON_DAYS),
            "rows": [],
            "notes": [self._ending(line, named=found.member is None) for line in found.ending],
        }

    def _with_count(self, title: str, n: int) -> str:
        return f"{title} ({n})" if n > MOST_NOTES else title

    def _bars(self, group: Group) -> Iterator[Content]:
        for figures in group.figures[:_MOST_BARS]:
            if known_in(figures):
                yield {"says": self._key(group.by, figures.key), "n": known_in(figures)}

    def _key(self, by: queries.Grouped, key: str) -> str:
        if by == "member":
            found = data.members().get(key)
            return key if found is None else found.name
        return self._named(key, _LISTS[by])

    def _waiting(self, line: Line, day: date) -> Content:
        federal = line.told["gates"]["federal"]
        since, body = _since(line), federal.get("body")
        if since is None:
            lead = self._say.gettext("sem data")
        else:
            days = max(0, (day - since).days)
            lead = self._say.ngettext("há {n} dia", "há {n} dias", days).format(n=days)
        where = self._named(body, "federal_bodies") if body else self._say.gettext("órgão não informado")
        return {"lead": lead, "says": f"{where}: {_short(self._titled(line))}"}

    def _ending(self, line: Line, *, named: bool) -> Content:
        lead = shown_day(line.told["ends_on"], self._language)
        title = _short(self._titled(line))
        return {"lead": lead, "says": f"{title} ({line.member_name})" if named else title}

    def _listing(self, subject: Subject, found: Gathered) -> Content:
        _, about_one = self._say.gettext, subject.about == "member"
        whose = _("Com quem") if about_one else _("De quem")
        return {
            "title": _("Os acordos"),
            "header": [_("Acordo"), whose, _("Assinatura e prazo"), _("Situação")],
            "rows": [self._row(line, about_one=about_one) for line in found.lines],
            "total": found.total,
            "one-more": _("E mais um, na página."),
            "more": _("E mais {n}, na página."),
            "empty": _("Nenhum acordo é conhecido. Isso não quer dizer que não haja."),
        }

    def _row(self, line: Line, *, about_one: bool) -> Content:
        instrument = line.told.get("instrument")
        kind = "" if instrument is None else self._named(instrument, "instruments")
        partners = _short("; ".join(self._partner(each) for each in line.partners[:3]))
        return {
            "title": _short(self._titled(line)),
            "kind": kind if about_one or not partners else f"{kind} · {partners}",
            "whose": partners if about_one else _short(line.member_name),
            "days": self._days(line),
            "state": self._named(line.state, "states"),
        }

    def _partner(self, partner: dict[str, Any]) -> str:
        name, country = partner.get("name") or "", partner.get("country")
        return f"{name} ({self._named(country, 'countries')})" if country else name

    def _days(self, line: Line) -> str:
        _ = self._say.gettext
        signed, ends = line.told.get("signed_on"), line.told.get("ends_on")
        found = [] if signed is None else [self._numbers(signed)]
        if ends is not None:
            found.append(_("até {day}").format(day=self._numbers(ends)))
        elif "ends_on" in line.told:
            found.append(_("prazo indeterminado"))
        return ", ".join(found) or "—"

    def _numbers(self, day: str) -> str:
        """A day in figures; a month or a year alone as what it is."""
        return "/".join(reversed(day.split("-")))

    def _titled(self, line: Line) -> str:
        return line.title or self._say.gettext("Sem título")

    def _foot(self, made_at: datetime) -> str:
        told = self._say.gettext(
            "Contam os acordos que quem pediu pode ver. Assinados: assinados ou informados desde sempre, sem "
            "anulados, repetidos, aditivos e leis unilaterais. As barras somam assinados e em negociação. "
            "Feito em {instant}."
        )
        return told.format(instant=shown_instant(made_at, self._language))

    def _named(self, code: str, names: str) -> str:
        return shown_name(code, names, self._language)


def _since(line: Line) -> date | None:
    told = line.told["gates"]["federal"].get("since")
    return None if told is None else ReducedDate.parse(told).last_day


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1].rstrip()}…"
