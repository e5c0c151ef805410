"""A fictional year of the network: whole lives of agreements, so that a demonstration has answers to give.

Every title and every partner says that it is fiction. The same day gives the same events: a second load is
harmless.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, Literal, NamedTuple

FICTION: Final = "DEMONSTRAÇÃO — fictício"
SOURCE: Final = "/demonstracao/ano"
BELO_HORIZONTE, UBERLANDIA, JUIZ_DE_FORA, STATE = "3106200", "3170206", "3136702", "31"
ACROSS_THE_STATE: Final = ("3143302", "3127701", "3170107", "3152501", "3168606", "3122306")
"""One town in each of six mesoregions, told of by the coordination."""

Who = Literal["member", "coordination"]
BOILERPLATE: Final = (
    "As partes promoverão, com base na igualdade e no benefício mútuo, o intercâmbio de delegações, de "
    "experiências administrativas, de artistas e de estudantes, sem transferência de recursos, e avaliarão a "
    "cada ano o que foi feito (texto fictício)."
)


class Told(NamedTuple):
    """An event, and who sends it: its own member or the coordination."""

    who: Who
    event: dict[str, Any]


def fictional_year(today: date) -> list[Told]:
    """What happened in the year before *today*, in the order of telling."""
    year = _Year(today)
    return [*year.water(), *year.courting(), *year.waiting(), *year.loans(), *year.same_text(), *year.lives()]


class _Year:
    def __init__(self, today: date) -> None:
        self._today = today
        self._numbers: dict[tuple[str, str], int] = {}

    def water(self) -> Iterator[Told]:
        """In force with Italy on water, and nearly over."""
        told = self._telling(
            "ACT", "perdas de água na rede", "Cidade Exemplo das Águas", "city", "IT", signed=-700
        )
        told |= {
            "themes": ["AGUA"],
            "sdgs": [6],
            "effective_on": self._day(-690),
            "ends_on": self._day(60),
            "renewal": "manual",
            "objectives": [
                {"text": "Reduzir as perdas na rede (fictício)", "indicator": "perdas", "unit": "%"}
            ],
        }
        yield self._told("member", (BELO_HORIZONTE, "agua"), "signed", told, -700)

    def courting(self) -> Iterator[Told]:
        """Two cities and one foreign province, which do not know of each other."""
        for member, days in ((BELO_HORIZONTE, -80), (UBERLANDIA, -45)):
            told = self._telling("MOU", "missões empresariais", "Província Exemplo", "region", "IT")
            told |= {"themes": ["COM"]}
            yield self._told("member", (member, "provincia"), "negotiation_opened", told, days)

    def waiting(self) -> Iterator[Told]:
        """On the way to a signature, before the federal government."""
        for member, body, days in ((BELO_HORIZONTE, "MRE", -120), (JUIZ_DE_FORA, "ABC", -200)):
            told = self._telling("AC", "formação técnica", f"Agência Exemplo {body}", "agency", "DE")
            told |= {"themes": ["EDU"], "sdgs": [4]}
            subject = f"consulta-{body}"
            yield self._told("member", (member, subject), "negotiation_opened", told, days - 30)
            yield self._told("member", (member, subject), "submitted_for_review", {}, days - 10)
            gate = {"gate": "federal", "status": "consulted", "body": body, "since": self._day(days)}
            yield self._told("coordination", (member, subject), "gate_updated", gate, days)

    def loans(self) -> Iterator[Told]:
        """External loans, each at another stage."""
        stages = (
            (UBERLANDIA, "COFIEX", "40000000.00", -90),
            (JUIZ_DE_FORA, "STN", "25000000.00", -150),
            (STATE, "SENADO", "200000000.00", -20),
        )
        for member, body, value, days in stages:
            told = self._telling("EMP", "mobilidade e drenagem", "Banco Exemplo de Desenvolvimento", "bank")
            told |= {
                "themes": ["MOB"],
                "sdgs": [11],
                "amounts": [{"value": value, "currency": "USD", "kind": "loan"}],
            }
            who: Who = "coordination" if member == STATE else "member"
            yield self._told(who, (member, "emprestimo"), "negotiation_opened", told, days - 100)
            gate = {"gate": "federal", "status": "consulted", "body": body, "since": self._day(days)}
            yield self._told("coordination", (member, "emprestimo"), "gate_updated", gate, days)

    def same_text(self) -> Iterator[Told]:
        """Twinnings with the same text, signed in the last days by towns of six regions."""
        for number, member in enumerate(ACROSS_THE_STATE):
            told = self._telling(
                "IRM", "irmanamento", f"Cidade Exemplo {number}", "city", "JP", signed=-1 - number
            )
            told |= {
                "object": BOILERPLATE,
                "themes": ["CULT"],
                "effective_on": self._day(-number),
                "ends_on": None,
            }
            yield self._told("coordination", (member, "irmanamento"), "signed", told, -1 - number)

    def lives(self) -> Iterator[Told]:
        """Whole lives: renewed late, suspended and resumed, amended, ended, with a question open."""
        told = self._telling(
            "MOU", "pesquisa em energia", "Universidade Exemplo", "university", "FR", signed=-1500
        )
        told |= {"themes": ["ENER"], "effective_on": self._day(-1500), "ends_on": self._day(-200)}
        yield self._told("member", (JUIZ_DE_FORA, "energia"), "signed", told, -1500)
        renewal = {"signed_on": self._day(-170), "ends_on": self._day(900)}
        yield self._told("member", (JUIZ_DE_FORA, "energia"), "renewed", renewal, -170)

        told = self._telling(
            "ACT", "museus e arquivos", "Cidade Exemplo dos Museus", "city", "PT", signed=-900
        )
        told |= {"themes": ["CULT"], "effective_on": self._day(-890), "ends_on": self._day(400)}
        yield self._told("member", (BELO_HORIZONTE, "museus"), "signed", told, -900)
        yield self._told(
            "member", (BELO_HORIZONTE, "museus"), "suspended", {"effective_on": self._day(-300)}, -300
        )
        yield self._told(
            "member", (BELO_HORIZONTE, "museus"), "resumed", {"effective_on": self._day(-100)}, -100
        )
        question = {"text": "O plano de trabalho de 2027 já foi acertado? (pergunta fictícia)"}
        yield self._told("coordination", (BELO_HORIZONTE, "museus"), "question_asked", question, -5)

        told = self._telling("CONV", "queijo artesanal", "Região Exemplo", "region", "FR", signed=-600)
        told |= {"themes": ["AGRO"], "effective_on": self._day(-600), "ends_on": self._day(300)}
        yield self._told("member", (UBERLANDIA, "queijo"), "signed", told, -600)
        amendment = {"effective_on": self._day(-250), "changes": {"themes": ["AGRO", "TUR"]}}
        yield self._told("member", (UBERLANDIA, "queijo"), "amended", amendment, -250)
        ending = {"effective_on": self._day(-30), "side": "mutual"}
        yield self._told("member", (UBERLANDIA, "queijo"), "terminated", ending, -30)

    def _telling(
        self, instrument: str, title: str, partner: str, kind: str, country: str = "", *, signed: int = 0
    ) -> dict[str, Any]:
        told: dict[str, Any] = {
            "instrument": instrument,
            "basis": "bilateral",
            "title": f"{FICTION}: {title}",
            "partners": [
                {"name": f"{FICTION}: {partner}", "kind": kind} | ({"country": country} if country else {})
            ],
        }
        return told | ({"signed_on": self._day(signed)} if signed else {})

    def _told(self, who: Who, of: tuple[str, str], fact: str, data: dict[str, Any], days: int) -> Told:
        member, life = of
        number = self._numbers[of] = self._numbers.get(of, 0) + 1
        noon = datetime.combine(self._today + timedelta(days), time(15), UTC)
        return Told(
            who,
            {
                "specversion": "1.0",
                "id": f"{self._today}/{life}/{number}",
                "source": SOURCE,
                "type": f"br.malha.agreement.{fact}.v1",
                "member": member,
                "subject": f"{FICTION} {life}",
                "time": noon.isoformat(),
                "backfill": True,
                "data": data,
            },
        )

    def _day(self, days: int) -> str:
        return (self._today + timedelta(days)).isoformat()
