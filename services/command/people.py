"""`malha people`: how persons sign in."""

import asyncio
from datetime import timedelta
from typing import Annotated

import typer

from services.command.keys import ROLES, read_role, unknown_member
from services.command.output import as_json, console
from services.command.stack import Stack

app = typer.Typer(help="Pessoas · People", no_args_is_help=True)
THE_STATE = "31"


@app.callback()
def people() -> None:
    """Pessoas · People."""


@app.command()
def login(
    *,
    role: Annotated[str, typer.Option(help=f"{', '.join(ROLES)}")] = "office",
    member: Annotated[str, typer.Option(help="Em nome de quem · in whose name")] = THE_STATE,
    minutes: Annotated[
        int, typer.Option(help="Validade do link · how long it is good", min=1, max=10_080)
    ] = 60,
    json: Annotated[bool, typer.Option("--json", help="Em JSON · as JSON")] = False,
) -> None:
    """Mostra um link que deixa entrar uma única vez · Shows a link that signs in once."""
    stack = Stack.current()
    chosen = read_role(role)
    origin = stack.public_url

    async def run() -> str:
        from services.registry.network import people, roster  # noqa: PLC0415 (only what uses the database pays for it)

        async with stack.database() as connection:
            try:
                return await people.create_link(connection, chosen, member, timedelta(minutes=minutes))
            except roster.UnknownMember:
                raise unknown_member(member) from None

    link = f"{origin}/entrar/{asyncio.run(run())}"
    if json:
        as_json({"url": link, "role": role, "member": member, "minutes": minutes})
    else:
        console.print(link, markup=False, soft_wrap=True)
