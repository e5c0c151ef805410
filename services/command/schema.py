"""`malha migrate`: the registry's tables, and who its members are."""

from typing import Annotated

import typer

from services.command.failure import Failure, reaching_database
from services.command.output import console
from services.command.stack import Stack


def migrate(
    *,
    expand: Annotated[
        bool,
        typer.Option(
            "--expand",
            help="Só o que acrescenta: antes de atualizar os processos · Only what adds: before processes are"
            " upgraded",
        ),
    ] = False,
    contract: Annotated[
        bool,
        typer.Option(
            "--contract",
            help="Também o que retira (o padrão): depois que todos foram atualizados · Also what takes away"
            " (the default): after all of them were",
        ),
    ] = False,
) -> None:
    """Leva o banco à versão atual e inscreve os membros · Brings the database to the current version."""
    import asyncio  # noqa: PLC0415 (every command pays only for what it uses)

    if expand and contract:
        raise typer.BadParameter("--expand ou --contract, não ambos · not both")
    url = Stack.current().database_url

    async def upgrade_database() -> None:
        import asyncpg  # noqa: PLC0415 (the same)

        from services.registry import migrate  # noqa: PLC0415 (Alembic and SQLAlchemy load slowly)

        try:
            async with reaching_database():
                done = await asyncio.to_thread(migrate.upgrade, url, expand_only=expand)
        except asyncpg.LockNotAvailableError:
            raise Failure(
                "Outra transação segura uma tabela há mais de 5 s; o que já foi feito fica. Rode de novo.",
                "Another transaction has held a table for more than 5 s; what was done stays. Run it again.",
            ) from None
        except migrate.OlderProcessesError as error:
            connections = ", ".join(error.connections)
            raise Failure(
                f"O passo {error.step} retira o que uma versão anterior usa, e ela está aqui: {connections}."
                " Antes, atualize ou pare todos.",
                f"Step {error.step} takes away what an earlier version uses, and it is here: {connections}."
                " Upgrade or stop them first.",
            ) from None
        except migrate.ExpandAfterContractError as error:
            raise Failure(
                f"O passo {error.step} é de uma atualização anterior que não foi concluída: rode antes"
                " `malha migrate --contract` com aquela versão.",
                f"Step {error.step} belongs to an earlier upgrade that was not finished: run `malha migrate"
                " --contract` with that version first.",
            ) from None
        for step in done.ran:
            console.print(f"+ {step}", markup=False)
        for step in done.left:
            console.print(f"  {step}: depois, com --contract · later, with --contract", markup=False)

    asyncio.run(upgrade_database())
    console.print("O banco está na versão atual · the database is at the current version")
