"""`malha members`: who is in the network, and who may speak for whom."""

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from services.command.failure import Failure
from services.command.keys import unknown_member
from services.command.output import as_json, as_table, console
from services.command.stack import Stack

if TYPE_CHECKING:
    from services.registry.queries import MemberRow

app = typer.Typer(help="Membros e delegações · Members and delegations", no_args_is_help=True)


@app.command("list")
def list_members(
    name: Annotated[str | None, typer.Argument(help="Parte do nome · part of a name")] = None,
    *,
    kind: Annotated[str | None, typer.Option(help="municipality, state, organisation")] = None,
    json: Annotated[bool, typer.Option("--json", help="Em JSON · as JSON")] = False,
) -> None:
    """Lista os membros e quando falaram pela última vez · Lists the members and when they were last heard."""
    stack = Stack.current()

    async def run() -> "list[MemberRow]":
        from services.registry import queries  # noqa: PLC0415 (only what uses the database pays for it)

        async with stack.database() as connection:
            return await queries.members(
                connection,
                kind=kind,
                folded_name=None if name is None else queries.folded(name),
            )

    members = asyncio.run(run())
    if json:
        as_json(members)
        return
    as_table(
        ("id", "tipo", "nome", "mesorregião", "ouvido em"),
        (
            (
                member.id,
                member.kind,
                member.name,
                member.mesoregion,
                None if member.last_heard_at is None else f"{member.last_heard_at:%Y-%m-%d %H:%M}",
            )
            for member in members
        ),
    )


@app.command()
def add(
    member: Annotated[str, typer.Argument(help="org-<nome> · org-<slug>")],
    name: Annotated[str, typer.Argument(help="Nome por extenso · full name")],
) -> None:
    """Acrescenta uma organização à rede · Adds an organisation to the network."""
    from shared.notices.places import is_member_id  # noqa: PLC0415 (as above)

    if not member.startswith("org-") or not is_member_id(member):
        raise Failure(
            f"O id de uma organização é org- e letras minúsculas, algarismos ou hífens, não {member}.",
            f"An organisation's id is org- and small letters, digits or hyphens, not {member}.",
        )
    stack = Stack.current()

    async def run() -> None:
        from services.registry.network import roster  # noqa: PLC0415 (as above)

        async with stack.database() as connection:
            try:
                await roster.add_organisation(connection, member, name.strip())
            except roster.AlreadyThere:
                raise Failure(f"{member} já está na rede.", f"{member} is in the network already.") from None

    asyncio.run(run())
    console.print(f"{member} está na rede · {member} is in the network", markup=False)


@app.command()
def delegate(
    member: Annotated[str, typer.Argument(help="Quem delega · who delegates")],
    to: Annotated[str, typer.Argument(help="Quem passa a falar por ele · who speaks for it from now on")],
    *,
    fact: Annotated[
        list[str] | None, typer.Option(help="Só este tipo (br.malha.…); pode repetir · only this type")
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="Último dia, até 90 adiante · last day, 90 ahead at most",
            metavar="AAAA-MM-DD",
        ),
    ] = None,
) -> None:
    """Deixa um membro enviar por outro · Lets a member send for another one."""
    stack = Stack.current()

    async def run() -> str:
        from services.registry.network import delegations, roster  # noqa: PLC0415 (as above)
        from shared.notices.dates import day_of  # noqa: PLC0415 (as above)
        from shared.notices.families import FACTS  # noqa: PLC0415 (as above)

        for type_ in fact or ():
            if type_ not in FACTS:
                raise Failure(f"Não há tipo de aviso {type_}.", f"There is no type of notice {type_}.")
        async with stack.database() as connection:
            try:
                last = await delegations.delegate(
                    connection,
                    member,
                    to,
                    fact or None,
                    until.date() if until else None,
                    today=day_of(datetime.now(UTC)),
                )
            except roster.UnknownMember as unknown:
                raise unknown_member(str(unknown)) from None
            except delegations.TooLong:
                raise Failure(
                    "Uma delegação vale por até 90 dias; depois se dá de novo.",
                    "A delegation is good for 90 days at most; then it is given again.",
                ) from None
        return f"{last:%Y-%m-%d}"

    last = asyncio.run(run())
    console.print(
        f"{to} pode falar por {member} até {last} · {to} may speak for {member} through {last}", markup=False
    )


@app.command()
def undelegate(
    member: Annotated[str, typer.Argument(help="Quem delegou · who delegated")],
    to: Annotated[str, typer.Argument(help="Quem deixa de falar por ele · who speaks for it no longer")],
) -> None:
    """Desfaz uma delegação · Takes a delegation back."""
    stack = Stack.current()

    async def run() -> bool:
        from services.registry.network import delegations  # noqa: PLC0415 (as above)

        async with stack.database() as connection:
            return await delegations.undelegate(connection, member, to)

    if not asyncio.run(run()):
        raise Failure(f"{to} não falava por {member}.", f"{to} did not speak for {member}.")
    console.print(f"{to} não fala mais por {member} · {to} no longer speaks for {member}", markup=False)
