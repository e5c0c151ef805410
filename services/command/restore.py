"""`malha restore`: a backup becomes the registry's database, and what was told since is honoured first."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import typer

from services.command import backup as backing_up
from services.command import comparing
from services.command.failure import Failure, reaching_database
from services.command.output import console, errors
from services.command.stack import Stack

if TYPE_CHECKING:
    import asyncpg

    from services.registry.recovery.backups import Backup

CONNECT_SECONDS: Final = 10.0
_LONGEST_NAME: Final = 63


def restore(
    place: backing_up.Place,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Sem perguntar · without asking")] = False,
) -> None:
    """Põe a cópia mais nova no lugar do banco · Puts the newest backup in the database's place.

    O banco de agora fica guardado com outro nome · The database as it is stays, under another name.
    """
    from services.registry.recovery import backups  # noqa: PLC0415 (every command pays only for what it uses)
    from services.registry.recovery.dumping import ToolFailed  # noqa: PLC0415 (as above)
    from services.registry.schema import KNOWS  # noqa: PLC0415 (as above)

    stack = Stack.current()
    try:
        found = backing_up.newest(place, stack.environment)
        backups.require_whole(found)
        backups.require_known(found, KNOWS)
        latest = _latest(found)
        doubtful = _tell_damaged(latest)
        if yes and doubtful and found.folder.parent == place:  # nobody reads that, nor was this one named
            unread = ", ".join(doubtful)
            raise Failure(
                f"Nada foi restaurado: talvez {found.name} não seja a mais nova ({unread} não se lê). "
                "Repita com a pasta da própria cópia.",
                f"Nothing was restored: {found.name} is perhaps not the newest ({unread} cannot be read). "
                "Try again with that backup's own folder.",
            )
        if not yes:
            _confirm(stack, found)
            latest = _latest(found)  # while the question waits, the night's backup may be made
        asyncio.run(_restore(stack, found, latest))
    except (backups.BadBackup, ToolFailed, OSError) as error:
        raise Failure(f"Nada foi restaurado: {error}.", f"Nothing was restored: {error}.") from None


def _latest(found: "Backup") -> "Backup":
    """The newest beside it, whose list of erasures is whole: it knows all that older ones know, and more."""
    from services.registry.recovery import backups  # noqa: PLC0415 (as above)

    latest = backing_up.newest(found.folder.parent, found.manifest.environment)
    backups.require_file(latest, backups.ERASURES)
    return latest


def _tell_damaged(latest: "Backup") -> list[str]:
    """What cannot be read, and what that may cost; the names of what is perhaps newer."""
    found = backing_up.tell_damaged(latest)
    doubtful = [each.folder.name for each in found if each.may_be_newer(latest)]
    if doubtful:
        errors.print(
            f"Apagamentos pedidos depois de {latest.name}: refazem-se os que o feed contar (30 dias). "
            f"· Erasures ordered after {latest.name}: those that the feed tells (30 days) are done again.",
            markup=False,
            soft_wrap=True,
        )
    return doubtful


def _confirm(stack: Stack, found: "Backup") -> None:
    manifest = found.manifest
    console.print(
        f"{found.name}: posição · position {manifest.head}, {manifest.notices} avisos · notices", markup=False
    )
    answer: str = typer.prompt(
        f"No lugar do banco {_name(stack.database_url)}, que fica guardado com outro nome · "
        "in its place; it stays under another name? [s/y · N]",
        default="n",
        show_default=False,
        err=True,
    )
    if answer.strip().lower() not in {"s", "sim", "y", "yes"}:
        raise Failure("Nada foi restaurado.", "Nothing was restored.")


async def _restore(stack: Stack, found: "Backup", latest: "Backup") -> None:
    from services.registry.migrate import upgrade  # noqa: PLC0415 (as above)
    from services.registry.recovery import dumping  # noqa: PLC0415 (as above)

    url, name = stack.database_url, _name(stack.database_url)
    mark = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    fresh, aside = _marked(name, "restoring", mark), _marked(name, "before", mark)
    async with reaching_database(), _administering(url) as server:
        await _require_quiet(server, name)
        await server.execute(f'CREATE DATABASE "{fresh}" TEMPLATE template0')
        try:
            fresh_url = _with_name(url, fresh)
            await dumping.restore(fresh_url, found.database)
            await asyncio.to_thread(upgrade, fresh_url)
            await _prepare(fresh_url, found, latest)
            await _require_quiet(server, name)
            async with server.transaction():  # or there would be none, if this were ended in between
                if existed := await server.fetchval(_EXISTS, name):
                    await server.execute(f'ALTER DATABASE "{name}" RENAME TO "{aside}"')
                await server.execute(f'ALTER DATABASE "{fresh}" RENAME TO "{name}"')
            if existed:
                console.print(f"O banco de antes · the database of before: {aside}", markup=False)
        except BaseException:
            await server.execute(f'DROP DATABASE IF EXISTS "{fresh}" WITH (FORCE)')
            raise
    console.print(f"Restaurado · restored: {found.name}", markup=False)
    await comparing.compare(stack)


_EXISTS: Final = "SELECT true FROM pg_database WHERE datname = $1"
_CONNECTED: Final = """
SELECT array_agg(DISTINCT coalesce(nullif(application_name, ''), usename || ', pid ' || pid))
FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
"""An autovacuum worker is nobody: PostgreSQL ends it itself when the database gets its other name."""


