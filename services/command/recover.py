"""`malha recover`: how far a recovery is, and what could not be recovered, by position."""

import asyncio
from typing import TYPE_CHECKING, Annotated, Final

import typer

from services.command.failure import Failure
from services.command.output import as_json, as_table, console
from services.command.stack import Stack

if TYPE_CHECKING:
    import asyncpg

    from services.registry.recovery.report import Report

POLL_SECONDS: Final = 1.0
_KINDS: Final = {
    "notice": "falta: peça a quem enviou que envie de novo · missing: have its sender send it again",
    "dead": "não pôde ser registrado: veja `malha dead` · could not be registered: see `malha dead`",
    "announcement": "o relógio o refaz, se ainda for verdade · the clock tells it again if it is still true",
    "seal": "selo do dia, refeito pelo relógio · the day's seal, made again by the clock",
    "erasure_done": "apagamento refeito · erasure, done again",
    "erasure_owed": "apagamento que espera o aviso · erasure that waits for its notice",
    "erasure_unknown": "apagamento de aviso desconhecido: refaça à mão · erasure to be ordered again by hand",
}
_NATURE: Final = (
    "O que pessoas fizeram nas páginas entre {ends} e {begun} não está em fila nenhuma: contas abertas,\n"
    "revisões encerradas com motivo, ciências, filtros guardados, regras mudadas, erros, auditoria.\n"
    "What people did on pages between {ends} and {begun} is in no queue: accounts opened, reviews closed\n"
    "with a reason, acknowledgements, saved filters, rules changed, errors reported, the audit."
)


def recover(
    *,
    again: Annotated[
        bool, typer.Option("--again", help="Refazer o diário inteiro agora · replay the whole journal now")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Em JSON · as JSON")] = False,
) -> None:
    """Mostra a última recuperação até o fim e o que falta; sai com 1 se faltar um aviso.

    Follows the last recovery to its end, and shows what is missing; exit status 1 if a notice is.
    """
    stack = Stack.current()
    found = asyncio.run(_recover(stack, again=again, quiet=json))
    if found is None:
        raise Failure("Nunca houve o que recuperar.", "There never was anything to recover.")
    if json:
        as_json(found)
    else:
        _show(found)
    if found.untold or any(each.kind in {"notice", "dead", "erasure_unknown"} for each in found.missing):
        raise typer.Exit(1)


async def _recover(stack: Stack, *, again: bool, quiet: bool) -> "Report | None":
    from services.registry.recovery import records  # noqa: PLC0415 (only what uses the database pays for it)
    from services.registry.recovery.report import report  # noqa: PLC0415 (as above)

    async with stack.database() as connection:
        if again and await records.unfinished(connection) is None:
            await records.begin(connection, "asked")
        await _follow(connection, quiet=quiet)
        last = await records.last(connection)
        return None if last is None else await report(connection, last)


async def _follow(connection: "asyncpg.Connection[asyncpg.Record]", *, quiet: bool) -> None:
    from services.registry.recovery import records  # noqa: PLC0415 (as above)

    shown = ""
    while (recovery := await records.unfinished(connection)) is not None:
        if not await records.is_led(connection):
            raise Failure(
                "Nenhum registro está em execução: o diário será refeito quando um começar.",
                "No registry is running: the journal will be replayed when one begins.",
            )
        read = 0 if recovery.read_to is None else recovery.read_to + 1
        end = "?" if recovery.journal_to is None else recovery.journal_to + 1
        line = f"{recovery.id}: {read} / {end} lidos · read, {recovery.replayed} refeitos · replayed"
        if line != shown and not quiet:
            console.print(line, markup=False)
        shown = line
        await asyncio.sleep(POLL_SECONDS)


def _show(found: "Report") -> None:
    came = "" if found.backup is None else f" ({found.backup})"
    console.print(
        f"Recuperação · recovery {found.number}, {found.cause}{came}: "
        f"{'terminada · finished' if found.finished_at else 'em curso · under way'}\n"
        f"O banco ia até · the database ended at {found.head}, "
        f"o feed até · the feed at {found.told or found.head}\n"
        f"Refeitos do diário · replayed from the journal: {found.replayed}; perdidos · lost: {found.lost}, "
        f"recuperados · recovered: {found.recovered}",
        markup=False,
    )
    if found.missing:
        as_table(
            ("posição", "protocolo", "tipo", "membro", "agora", "o que é · what it is"),
            (
                (each.position, each.protocol, each.type, each.member, each.now, _KINDS[each.kind])
                for each in found.missing
            ),
        )
    for first, last in found.untold:
        console.print(
            f"{first}-{last}: nem o feed sabe o que eram · not even the feed knows what they were",
            markup=False,
        )
    for document in found.documents:
        console.print(
            f"{document.sha256}: documento de · document of {document.agreement} ({document.member}), "
            "a enviar de novo · to be handed in again",
            markup=False,
        )
    for accounts in found.accounts:
        for what, ids in accounts.items():
            if ids:
                console.print(f"{what}: {ids}", markup=False)
    if found.journal_gap is not None:
        console.print(
            f"O diário só começa em {found.journal_gap:%Y-%m-%d %H:%M} UTC · the journal begins only then",
            markup=False,
        )
    if found.cause == "restored":
        said = {"ends": _moment(found.database_ends_at), "begun": _moment(found.begun_at)}
        console.print(_NATURE.format(**said), markup=False)


def _moment(at: object) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "?"
