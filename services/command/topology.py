"""`malha topology`: what stands in RabbitMQ, against the checked-in definitions."""

import asyncio
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from services.command.failure import Failure
from services.command.output import as_json, console
from services.command.stack import Stack

app = typer.Typer(
    help="Filas e permissões do RabbitMQ · RabbitMQ's queues and permissions", no_args_is_help=True
)


@app.command()
def apply(
    passwords: Annotated[
        Path | None,
        typer.Option(
            help="Arquivo JSON {usuário: senha} · JSON file {user: password}", exists=True, dir_okay=False
        ),
    ] = None,
) -> None:
    """Faz o RabbitMQ ficar como o arquivo de definições diz · Makes RabbitMQ stand as the definitions say."""
    from shared import topology  # noqa: PLC0415 (only this command pays for the HTTP client)

    stack = Stack.current()
    vhost = topology.vhost_of(stack.amqp_url)
    secrets: dict[str, str] | None = None
    if passwords is not None:
        try:
            secrets = msgspec.json.decode(passwords.read_bytes(), type=dict[str, str])
        except msgspec.DecodeError as error:
            raise Failure(f"{passwords}: {error}.", f"{passwords}: {error}.") from None
    try:
        asyncio.run(topology.apply(stack.management_url, vhost, secrets))
    except (topology.ManagementUnreachableError, topology.ManagementRefusedError) as error:
        raise _failed(error) from None
    console.print(f"O host virtual {vhost} está como nas definições · virtual host {vhost} stands as defined")


@app.command()
def check(*, json: Annotated[bool, typer.Option("--json", help="Em JSON · as JSON")] = False) -> None:
    """Mostra o que difere das definições (sai com 1) · Shows what differs from the definitions (exit 1)."""
    from shared import topology  # noqa: PLC0415 (only this command pays for the HTTP client)

    stack = Stack.current()
    vhost = topology.vhost_of(stack.amqp_url)
    try:
        differences = asyncio.run(topology.check(stack.management_url, vhost))
    except (topology.ManagementUnreachableError, topology.ManagementRefusedError) as error:
        raise _failed(error) from None
    if json:
        as_json([str(difference) for difference in differences])
    else:
        for difference in differences:
            console.print(str(difference), markup=False)
    if differences:
        raise typer.Exit(1)
    if not json:
        console.print("Tudo como nas definições · all as defined")


def _failed(error: Exception) -> Failure:
    return Failure(
        f"O RabbitMQ não fez o que foi pedido: {error}", f"RabbitMQ did not do what was asked: {error}"
    )