async def _require_quiet(server: "asyncpg.Connection[asyncpg.Record]", name: str) -> None:
    """Whoever still writes would write into the database that is set aside, and nobody would find it."""
    if connected := await server.fetchval(_CONNECTED, name):
        who = ", ".join(sorted(connected))
        raise Failure(
            f"O banco está em uso ({who}): pare o registro e repita.",
            f"The database is in use ({who}): stop the registry, and try again.",
        )


async def _prepare(fresh_url: str, found: "Backup", latest: "Backup") -> None:
    """Before anybody may look: owe all erasures since, and let nothing happen now that was wanted then."""
    import asyncpg  # noqa: PLC0415 (as above)
    import msgspec  # noqa: PLC0415 (as above)

    from services.registry.dead import orders  # noqa: PLC0415 (as above)
    from services.registry.recovery import backups, records  # noqa: PLC0415 (as above)
    from services.registry.recovery.backing_up import Erasure  # noqa: PLC0415 (as above)
    from services.registry.writing import owing  # noqa: PLC0415 (as above)

    ordered = msgspec.json.decode((latest.folder / backups.ERASURES).read_bytes(), type=list[Erasure])
    connection = await asyncpg.connect(fresh_url, timeout=CONNECT_SECONDS)
    try:
        async with connection.transaction():
            await owing.note(connection, [each.owed() for each in ordered])
            await connection.execute(_SETTLE_MAIL)
            await orders.give_up_all(connection, f"malha restore {found.name}")
            await connection.execute(_FORGET_VERSION)
            await records.begin(connection, "restored", found.name)
    finally:
        await connection.close(timeout=CONNECT_SECONDS)


# What waited when the backup was made has gone out since, or is too old.
_SETTLE_MAIL: Final = """
UPDATE outbox SET settled_at = now(), outcome = 'too_late',
    recipient = NULL, subject = NULL, body_text = NULL, body_html = NULL, leave_url = NULL
WHERE settled_at IS NULL
"""
# Bringing the tables up to date counts as changes of the directory, and could reach the services' version:
# whatever they know is newer. Where they know nothing any more, 1 is news to them.
_FORGET_VERSION: Final = "UPDATE directory SET version = 1"


@asynccontextmanager
async def _administering(url: str) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    """A connection to the server beside the database: whoever is in it cannot rename it."""
    import asyncpg  # noqa: PLC0415 (as above)

    server = await asyncpg.connect(_with_name(url, "postgres"), timeout=CONNECT_SECONDS)
    try:
        yield server
    except asyncpg.InsufficientPrivilegeError as error:
        raise Failure(
            f"Este usuário não pode criar e renomear bancos: {error}. Dê-lhe CREATEDB, e a posse do banco.",
            f"This user may not create and rename databases: {error}. Grant it CREATEDB, and the database.",
        ) from None
    finally:
        await server.close(timeout=CONNECT_SECONDS)


def _name(url: str) -> str:
    return unquote(urlsplit(url).path[1:])


def _with_name(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{quote(name, safe='')}"))


def _marked(name: str, what: str, mark: str) -> str:
    """A name beside *name*; PostgreSQL cuts longer ones, and two could become the same."""
    ending = f"_{what}_{mark}"
    return name[: _LONGEST_NAME - len(ending)] + ending
