"""`malha ledger`: the chains recomputed, and what must be forgotten."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from services.command.failure import Failure
from services.command.output import as_json, as_table, console
from services.command.stack import Stack

if TYPE_CHECKING:
    from services.registry.watch.seals import Seal
    from services.registry.writing.ledger import Verification

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
        from services.registry import queries  # noqa: PLC0415 (only what uses the database pays for it)
        from services.registry.writing import verification  # noqa: PLC0415 (only what uses the database pays for it)

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


@app.command("seals")
def check_seals(
    *,
    json: Annotated[bool, typer.Option("--json", help="Em JSON · as JSON")] = False,
) -> None:
    """Recalcula o selo de cada dia; sai com 1 se um não confere · Recomputes each day's seal."""
    stack = Stack.current()

    async def run() -> "list[tuple[Seal, bool]]":
        from services.registry.watch import seals  # noqa: PLC0415 (as above)

        async with stack.database() as connection:
            return [(seal, await seals.holds(connection, seal)) for seal in await seals.seals(connection)]

    found = asyncio.run(run())
    if json:
        as_json([{**seal._asdict(), "holds": holds} for seal, holds in found])
    else:
        as_table(
            ("dia", "posição", "cadeias", "selo", "situação"),
            (
                (
                    seal.day,
                    seal.position,
                    seal.chains,
                    seal.digest,
                    "confere · holds" if holds else "NÃO CONFERE · DOES NOT HOLD",
                )
                for seal, holds in found
            ),
        )
    if not all(holds for _, holds in found):
        raise typer.Exit(1)


@app.command()
def erase(
    notice: Annotated[str, typer.Argument(help="Protocolo do aviso · the notice's protocol (MG-…)")],
    fields: Annotated[list[str], typer.Argument(help="Campos de data · fields of its data")],
    *,
    ground: Annotated[str, typer.Option(help="Por quê · why")],
    decided_by: Annotated[str, typer.Option(help="Papel de quem decidiu, não o nome · whose role decided")],
    request: Annotated[str, typer.Option(help="Número do pedido ou processo · the request's number")],
    yes: Annotated[bool, typer.Option("--yes", help="Sem perguntar · without asking")] = False,
) -> None:
    """Apaga valores para sempre; a cadeia segue íntegra · Erases values for good; the chain stays intact."""
    stack = Stack.current()
    if not yes:
        _confirm(f"Apagar {', '.join(fields)} de {notice}, sem volta · erase for good?")

    async def run() -> str:
        from services.registry import queries  # noqa: PLC0415 (as above)
        from services.registry.telling import publisher  # noqa: PLC0415 (as above)
        from services.registry.writing import erasure  # noqa: PLC0415 (as above)

        async with stack.database() as connection:
            if not await publisher.is_compared(connection):
                raise Failure(
                    "O registro não está rodando, ou ainda não conferiu este banco com o que já contou. "
                    "Inicie-o e repita.",
                    "The registry is not running, or has not yet held this database against what it told. "
                    "Start it, and try again.",
                )
            found = await queries.receipt(connection, tidy(notice))
            if found is None:
                raise Failure(f"O registro não conhece {notice}.", f"The registry does not know {notice}.")
            try:
                erased = await erasure.erase(
                    connection,
                    found.member,
                    found.sequence,
                    fields,
                    ground=ground,
                    decided_by=decided_by,
                    request=request,
                )
            except erasure.NothingToErase as nothing:
                raise Failure(
                    f"Não há o que apagar: {nothing.said.pt}", f"There is nothing to erase: {nothing.said.en}"
                ) from None
            except ValidationError as error:
                raise Failure(
                    f"O pedido não pôde ser registrado: {error}.", f"Not registered: {error}."
                ) from None
            return erased.protocol

    from msgspec import ValidationError  # noqa: PLC0415 (as above)

    from shared.notices.protocol import tidy  # noqa: PLC0415 (as above)

    protocol = asyncio.run(run())
    console.print(f"Apagado; o registro disso é {protocol} · erased; recorded as {protocol}", markup=False)


def _confirm(question: str) -> None:
    answer: str = typer.prompt(f"{question} [s/y · N]", default="n", show_default=False, err=True)
    if answer.strip().lower() not in {"s", "sim", "y", "yes"}:
        raise Failure("Nada foi apagado.", "Nothing was erased.")


def _shown(digest: bytes | None) -> str | None:
    from shared.notices.canonical import base64url  # noqa: PLC0415 (as above)

    return None if digest is None else base64url(digest)
