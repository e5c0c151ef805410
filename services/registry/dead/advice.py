"""What to do about a message that died, by its reason: what an operator reads first."""

from collections.abc import Mapping
from typing import Final

from services.registry.dead.letters import Act
from shared.notices.sentences import Sentence

REASONS: Final[Mapping[str, Sentence]] = {
    "junk": Sentence("não pôde ser lido", "could not be read"),
    "failed": Sentence("falhou cinco vezes", "failed five times"),
    "ended_process": Sentence("encerrou o processo três vezes", "ended the process three times"),
    "delivery_limit": Sentence("voltou à fila vezes demais", "went back to its queue too often"),
    "unknown": Sentence("não diz por quê", "does not say why"),
}
ADVICE: Final[Mapping[str, Sentence]] = {
    "junk": Sentence(
        "Esta versão não o lê: o tipo é mais novo do que ela, ou alguém o pôs na fila à mão. Depois de "
        "atualizar, simule e reenvie; o que foi posto à mão, separe e descarte.",
        "This version cannot read it: its type is newer, or somebody put it into the queue by hand. After an "
        "upgrade try it out and replay it; what was put in by hand: park it, then discard it.",
    ),
    "failed": Sentence(
        "A causa está no erro: um membro que falta (“malha members add”), um defeito nosso. Resolva a causa, "
        "simule, reenvie. Nada se perdeu: o aviso espera aqui.",
        "The error says why: a member that is missing (“malha members add”), a mistake of ours. Mend that, "
        "try it out, replay it. Nothing is lost: the notice waits here.",
    ),
    "ended_process": Sentence(
        "O registro caiu três vezes com ele nas mãos. Separe-o, guarde o registro de erros do serviço, e só "
        "reenvie com uma versão que o suporte.",
        "The registry ended three times while it handled this one. Park it, keep the service's log, and "
        "replay it only on a version that bears it.",
    ),
    "delivery_limit": Sentence(
        "Mil devoluções: o registro perdia a conexão sem parar. Veja as conexões; depois reenvie.",
        "A thousand returns: the registry kept losing its connection. Look at the connections, then replay.",
    ),
    "unknown": Sentence(
        "Alguém o moveu com as ferramentas do RabbitMQ. O conteúdo está inteiro: simule e reenvie.",
        "Somebody moved it with RabbitMQ's own tools. Its content is whole: try it out and replay it.",
    ),
}
ACTS: Final[Mapping[Act, Sentence]] = {
    "replay": Sentence("reenviar", "replay"),
    "park": Sentence("separar", "park"),
    "unpark": Sentence("trazer de volta", "unpark"),
    "discard": Sentence("descartar", "discard"),
}


def reason_said(reason: str) -> Sentence:
    """What *reason* says; one that somebody wrote by hand stands as it is."""
    return REASONS.get(reason, Sentence(reason, reason))


def advice_on(reason: str) -> Sentence:
    """What to do about it."""
    return ADVICE.get(reason, ADVICE["unknown"])
