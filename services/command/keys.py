"""`malha keys`: who may speak, by which key."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from services.command.failure import Failure
from services.command.output import as_json, as_table, console
from services.command.stack import Stack

if TYPE_CHECKING:
    from services.registry.network.keys import IssuedKey
    from shared.directory import Role

app = typer.Typer(help="Chaves de API · API keys", no_args_is_help=True)
ROLES = ("member", "office", "coordination", "ops")


@app.command()
def issue(
    member: Annotated[str, typer.Argument(help="De quem é a chave: 3106200, 31, org-ufmg · whose key")],
    *,
    role: Annotated[str, typer.Option(help=f"{', '.join(ROLES)}")] = "member",
    label: Annotated[str, typer.Option(help="Para reconhecê-la depois · to know it by later")] = "",
    json: Annotated[bool, typer.Option("--json", help="Em JSON · as JSON")] = False,
) -> None:
    """Emite uma chave e a mostra uma única vez · Issues a key and shows it this once."""
    stack = Stack.current()
    chosen = read_role(role)

    async def run() -> str:
        from services.registry.network import keys, roster  # noqa: PLC0415 (only what uses the database pays for it)

        async with stack.database() as connection:
            try:
                return str(await keys.issue_key(connection, stack.environment, member, chosen, label))
            except roster.UnknownMember:
                raise unknown_member(member) from None

    key = asyncio.run(run())
    if json:
        as_json({"key": key, "member": member, "role": role})
        return
    console.print(key, markup=False, soft_wrap=True)
    console.print(
        "Guarde-a agora: não será mostrada de novo · keep it now: it is not shown again", style="dim"
    )


@app.command()
def revoke(key_id: Annotated[str, typer.Argument(help="O id, como em `malha keys list` · its id")]) -> None:
    """Revoga uma chave, em todos os serviços em instantes · Revokes a key, everywhere in a moment."""
    stack = Stack.current()

    async def run() -> bool:
        from services.registry.network import keys  # noqa: PLC0415 (as above)

        async with stack.database() as connection:
            return await keys.revoke_key(connection, key_id)

    if not asyncio.run(run()):
        raise Failure(f"Nenhuma chave ativa se chama {key_id}.", f"No active key is called {key_id}.")
    console.print(f"Chave {key_id} revogada · key {key_id} revoked")


@app.command("list")
def list_keys(
    member: Annotated[str | None, typer.Argument(help="Só as deste membro · only this member's")] = None,
    *,
    json: Annotated[bool, typer.Option("--json", help="Em JSON · as JSON")] = False,
) -> None:
    """Lista as chaves, sem seus segredos · Lists the keys, without their secrets."""
    stack = Stack.current()

    async def run() -> "list[IssuedKey]":
        from services.registry.network import keys  # noqa: PLC0415 (as above)

        async with stack.database() as connection:
            return await keys.list_keys(connection, member)

    found = asyncio.run(run())
    if json:
        as_json(found)
        return
    as_table(
        ("id", "membro", "papel", "rótulo", "emitida", "revogada"),
        (
            (
                key.id,
                key.member,
                key.role,
                key.label,
                f"{key.issued_at:%Y-%m-%d %H:%M}",
                None if key.revoked_at is None else f"{key.revoked_at:%Y-%m-%d %H:%M}",
            )
            for key in found
        ),
    )


def read_role(text: str) -> "Role":
    """The role of that name."""
    match text:
        case "member" | "office" | "coordination" | "ops":
            return text
    raise Failure(f"O papel é um de {', '.join(ROLES)}.", f"The role is one of {', '.join(ROLES)}.")


def unknown_member(member: str) -> Failure:
    """There is no such member."""
    return Failure(
        f"Não há membro {member}: veja `malha members list`.",
        f"There is no member {member}: see `malha members list`.",
    )
