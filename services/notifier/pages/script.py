"""What the page's modules say."""

from typing import Any

from services.notifier.pages import kinds
from shared.web.wording import Words


def of_the_console(say: Words) -> dict[str, Any]:
    """The words of the feed, of the stream's state, and of all that the map and the card say."""
    return {
        "complete": say.gettext("completo até {n}"),
        "connecting": say.gettext("conectando"),
        "reconnecting": say.gettext("reconectando, completo até {n}"),
        "gap": say.gettext("lacuna depois de {n}: buscando o que falta"),
        "gap_stays": say.gettext(
            "lacuna depois de {n}: não foi possível buscar o que falta, nova tentativa em instantes"
        ),
        "signed_out": say.gettext("sua sessão terminou: entre de novo"),
        "held_one": say.gettext("Mostrar 1 fato novo"),
        "held": say.gettext("Mostrar {n} fatos novos"),
        "held_most": say.gettext("Mostrar os {n} fatos mais novos"),
        "group": say.gettext("{n} fatos quase juntos"),
        "remarks_one": say.gettext("1 observação"),
        "remarks": say.gettext("{n} observações"),
        "visibility": visibilities(say),
        "no_older": say.gettext("Não há fatos mais antigos para mostrar."),
        "failed": say.gettext("Não foi possível consultar agora."),
        "again": say.gettext("Tentar de novo"),
        "since": say.gettext("Desde a sua última visita, {when}"),
        "since_one": say.gettext("1 fato novo"),
        "since_many": say.gettext("{n} fatos novos"),
        "since_most": say.gettext("mais de {n} fatos novos"),
        "seen_line": say.gettext("Daqui para baixo, o que você já viu"),
        "alerts_many": say.gettext("{n} fatos novos em Acordos de Minas"),
        "alerts_denied": say.gettext(
            "O navegador não deixa este site avisar. Mude isso nas permissões do site e marque de novo."
        ),
        "alerts_missing": say.gettext("Este navegador não mostra avisos."),
        "kinds": kinds.names(say),
        "kind_order": list(kinds.TYPES),
        "kind_of": {type_: kind for kind, types in kinds.TYPES.items() for type_ in types},
        **of_the_map(say),
    }


def visibilities(say: Words) -> dict[str, str]:
    """How a fact is marked that not everybody sees."""
    return {"network": say.gettext("só a rede"), "restricted": say.gettext("restrito")}


def of_the_map(say: Words) -> dict[str, Any]:
    """The words of the map, its list and the card."""
    return {
        "and_more_one": say.gettext("mais 1"),
        "and_more": say.gettext("mais {n}"),
        "point": say.gettext("Aponte ou toque um município."),
        "unknown": say.gettext("sem informação"),
        "none": say.gettext("nenhum"),
        "or_more": say.gettext("{n} ou mais"),
        "from_to": say.gettext("{a} a {b}"),
        "measures": {
            "in_force": [say.gettext("{n} em vigor"), say.gettext("{n} em vigor")],
            "signed": [say.gettext("{n} assinado"), say.gettext("{n} assinados")],
            "expiring_90_days": [
                say.gettext("{n} vence em até 90 dias"),
                say.gettext("{n} vencem em até 90 dias"),
            ],
            "last_heard_on": [say.gettext("último contato em {day}"), say.gettext("último contato em {day}")],
        },
        "never_heard": say.gettext("ainda não enviou avisos"),
        "heard": [
            say.gettext("nos últimos 30 dias"),
            say.gettext("nos últimos 3 meses"),
            say.gettext("nos últimos 6 meses"),
            say.gettext("no último ano"),
            say.gettext("há mais de um ano"),
        ],
        "as_of_map": say.gettext("Situação em {date}."),
        "map_failed": say.gettext("O mapa não pôde ser carregado agora. A lista ao lado diz o mesmo."),
        "loading": say.gettext("Consultando…"),
        "failed": say.gettext("Não foi possível consultar agora."),
        "again": say.gettext("Tentar de novo"),
        "close": say.gettext("Fechar"),
        "card": card(say),
    }


def card(say: Words) -> dict[str, str]:
    """The words of the card: one click on a city."""
    return {
        "signed": say.gettext("acordos assinados, desde sempre"),
        "signed_one": say.gettext("acordo assinado, desde sempre"),
        "definition": say.gettext(
            "Assinados ou informados. Não contam os anulados, os unificados, os aditivos e as leis de "
            "irmandade sem acordo."
        ),
        "as_of": say.gettext("Situação em {date}."),
        "mandate": say.gettext("neste mandato, desde 2025"),
        "state_mandate": say.gettext("neste mandato, desde 2023"),
        "in_force": say.gettext("em vigor"),
        "negotiating": say.gettext("em negociação"),
        "expiring": say.gettext("vencem em até 90 dias"),
        "unilateral": say.gettext("leis de irmandade sem acordo"),
        "countries": say.gettext("Por país"),
        "last_heard": say.gettext("Último contato"),
        "last_nil": say.gettext("Declarou não ter acordos em"),
        "never": say.gettext("sem informação: ainda não enviou avisos"),
        "page": say.gettext("Página completa"),
        "briefing": say.gettext("Resumo em PDF"),
        "follow": say.gettext("Só estes fatos"),
    }
