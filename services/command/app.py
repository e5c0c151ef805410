"""The commands under their names. Each lives in the module of its noun."""

import sys

import typer

from services.command import (
    backup,
    dead,
    electoral,
    feed,
    imports,
    keys,
    ledger,
    members,
    openapi,
    people,
    recover,
    reindex,
    restore,
    rules,
    schema,
    send,
    topology,
)
from services.command.failure import Failure, show
from shared.settings import BadSetting

app = typer.Typer(
    name="malha",
    help="Malha · Acordos de Minas. Usa as variáveis MALHA_* ou, sem elas, a pilha local "
    "(.local/stack.json). "
    "· Uses the MALHA_* settings or, when none is set, the local stack.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(keys.app, name="keys")
app.add_typer(members.app, name="members")
app.add_typer(people.app, name="people")
app.add_typer(electoral.app, name="electoral")
app.add_typer(ledger.app, name="ledger")
app.add_typer(rules.app, name="rules")
app.add_typer(topology.app, name="topology")
app.add_typer(dead.app, name="dead")
app.command("send")(send.send)
app.command("import")(imports.import_sheet)
app.command("feed")(feed.feed)
app.command("backup")(backup.backup)
app.command("restore")(restore.restore)
app.command("recover")(recover.recover)
app.command("migrate")(schema.migrate)
app.command("reindex")(reindex.reindex)
app.command("openapi")(openapi.openapi)


def run() -> None:
    """Run the command line and exit with its status."""
    try:
        app()
    except Failure as failure:
        show(failure)
        sys.exit(1)
    except BadSetting as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
