"""`malha electoral`: the days on which public pages keep to facts."""

import asyncio
import getpass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from services.command.failure import Failure
from services.command.output import as_json, as_table, console
from services.command.stack import Stack
from shared.notices.dates import day_of

if TYPE_CHECKING:
    from services.registry.network.electoral import Period

app = typer.Typer(help="Período eleitoral · Electoral period", no_args_is_help=True)
Day = Annotated[str, typer.Argument(metavar="AAAA-MM-DD")]


@app.callback()
def electoral() -> None:
    """Período eleitoral: as páginas públicas mostram só fatos · Public pages show facts only."""


@app.command("list")
def list_periods(*, json: Annotated[bool, typer.Option("--json", help="Em JSON · as JSON")] = False) -> None:
    """Mostra os períodos de hoje em diante · Shows the periods from today on."""

    async def run() -> "list[Period]":
        from services.registry.network import electoral as periods  # noqa: PLC0415 (only what uses the database)

        async with Stack.current().database() as connection:
            return await periods.periods_from(connection, _today())

    found = asyncio.run(run())
    if json:
        as_json(found)
    else:
        as_table(
            ("nº", "de · from", "até · to"),
            ((period.id, period.from_day, period.to_day) for period in found),
        )


@app.command("set")
def set_period(from_day: Day, to_day: Day) -> None:
    """Só fatos de um dia a outro, ambos incluídos · Facts only from a day to another, both included."""
    first, last = _read(from_day), _read(to_day)

    async def run() -> int:
        from services.registry.network import electoral as periods  # noqa: PLC0415 (as above)

        async with Stack.current().database() as connection:
            try:
                return (await periods.decide(connection, first, last, _who())).id
            except periods.BadPeriod:
                raise Failure(
                    "O último dia vem depois do primeiro, e no máximo um ano depois.",
                    "The last day comes after the first, and at most a year later.",
                ) from None

    console.print(f"{asyncio.run(run())}", markup=False)


@app.command("revoke")
def revoke(period: Annotated[int, typer.Argument(help="O número que list mostra · its number")]) -> None:
    """Desfaz um período · Takes a period back."""

    async def run() -> bool:
        from services.registry.network import electoral as periods  # noqa: PLC0415 (as above)

        async with Stack.current().database() as connection:
            return await periods.revoke(connection, period, _who())

    if not asyncio.run(run()):
        raise Failure(f"Não há período {period}.", f"There is no period {period}.")


def _read(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Failure(f"{text} não é um dia.", f"{text} is not a day.") from None


def _today() -> date:
    return day_of(datetime.now(UTC))


def _who() -> str:
    return f"command {getpass.getuser()}"
