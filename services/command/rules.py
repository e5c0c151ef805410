"""`malha rules`: what is asked of each instrument at each gate, changed without a release."""

import asyncio
import getpass
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from services.command import rulefile
from services.command.failure import Failure
from services.command.output import as_json, as_table, console, errors
from services.command.stack import Stack

if TYPE_CHECKING:
    from services.registry.folding.rules import Rule
    from services.registry.rulebook import Change, Stands

app = typer.Typer(help="As regras das etapas · The rules of the gates", no_args_is_help=True)

COLUMNS: Final = (
    "etapa",
    "instrumento",
    "de · from",
    "até · to",
    "pede · requires",
    "antes da assinatura · before",
    "prazos · terms",
)
Json = Annotated[bool, typer.Option("--json", help="Em JSON · as JSON")]
By = Annotated[str, typer.Option(help="Quem muda, para o registro · who changes it, for the log")]


@app.command("list")
def list_rules(
    gate: Annotated[str | None, typer.Option(help="Só desta etapa · of this gate alone")] = None,
    instrument: Annotated[
        str | None, typer.Option(help="Só deste instrumento · of this instrument alone")
    ] = None,
    *,
    json: Json = False,
    csv: Annotated[bool, typer.Option("--csv", help="Em CSV · as CSV")] = False,
) -> None:
    """Lista as regras; em JSON ou CSV, como import as lê · Lists the rules, as import reads them."""
    stands = _stands()
    rules = [rule for rule in stands.rules if rule.gate == (gate or rule.gate) and _is_of(rule, instrument)]
    if json:
        as_json({"version": stands.version, "applied": stands.applied, "items": rules})
    elif csv:
        console.out(rulefile.written(rules), end="", highlight=False)
    else:
        as_table(
            (
                "etapa",
                "instrumento",
                "de · from",
                "até · to",
                "pede · requires",
                "antes · before",
                "prazos · terms",
            ),
            (
                (
                    rule.gate,
                    rule.instrument,
                    rule.from_day,
                    rule.to_day,
                    _asked(rule),
                    "sim · yes" if rule.before_signature else None,
                    _terms(rule),
                )
                for rule in rules
            ),
        )


@app.command()
def show(
    gate: Annotated[str, typer.Argument(help="legal, legislative, federal")],
    instrument: Annotated[str, typer.Argument(help="IRM, EMP, …")],
) -> None:
    """Mostra as regras de um instrumento em uma etapa · Shows the rules of an instrument at a gate."""
    rules = [rule for rule in _stands().rules if rule.gate == gate and _is_of(rule, instrument)]
    if not rules:
        raise Failure(
            f"Não há regra de {instrument} em {gate}.", f"There is no rule for {instrument} at {gate}."
        )
    as_json(rules)


@app.command("set")
def set_rule(
    gate: Annotated[str, typer.Argument(help="legal, legislative, federal")],
    instrument: Annotated[str, typer.Argument(help="IRM, EMP, …")],
    *,
    requires: Annotated[str, typer.Option(help="none, check, usual, notice, approval")],
    from_day: Annotated[str, typer.Option("--from", help="Vale desde AAAA-MM-DD · holds from")] = "",
    to_day: Annotated[str, typer.Option("--to", help="Deixa de valer em · until before")] = "",
    before_signature: Annotated[
        bool, typer.Option("--before-signature", help="Antes da assinatura · before the signature")
    ] = False,
    satisfied_by: Annotated[str, typer.Option(help="Situações que a cumprem · statuses that fulfil it")] = "",
    bodies: Annotated[str, typer.Option(help="Órgãos, em ordem · bodies, in order")] = "",
    signing_days: Annotated[int | None, typer.Option(help="Dias após assinar · days after signing")] = None,
    proposal_days: Annotated[
        int | None, typer.Option(help="Dias após abrir a negociação · days after the negotiation began")
    ] = None,
    overdue_days: Annotated[int | None, typer.Option(help="Dias de espera · days of waiting")] = None,
    basis_pt: Annotated[str, typer.Option(help="Fundamento · the ground, in Portuguese")] = "",
    basis_en: Annotated[str, typer.Option(help="Fundamento · the ground, in English")] = "",
    by: By = "",
    json: Json = False,
) -> None:
    """Põe uma regra no lugar das que valiam em seus dias · Puts a rule in place of those of its days."""
    told = {
        "gate": gate,
        "instrument": instrument,
        "from_day": from_day or None,
        "to_day": to_day or None,
        "requires": requires,
        "before_signature": before_signature,
        "satisfied_by": rulefile.split(satisfied_by),
        "bodies": rulefile.split(bodies),
        "signing_days": signing_days,
        "proposal_days": proposal_days,
        "overdue_days": overdue_days,
        "basis": {"pt": basis_pt, "en": basis_en},
    }
    new = rulefile.rule_of(told, f"{gate} {instrument}")

    def changed(rules: "list[Rule]") -> "list[Rule]":
        from services.registry import rulebook  # noqa: PLC0415 (only what uses the database pays for it)

        return rulebook.put(rules, new)

    _change(changed, by, json=json)


