"""`malha dead replay|park|unpark|discard`: what is to become of failed notices."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from services.command.dead_access import account, chosen_from, looked, ordering
from services.command.dead_standing import Json, Wait, tell
from services.command.failure import Failure
from services.command.output import as_json, as_table, errors
from services.command.stack import Stack

if TYPE_CHECKING:
    from services.registry.dead.letters import Act, Letter
    from services.registry.dead.trying import Trial

TRIED_AT_MOST = 500
DEFAULT_RATE = 20
Messages = Annotated[
    list[str] | None, typer.Argument(help="Ids, começos de id ou protocolos · ids or protocols")
]
Every = Annotated[bool, typer.Option("--all", help="Tudo o que está lá agora · all that is there now")]
Reason = Annotated[str | None, typer.Option(help="Só com este motivo · of this reason alone")]
Error = Annotated[str | None, typer.Option(help="Só com isto no erro · with this in the error")]
Member = Annotated[str | None, typer.Option(help="Só deste membro · of this member alone")]
Why = Annotated[str, typer.Option("--why", help="Por quê, para a auditoria · why, for the audit")]
Rate = Annotated[int, typer.Option(help="Avisos por segundo · notices a second", min=1, max=500)]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Só diz o que aconteceria · says what would happen")]
Yes = Annotated[bool, typer.Option("--yes", help="Sem perguntar · without asking")]
_HELP: "dict[Act, str]" = {
    "replay": "Manda registrar de novo · Has them registered after all.",
    "park": "Separa para depois; `unpark` traz de volta · Sets them aside; `unpark` brings them back.",
    "unpark": "Traz de volta o que foi separado · Brings back what was set aside.",
    "discard": "Descarta o que foi separado, se outra pessoa aprovar · Discards it, if another approves.",
}


def install(app: typer.Typer) -> None:
    """Add what orders to *app*."""
    for act, says in _HELP.items():
        app.command(act, help=says)(_command(act))


def _command(act: "Act") -> Callable[..., None]:
    def order(
        messages: Messages = None,
        *,
        every: Every = False,
        reason: Reason = None,
        error: Error = None,
        member: Member = None,
        why: Why = "",
        rate: Rate = DEFAULT_RATE,
        dry_run: DryRun = False,
        yes: Yes = False,
        wait: Wait = False,
        json: Json = False,
    ) -> None:
        chosen = _Chosen(messages, every, reason, error, member)
        _order(act, chosen, _How(why, rate, dry_run=dry_run, yes=yes, wait=wait, json=json))

    return order


class _Chosen(NamedTuple):
    """Which messages an order is about."""

    names: list[str] | None
    every: bool
    reason: str | None
    error: str | None
    member: str | None


class _How(NamedTuple):
    """How it is ordered."""

    why: str
    rate: int
    dry_run: bool
    yes: bool
    wait: bool
    json: bool


def _order(act: "Act", chosen: _Chosen, how: _How) -> None:
    stack = Stack.current()
    letters = looked(stack, lambda connection: _find(stack, connection, act, chosen))
    if how.dry_run:
        _tell_prospects(stack, act, letters, json=how.json)
        return
    if not how.why.strip():
        raise Failure("Diga por quê: --why, para a auditoria.", "Say why: --why, for the audit.")
    if not how.yes:
        _confirm(act, letters)

    async def run(connection: Any) -> int:
        from services.registry.dead import orders  # noqa: PLC0415 (only what orders pays for it)

        frozen = {letter.id: letter.protocol for letter in letters}
        order = await orders.draft(connection, act, frozen, account())
        await orders.confirm(connection, order, account(), reason=how.why.strip(), rate=how.rate)
        return order

    tell(stack, ordering(stack, run), wait=how.wait, json=how.json)


async def _find(stack: Stack, connection: Any, act: "Act", chosen: _Chosen) -> "list[Letter]":
    """What the order is about; a Failure when that is nothing, or when nobody said what."""
    from services.registry.dead import looking  # noqa: PLC0415 (as above)
    from services.registry.dead.letters import SOURCE  # noqa: PLC0415 (as above)

    if not (chosen.names or chosen.every or chosen.reason or chosen.error or chosen.member):
        raise Failure(
            "Diga quais: ids, protocolos, --reason, --error, --member ou --all.",
            "Say which: ids, protocols, --reason, --error, --member or --all.",
        )
    wanted = looking.Wanted(reason=chosen.reason, error=chosen.error, member=chosen.member)
    found = (await looking.look(stack.amqp_url, connection, SOURCE[act], wanted)).letters
    if chosen.names:
        found = chosen_from(found, chosen.names)
    if not found:
        raise Failure("Não há nenhum aviso assim.", "There is no such notice.")
    return found


def _tell_prospects(stack: Stack, act: "Act", letters: "Sequence[Letter]", *, json: bool) -> None:
    """What would happen to each now."""
    from services.registry.dead import trying  # noqa: PLC0415 (as above)

    if act != "replay":
        if json:
            as_json([{"id": letter.id, "protocol": letter.protocol, "prospect": act} for letter in letters])
        else:
            as_table(
                ("id", "protocolo", "o que aconteceria · what would happen"),
                ((letter.id[:10], letter.protocol, act) for letter in letters),
            )
        return

    async def run(connection: Any) -> "list[Trial]":
        from services.registry.dead import looking  # noqa: PLC0415 (as above)
        from services.registry.dead.letters import DEAD  # noqa: PLC0415 (as above)

        ids = [letter.id for letter in letters[:TRIED_AT_MOST]]
        found = await looking.fetch(stack.amqp_url, connection, DEAD, ids)
        return await trying.try_out(stack.database_url, stack.environment, found)

    trials = ordering(stack, run)
    if json:
        as_json(trials)
    else:
        as_table(
            ("id", "protocolo", "o que aconteceria · what would happen", "por quê · why"),
            (
                (
                    trial.id[:10],
                    trial.protocol,
                    f"{trying.SAYS[trial.prospect].pt} · {trying.SAYS[trial.prospect].en}",
                    trial.why,
                )
                for trial in trials
            ),
        )
    if len(letters) > len(trials):
        errors.print(f"Os {len(trials)} mais antigos de {len(letters)} · the oldest of them", markup=False)


def _confirm(act: "Act", letters: "Sequence[Letter]") -> None:
    from services.registry.dead import advice, looking  # noqa: PLC0415 (as above)

    as_table(
        ("avisos", "motivo · reason", "erro · error"),
        ((group.count, group.reason, group.error[:100]) for group in looking.grouped(letters)),
        to=errors,
    )
    says = advice.ACTS[act]
    question = f"{says.pt.capitalize()} {len(letters)} · {says.en} {len(letters)}? [s/y · N]"
    answer: str = typer.prompt(question, default="n", show_default=False, err=True)
    if answer.strip().lower() not in {"s", "sim", "y", "yes"}:
        raise Failure("Nada foi pedido.", "Nothing was ordered.")
