"""`malha backup`: the database, the list of erasures and the broker's definitions, as one whole folder."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.command.failure import Failure, reaching_database
from services.command.output import as_json, console, errors
from services.command.stack import Stack

if TYPE_CHECKING:
    from services.registry.recovery.backups import Backup, Damaged

Place = Annotated[Path, typer.Argument(help="Pasta das cópias · the folder of backups", file_okay=False)]


def backup(
    place: Place,
    *,
    keep: Annotated[
        int | None, typer.Option(help="Guardar só as N mais novas · keep the newest N only", min=1)
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Só conferir a mais nova · only verify the newest one")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Em JSON · as JSON")] = False,
) -> None:
    """Copia o banco e a lista de apagamentos para uma pasta · Backs up the database and the erasure list."""
    from services.registry.recovery import backups  # noqa: PLC0415 (every command pays only for what it uses)
    from services.registry.recovery.dumping import ToolFailed  # noqa: PLC0415 (as above)

    stack = Stack.current()
    try:
        if check:
            found = newest(place, stack.environment)
            backups.require_whole(found)
        else:
            found = asyncio.run(_back_up(stack, place))
    except (backups.BadBackup, ToolFailed, OSError) as error:
        raise Failure(f"Não há cópia: {error}.", f"There is no backup: {error}.") from None
    gone, stuck = _pruned(place, keep, found) if keep and not check else ([], [])
    damaged = tell_damaged(found)
    manifest = found.manifest
    if json:
        as_json(
            {
                "folder": str(found.folder),
                "manifest": manifest,
                "removed": gone,
                "damaged": [str(each.folder) for each in damaged],
            }
        )
    else:
        size = sum(file.size for file in manifest.files.values())
        console.print(
            f"{found.folder}: posição · position {manifest.head}, {manifest.notices} avisos · notices, "
            f"{manifest.erasures} apagamentos · erasures, {size / 1e6:.1f} MB",
            markup=False,
        )
        for name in gone:
            console.print(f"removida · removed {name}", markup=False)
    if not check and (ahead := _dated_ahead(place, found)):
        raise Failure(
            f"{found.name} está feita, e não é a mais nova: {ahead} (data depois de agora). "
            "O relógio esteve, ou está, errado; nenhuma foi removida.",
            f"{found.name} is made, and is not the newest: {ahead} (dated later than now). "
            "The clock was, or is, wrong; none was removed.",
        )
    if stuck:
        why = "; ".join(map(str, stuck))
        raise Failure(
            f"A cópia está feita; o que devia ser removido ficou: {why}.",
            f"The backup is made; what should have been removed stayed: {why}.",
        )
    newer = [each.folder.name for each in damaged if each.may_be_newer(found)]
    if check and newer and found.folder.parent == place:
        raise Failure(
            f"{found.name} está inteira; uma mais nova não se lê: {', '.join(newer)}.",
            f"{found.name} is whole; a newer one cannot be read: {', '.join(newer)}.",
        )


def newest(place: Path, environment: str) -> "Backup":
    """The newest whole backup of *environment* in *place*, which may also be one backup's own folder."""
    from services.registry.recovery import backups  # noqa: PLC0415 (as above)

    if (place / backups.MANIFEST).is_file():
        one = backups.read(place.resolve())  # its neighbours are looked for, also from within it
        if one.manifest.environment != environment:
            raise backups.BadBackup(f"{place} is of the environment {one.manifest.environment}")
        return one
    found = [each for each in backups.backups(place) if each.manifest.environment == environment]
    if not found:
        unread = "".join(f"; {each.why}" for each in backups.damaged(place))
        raise backups.BadBackup(f"{place} holds no backup of the environment {environment}{unread}")
    return found[-1]


def tell_damaged(beside: "Backup") -> "list[Damaged]":
    """The backups beside that one which cannot be read, each said on standard error; they stay."""
    from services.registry.recovery import backups  # noqa: PLC0415 (as above)

    try:
        found = backups.damaged(beside.folder.parent)
    except OSError as error:  # one backup by itself, in a folder that is closed to us
        errors.print(f"Ao lado de · beside {beside.name}: {error}", markup=False, soft_wrap=True)
        return []
    for each in found:
        newer = each.may_be_newer(beside)
        errors.print(
            f"Não se lê, fica como está · cannot be read, left as it is: {each.why}"
            f"{f' (talvez mais nova que · perhaps newer than {beside.name})' if newer else ''}",
            markup=False,
            soft_wrap=True,
        )
    return found


def _pruned(place: Path, keep: int, made: "Backup") -> "tuple[list[str], list[OSError]]":
    from services.registry.recovery import backups  # noqa: PLC0415 (as above)

    try:
        return backups.prune(place, keep, made.manifest.environment, spare=made)
    except OSError as error:
        return [], [error]


def _dated_ahead(place: Path, made: "Backup") -> str:
    """The names of those that are taken for newer than the one that was *made* now."""
    from services.registry.recovery import backups  # noqa: PLC0415 (as above)

    try:
        found = backups.dated_ahead(place, made.manifest.environment)
    except OSError:  # said already: `tell_damaged` reads the same folder
        return ""
    return ", ".join(each.name for each in found)


async def _back_up(stack: Stack, place: Path) -> "Backup":
    from services.registry.recovery import backing_up  # noqa: PLC0415 (as above)

    broker = await _definitions(stack)
    async with reaching_database():
        return await backing_up.back_up(stack.database_url, stack.environment, place, broker)


async def _definitions(stack: Stack) -> dict[str, Any] | None:
    """What RabbitMQ is told to be; a backup without it is better than none."""
    from shared import topology  # noqa: PLC0415 (as above)

    try:
        return await topology.standing(stack.management_url, topology.vhost_of(stack.amqp_url))
    except (topology.ManagementUnreachableError, topology.ManagementRefusedError, Failure) as error:
        errors.print(f"Sem as definições do RabbitMQ · without RabbitMQ's definitions: {error}", markup=False)
        return None
