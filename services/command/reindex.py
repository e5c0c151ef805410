"""`malha reindex`: what is found and compared, derived anew from what is registered."""

import asyncio
from typing import Annotated, Final

import typer

from services.command.failure import Failure
from services.command.output import console
from services.command.stack import Stack

POLL_SECONDS: Final = 1.0


def reindex(
    *,
    wait: Annotated[bool, typer.Option("--wait", help="Até terminar · until it is done")] = False,
) -> None:
    """Refaz a busca e as comparações; o que há serve até lá · Derives search and comparisons anew."""
    stack = Stack.current()

    async def run() -> None:
        from services.registry.finding import following  # noqa: PLC0415 (only what uses the database pays for it)
        from services.registry.queries import search  # noqa: PLC0415 (as above)

        async with stack.database() as connection:
            await following.begin_again(connection)
            console.print("A refazer · to be derived anew", markup=False)
            while wait:
                progress = await search.progress(connection)
                if not progress.is_led:
                    raise Failure(
                        "Nenhum registro está em execução: será refeito quando um começar.",
                        "No registry is running: it will be derived when one begins.",
                    )
                console.print(f"{progress.reached} / {progress.head}", markup=False)
                if progress.reached >= progress.head:
                    return
                await asyncio.sleep(POLL_SECONDS)

    asyncio.run(run())
