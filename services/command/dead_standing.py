"""`malha dead approve|cancel|orders`: how far orders about failed notices are."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.command.dead_access import account, ordering, shown_instant
from services.command.output import as_json, as_table, console, errors
from services.command.stack import Stack

if TYPE_CHECKING:
    from services.registry.dead.orders import Item, Order, Step

_SHOWN = 50
_POLL_SECONDS = 0.3
Number = Annotated[int, typer.Argument(help="O número do pedido · the order's number")]
Wait = Annotated[bool, typer.Option("--wait", help="Espera até o fim · waits for the end")]
Json = Annotated[bool, typer.Option("--json", help="Em JSON · as JSON")]


def install(app: typer.Typer) -> None:
    """Add them to *app*."""
    app.command()(approve)
    app.command()(cancel)
    app.command("orders")(list_orders)


def approve(number: Number, *, wait: Wait = False, json: Json = False) -> None:
    """Aprova um descarte que outra pessoa pediu · Approves a discard that somebody else asked for."""
    stack = Stack.current()

    async def run(connection: Any) -> None:
        from services.registry.dead import orders  # noqa: PLC0415 (only what orders pays for it)

        await orders.approve(connection, number, account())

    ordering(stack, run)
    tell(stack, number, wait=wait, json=json)


def cancel(number: Number, *, json: Json = False) -> None:
    """Cancela o que falta de um pedido · Cancels what is left of an order."""
    stack = Stack.current()

    async def run(connection: Any) -> None:
        from services.registry.dead import orders  # noqa: PLC0415 (as above)

        await orders.cancel(connection, number, account())

    ordering(stack, run)
    tell(stack, number, wait=False, json=json)


def list_orders(
    number: Annotated[int | None, typer.Argument(help="Só este, com tudo · this one, with all")] = None,
    *,
    json: Json = False,
) -> None:
    """Lista os pedidos; com um número, o que já se fez · Lists the orders; of one, how far it is."""
    stack = Stack.current()

    async def run(connection: Any) -> "tuple[list[Order], list[Step], list[Item]]":
        from services.registry.dead import orders  # noqa: PLC0415 (as above)

        if number is None:
            return await orders.latest(connection, _SHOWN), [], []
        found = await orders.one(connection, number)
        if found is None:
            raise orders.Refused("unknown")
        return (
            [found],
            await orders.steps(connection, number, _SHOWN),
            await orders.items(connection, number),
        )

    found, steps, items = ordering(stack, run)
    if json:
        each = [order._asdict() for order in found]
        as_json(
            each
            if number is None
            else {
                **each[0],
                "steps": [step._asdict() for step in steps],
                "items": [item._asdict() for item in items],
            }
        )
        return
    as_table(
        ("nº", "o quê · act", "situação · state", "feitos · done", "faltam · left", "não estavam · missing",
         "quem · who", "aprovou · approved", "por quê · why"),
        (
            (
                order.id,
                order.act,
                order.state,
                order.done,
                order.waiting,
                order.missing,
                order.ordered_by,
                order.approved_by,
                order.reason,
            )
            for order in found
        ),
    )  # fmt: skip
    if number is not None:
        console.print()
        as_table(
            ("quando · when", "o quê · step", "quem · who", "avisos · notices", "por quê · why"),
            (
                (shown_instant(step.at), step.step, step.name or step.by_whom, step.messages, step.reason)
                for step in reversed(steps)
            ),
        )


def tell(stack: Stack, number: int, *, wait: bool, json: bool) -> None:
    """How the order stands, after its end if *wait*."""

    async def run(connection: Any) -> "Order":
        from services.registry.dead import orders  # noqa: PLC0415 (as above)

        last = -1
        while True:
            found = await orders.one(connection, number)
            if found is None:
                raise orders.Refused("unknown")
            if not wait or found.ended_at is not None:
                return found
            if found.waiting != last:
                last = found.waiting
                errors.print(f"{found.total - last}/{found.total}", markup=False)
            await asyncio.sleep(_POLL_SECONDS)

    order = ordering(stack, run)
    if json:
        as_json(order._asdict())
        return
    says_pt, says_en = _STANDS[order.state]
    console.print(
        f"Pedido {order.id}: {says_pt} ({order.done} de {order.total}"
        f"{f', {order.missing} não estavam lá' if order.missing else ''})"
        f" · order {order.id}: {says_en} ({order.done} of {order.total}"
        f"{f', {order.missing} were not there' if order.missing else ''})",
        markup=False,
        soft_wrap=True,
    )


_STANDS: Mapping[str, tuple[str, str]] = {
    "draft": ("rascunho", "a draft"),
    "asked": (
        "espera que outra pessoa aprove, com `malha dead approve`",
        "waits for another person's `malha dead approve`",
    ),
    "ready": ("em andamento", "under way"),
    "done": ("feito", "done"),
    "cancelled": ("cancelado", "cancelled"),
}
