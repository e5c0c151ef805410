"""RabbitMQ's exchanges, queues and streams in words: what each is for and carries, who does what there."""

from collections.abc import Mapping
from typing import Final

from services.contract.schemas import name_of_type
from shared.notices.attributes import told_from_outside
from shared.notices.sentences import Sentence

WHAT: Final[Mapping[str, Sentence]] = {
    "notices": Sentence(
        "Onde o ingest escreve, e mais ninguém.", "Where ingest writes, and nobody else does."
    ),
    "registry.delay": Sentence("Para tentar de novo em meio minuto.", "To be tried again in half a minute."),
    "registry.retry": Sentence(
        "Depois de meio minuto, de volta à fila de onde veio.",
        "After half a minute, back to the queue that it came from.",
    ),
    "registry.dead": Sentence("O que não pôde ser tratado.", "What could not be handled."),
    "registry.parked": Sentence("O que um operador separou.", "What an operator set aside."),
    "registry.live": Sentence("Os avisos de agora.", "The notices of now."),
    "registry.backfill": Sentence(
        "A história: nunca atrasa o que é novo.", "History: it never delays what is new."
    ),
    "notices.journal": Sentence(
        "Trinta dias de avisos, que uma restauração lê de novo.",
        "Thirty days of notices, which a restore reads again.",
    ),
    "feed": Sentence(
        "Cada item do feed em ordem de posição, depois do commit.",
        "Every feed item in order of position, after the commit.",
    ),
    "directory": Sentence(
        "Cada mensagem é o diretório inteiro: vale a de maior versão.",
        "Each message is the whole directory: the highest version holds.",
    ),
}
_NOTICES: Final = (*(name_of_type(type_) for type_ in told_from_outside()), "CanarySentEvent")
CARRIED: Final[Mapping[str, tuple[str, ...]]] = {
    "notices": _NOTICES,
    "registry.live": _NOTICES,
    "registry.backfill": _NOTICES[:-1],
    "notices.journal": _NOTICES,
    "registry.delay": ("DelayedNotice",),
    "registry.retry": ("DelayedNotice",),
    "registry.dead": ("DeadNotice",),
    "registry.parked": ("DeadNotice",),
    "feed": ("FeedEvent", "RestoredEvent", "FeedCanaryEvent"),
    "directory": ("DirectoryEvent",),
}
DONE: Final[tuple[tuple[str, str, str, Sentence], ...]] = (
    (
        "publishNotice",
        "send",
        "notices.exchange",
        Sentence("Ingest publica um aviso.", "Ingest publishes a notice."),
    ),
    (
        "registerLive",
        "receive",
        "registry.live",
        Sentence("O registro toma avisos.", "The registry takes notices."),
    ),
    (
        "registerBackfill",
        "receive",
        "registry.backfill",
        Sentence("O registro toma a história.", "The registry takes history."),
    ),
    (
        "recover",
        "receive",
        "notices.journal",
        Sentence(
            "O registro relê o que falta ao banco.", "The registry reads again what the database misses."
        ),
    ),
    (
        "delayNotice",
        "send",
        "registry.delay.exchange",
        Sentence("O registro adia um aviso.", "The registry puts a notice off."),
    ),
    (
        "buryNotice",
        "send",
        "registry.dead.exchange",
        Sentence("O registro desiste de um aviso.", "The registry gives a notice up."),
    ),
    (
        "publishItem",
        "send",
        "feed",
        Sentence("O registro conta o que registrou.", "The registry tells what it wrote."),
    ),
    (
        "publishDirectory",
        "send",
        "directory",
        Sentence(
            "O registro publica quem fala na rede.", "The registry publishes who speaks in the network."
        ),
    ),
)
