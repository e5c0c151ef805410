"""`malha ledger`: the chains recomputed, and what must be forgotten."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from services.command.output import as_json, as_table
from services.command.stack import Stack

if TYPE_CHECKING:
    from services.registry.ledger import Verification

app = typer.Typer(help="O livro de registro · The ledger", no_args_is_help=True)


@app.command()
def verify(
    members: Annotated[
        list[str] | None, typer.Argument(help="Estes membros; sem nenhum, todos · these, or all")
    ] = None,
    *,
    json: Annotated[bool, typer.Option("--json", help="Em JSON · as JSON")] = False,
) -> None:
    """Recalcula as cadeias; sai com 1 se uma se rompeu · Recomputes the chains; exit 1 if one is broken."""
    stack = Stack.current()

    async def run() -> "dict[str, Verification]":
        from services.registry import queries, verification  # noqa: PLC0415 (only what uses the database pays for it)

        async with stack.database() as connection:
            wanted = members or await queries.chains(connection)
            return {member: await verification.verify(connection, member) for member in wanted}

    found = asyncio.run(run())
    if json:
        as_json(
            [
                {
                    "member": member,
                    "length": result.head.length,
                    "head": _shown(result.head.digest),
                    "erased": result.erased,
                    "intact": result.intact,
                    "broken_at": result.broken_at,
                }
                for member, result in found.items()
            ]
        )
    else:
        as_table(
            ("membro", "avisos", "apagados", "situação"),
            (
                (
                    member,
                    result.head.length,
                    result.erased,
                    "íntegra · intact" if result.intact else f"ROMPIDA em · BROKEN at {result.broken_at}",
                )
                for member, result in found.items()
            ),
        )
    if not all(result.intact for result in found.values()):
        raise typer.Exit(1)


def _shown(digest: bytes | None) -> str | None:
    from shared.notices.canonical import base64url  # noqa: PLC0415 (as above)

    return None if digest is None else base64url(digest)
