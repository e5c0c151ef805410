"""`malha dead`: what could not be handled, looked at without taking it from its queue."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from services.command import dead_orders, dead_standing
from services.command.dead_access import account, chosen_from, fact_of, looked, not_there, shown_instant
from services.command.dead_standing import Json
from services.command.output import as_json, as_table, console, errors
from services.command.stack import Stack

if TYPE_CHECKING:
    from services.registry.dead.letters import Letter
    from services.registry.dead.looking import Listing
    from services.registry.dead.orders import Step

app = typer.Typer(help="Avisos que falharam · Failed notices", no_args_is_help=True)

SHOWN_ID = 10
SHOWN_ROWS = 200
Parked = Annotated[bool, typer.Option("--parked", help="Os separados · those set aside")]
Reason = Annotated[
    str | None,
    typer.Option(
        help="Só com este motivo · of this reason: junk, failed, ended_process, delivery_limit, unknown"
    ),
]
Error = Annotated[str | None, typer.Option(help="Um pedaço do erro · a piece of the error")]
Member = Annotated[str | None, typer.Option(help="Deste membro · of this member")]


@app.command("list")
def list_letters(
    *,
    parked: Parked = False,
    reason: Reason = None,
    error: Error = None,
    member: Member = None,
    json: Json = False,
) -> None:
    """Lista o que falhou, o mais antigo primeiro · Lists what failed, the oldest first."""
    found = _listed(parked=parked, reason=reason, error=error, member=member)
    if json:
        as_json(found.letters)
    else:
        as_table(
            (
                "id",
                "desde · since",
                "motivo · reason",
                "membro",
                "protocolo",
                "aviso · notice",
                "erro · error",
            ),
            (
                (
                    letter.id[:SHOWN_ID],
                    shown_instant(letter.died_at),
                    letter.reason,
                    letter.member,
                    letter.protocol,
                    fact_of(letter),
                    letter.error[:80],
                )
                for letter in found.letters[:SHOWN_ROWS]
            ),
        )
        if len(found.letters) > SHOWN_ROWS:
            errors.print(
                f"… {len(found.letters)} ao todo; todos com --json · in all; every one with --json",
                markup=False,
            )
    _say_incomplete(found)


@app.command("groups")
def list_groups(*, parked: Parked = False, json: Json = False) -> None:
    """Junta o que falhou pela causa e diz o que fazer · Groups what failed by cause, and says what to do."""
    from services.registry.dead import advice, looking  # noqa: PLC0415 (only what looks pays for it)

    found = _listed(parked=parked)
    groups = looking.grouped(found.letters)
    if json:
        as_json(
            [{**msgspec.structs.asdict(group), "advice": advice.advice_on(group.reason)} for group in groups]
        )
    else:
        as_table(
            ("avisos", "membros", "desde · since", "até · until", "motivo · reason", "erro · error"),
            (
                (
                    group.count,
                    group.members,
                    shown_instant(group.oldest),
                    shown_instant(group.newest),
                    group.reason,
                    group.error[:100],
                )
                for group in groups
            ),
        )
        for reason in dict.fromkeys(group.reason for group in groups):
            says = advice.advice_on(reason)
            console.print(f"\n{reason}: {says.pt}\n{says.en}", markup=False, soft_wrap=True)
    _say_incomplete(found)


@app.command()
def show(
    message: Annotated[str, typer.Argument(help="O id, o começo dele, ou o protocolo · id or protocol")],
    *,
    json: Json = False,
) -> None:
    """Mostra um aviso, seu caminho e o que fazer; a leitura fica na auditoria.

    Shows a notice, its journey, and what to do; that it was read is in the audit.
    """
    from services.registry.dead import advice, letters, looking  # noqa: PLC0415 (as above)

    stack = Stack.current()

    async def run(connection: Any) -> "tuple[str, Letter, bytes, list[Step]]":
        from services.registry.dead import orders  # noqa: PLC0415 (as above)
        from shared.accounts import Caller  # noqa: PLC0415 (as above)

        for queue in (letters.DEAD, letters.PARKED):
            every = await looking.look(stack.amqp_url, connection, queue)
            if chosen := chosen_from(every.letters, [message], missing_is_fine=True):
                found = await looking.fetch(stack.amqp_url, connection, queue, [chosen[0].id])
                for letter, body in found.values():
                    if connection is None:
                        _say_unnoted()
                        return queue, letter, body, []
                    await looking.note_read(connection, Caller("ops", person=account()), letter, queue)
                    return queue, letter, body, await orders.of_message(connection, letter.id)
        raise not_there(message)

    queue, letter, body, steps = looked(stack, run)
    says = advice.advice_on(letter.reason)
    if json:
        as_json(
            {
                "queue": queue,
                **msgspec.structs.asdict(letter),
                "orders": [step._asdict() for step in steps],
                "advice": says,
                "body": _readable(body),
            }
        )
        return
    told: dict[str, object] = {
        "id": letter.id,
        "fila · queue": queue,
        "motivo · reason": f"{letter.reason} ({advice.reason_said(letter.reason).pt})",
        "erro · error": letter.error,
        "tentativas · tries": letter.attempt,
        "membro · member": letter.member,
        "protocolo · protocol": letter.protocol,
        "aviso · notice": f"{letter.source} {letter.notice}",
        "tipo · type": letter.type,
        "assunto · subject": letter.subject,
        "volta para · home": letter.home,
        "trace": letter.trace,
    }
    as_table(("", ""), ((name, value) for name, value in told.items() if value is not None))
    console.print()
    as_table(("quando · when", "o quê · what", "quem · who", "por quê · why"), _journey(letter, steps))
    console.print(f"\n{letters.readable(body)}", markup=False, soft_wrap=True)
    console.print(f"\n{says.pt}\n{says.en}", markup=False, soft_wrap=True)


def _listed(*, parked: bool, **wanted: str | None) -> "Listing":
    from services.registry.dead import letters, looking  # noqa: PLC0415 (as above)

    stack = Stack.current()
    queue = letters.PARKED if parked else letters.DEAD

    async def run(connection: Any) -> "Listing":
        return await looking.look(stack.amqp_url, connection, queue, looking.Wanted(**wanted))

    return looked(stack, run)


def _say_incomplete(found: "Listing") -> None:
    if not found.complete:
        errors.print(
            "Outra ferramenta segura parte da fila: repita em instantes. "
            "· Another tool holds part of the queue: try again in a moment.",
            markup=False,
        )


def _say_unnoted() -> None:
    errors.print(
        "Sem o PostgreSQL esta leitura não fica na auditoria: anote quem leu, e por quê. "
        "· Without PostgreSQL this reading is not in the audit: write down who read it, and why.",
        markup=False,
    )


def _journey(letter: "Letter", steps: "Sequence[Step]") -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    if letter.received_at is not None:
        rows.append((shown_instant(letter.received_at), "recebido · received", letter.member, ""))
    if letter.died_at is not None:
        rows.append((shown_instant(letter.died_at), "veio parar aqui · came here", "", letter.error))
    rows += [
        (
            shown_instant(step.at),
            f"{step.act} {step.step} (#{step.order})",
            step.name or step.by_whom,
            step.reason,
        )
        for step in steps
    ]
    return sorted(rows, key=lambda row: str(row[0]))


def _readable(body: bytes) -> object:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return body.decode(errors="backslashreplace")


dead_orders.install(app)
dead_standing.install(app)