@app.command("import")
def import_rules(
    file: Annotated[Path, typer.Argument(help="CSV ou JSON, como list os escreve · CSV or JSON")],
    *,
    replace_all: Annotated[
        bool,
        typer.Option(
            "--all", help="Sai toda regra que não está no arquivo · every rule not in the file goes"
        ),
    ] = False,
    by: By = "",
    json: Json = False,
) -> None:
    """Troca as regras das etapas e instrumentos do arquivo · Replaces those that the file speaks of."""
    new = rulefile.read_rules(file)
    named = {(rule.gate, rule.instrument) for rule in new}
    if not new:
        raise Failure("O arquivo não traz regra nenhuma.", "The file holds no rule.")

    def changed(rules: "list[Rule]") -> "list[Rule]":
        return [
            *new,
            *(rule for rule in rules if not replace_all and (rule.gate, rule.instrument) not in named),
        ]

    _change(changed, by, json=json)


def _stands() -> "Stands":
    stack = Stack.current()

    async def run() -> "Stands":
        from services.registry import rulebook  # noqa: PLC0415 (as above)

        async with stack.database() as connection:
            return await rulebook.listed(connection)

    return asyncio.run(run())


def _change(changed: "Callable[[list[Rule]], list[Rule]]", by: str, *, json: bool) -> None:
    stack = Stack.current()

    async def run() -> "Change":
        from services.registry import rulebook  # noqa: PLC0415 (as above)

        async with stack.database() as connection:
            try:
                return await rulebook.change(connection, changed, by=by or getpass.getuser())
            except rulebook.BadRules as bad:
                as_table(("o quê", "what"), ((fault.pt, fault.en) for fault in bad.faults), to=errors)
                raise Failure("Nada mudou: as regras não se ajustam.", "Nothing changed.") from None

    done = asyncio.run(run())
    if json:
        as_json({"version": done.version, "changed": done.changed, "agreements": done.agreements})
        return
    console.print(
        f"Versão {done.version}: {done.changed} regras mudaram; "
        f"{done.agreements} acordos são julgados de novo"
        f" · {done.changed} rules changed; {done.agreements} agreements are judged anew",
        markup=False,
    )


def _is_of(rule: "Rule", instrument: str | None) -> bool:
    return instrument is None or rule.instrument == instrument


def _asked(rule: "Rule") -> str:
    return " ".join([rule.requires, *([" > ".join(rule.bodies)] if rule.bodies else [])])


def _terms(rule: "Rule") -> str:
    terms: dict[str, Any] = {
        "proposta · proposal": rule.proposal_days,
        "assinatura · signing": rule.signing_days,
        "espera · age": rule.overdue_days,
    }
    return ", ".join(f"{name} {days} d" for name, days in terms.items() if days is not None)
