"""What would become of a message if it were replayed now: registered for a moment, and taken back."""

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from services.registry.dead.letters import Letter
from services.registry.taking.reading import read_body
from services.registry.writing.outcome import Conflicted, Outcome
from services.registry.writing.registrar import Registrar
from shared.database import Database, DatabaseUnavailable
from shared.notices.envelope import Delivery, InvalidDelivery
from shared.notices.sentences import Sentence

Prospect = Literal["registers", "repeats", "conflicts", "junk", "fails", "untried"]
SAYS: Final[Mapping[Prospect, Sentence]] = {
    "registers": Sentence("seria registrado", "would be registered"),
    "repeats": Sentence("já está registrado; nada mudaria", "is registered already; nothing would change"),
    "conflicts": Sentence(
        "entraria em conflito com o que está registrado", "would conflict with what is registered"
    ),
    "junk": Sentence("não pode ser lido; voltaria para cá", "cannot be read; it would come back here"),
    "fails": Sentence(
        "falharia de novo; voltaria para cá em dois minutos",
        "would fail again; it would be back in two minutes",
    ),
    "untried": Sentence(
        "encerrou o processo antes; não se tenta aqui", "ended the process before; it is not tried here"
    ),
}
ENDED_PROCESS: Final = "ended_process"


class Trial(msgspec.Struct, frozen=True):
    """What would become of one message, and why."""

    id: str
    protocol: str | None
    prospect: Prospect
    why: str = ""


class _TakenBack(Exception):  # noqa: N818 - how every trial ends
    def __init__(self, outcome: Outcome) -> None:
        super().__init__("the trial is over")
        self.outcome = outcome


class Bench(Registrar):
    """A registrar that takes back whatever it has registered."""

    async def outcome(self, delivery: Delivery) -> Outcome | Exception:
        """What registering *delivery* would come to. Raises DatabaseUnavailable."""
        try:
            async with self._transaction() as connection:
                [outcome] = await self._write_down(connection, [delivery])
                raise _TakenBack(outcome)  # noqa: TRY301 - only an exception rolls it back
        except _TakenBack as back:
            return back.outcome
        except DatabaseUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
            return error


async def try_out(
    database_url: str, environment: str, found: Mapping[str, tuple[Letter, bytes]]
) -> list[Trial]:
    """What would become of each of *found* {id: (letter, body)} if it were replayed now.

    One after the other, each in a transaction of its own that is rolled back: nobody waits for longer than a
    notice takes. Raises DatabaseUnavailable.
    """
    database = Database(database_url, "malha-registry trials", most_connections=1)
    bench = Bench(database)
    try:
        return [await _try(bench, environment, letter, body) for letter, body in found.values()]
    finally:
        await bench.close()
        await database.close()


async def _try(bench: Bench, environment: str, letter: Letter, body: bytes) -> Trial:
    delivery = read_body(body, environment)
    if isinstance(delivery, InvalidDelivery):
        return Trial(letter.id, letter.protocol, "junk", str(delivery)[:200])
    if letter.reason == ENDED_PROCESS:
        return Trial(letter.id, letter.protocol, "untried")
    outcome = await bench.outcome(delivery)
    if isinstance(outcome, Exception):
        return Trial(letter.id, letter.protocol, "fails", type(outcome).__name__)
    if isinstance(outcome, Conflicted):
        return Trial(letter.id, letter.protocol, "conflicts")
    return Trial(letter.id, letter.protocol, "repeats" if outcome.repeated else "registers")
