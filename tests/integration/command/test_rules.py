"""`malha rules` and `malha ledger seals`: what an operator changes and checks without a release."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from services.command.app import app
from services.command.failure import Failure
from tests.support.registry import connected, sister_city, telling


@pytest.fixture(autouse=True)
def stack(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stack of which only the database is there."""
    for name, value in {
        "DATABASE_URL": database,
        "PUBLIC_URL": "http://malha.test",
        "ENVIRONMENT": "test",
    }.items():
        monkeypatch.setenv(f"MALHA_{name}", value)


def malha(*arguments: str) -> Result:
    """What the command line answers; a Failure is raised."""
    return CliRunner().invoke(app, arguments, catch_exceptions=False)


def rules(*arguments: str) -> list[dict[str, Any]]:
    """The rules that `malha rules list` shows."""
    listed: list[dict[str, Any]] = json.loads(malha("rules", "list", "--json", *arguments).output)["items"]
    return listed


async def seed_two_agreements(database: str) -> None:
    """Two twinnings and a memorandum."""
    async with telling(database) as teller:
        await teller.tell("agreement.signed", sister_city(), subject="A")
        await teller.tell("agreement.signed", sister_city(), subject="B")
        await teller.tell("agreement.signed", sister_city(instrument="MOU"), subject="C")


async def in_thread(*arguments: str) -> Result:
    """The same from within a running loop."""
    import asyncio  # noqa: PLC0415 (of this function alone)

    return await asyncio.to_thread(malha, *arguments)


async def test_setting_a_rule_says_how_many_agreements_are_judged_anew(database: str) -> None:
    """From the first of January on the twinning needs an approval; until then what held holds."""
    await seed_two_agreements(database)
    done = await in_thread(
        "rules", "set", "federal", "IRM", "--requires", "approval", "--before-signature", "--from",
        "2027-01-01", "--satisfied-by", "approved,favourable", "--bodies", "MRE", "--by", "assessoria",
        "--json",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["agreements"] == 2
    shown = json.loads((await in_thread("rules", "show", "federal", "IRM")).output)
    assert [(rule["requires"], rule.get("from_day"), rule.get("to_day")) for rule in shown] == [
        ("notice", None, "2027-01-01"),
        ("approval", "2027-01-01", None),
    ]
    async with connected(database) as connection:
        assert await connection.fetchval("SELECT changed_by FROM rules") == "assessoria"


def test_what_list_writes_import_reads(tmp_path: Path) -> None:
    """JSON or CSV, comma or semicolon: nothing changes, and that is said."""
    before = rules()
    for name, arguments in {"rules.json": ["--json"], "rules.csv": ["--csv"]}.items():
        file = tmp_path / name
        file.write_text(malha("rules", "list", *arguments).output, encoding="utf-8")
        done = json.loads(malha("rules", "import", str(file), "--all", "--json").output)
        assert (done["changed"], rules()) == (0, before), name
    for_excel = tmp_path / "excel.csv"
    for_excel.write_text(
        "\ufeffgate;instrument;requires;before_signature;satisfied_by;overdue_days\n"
        "federal;IRM;approval;sim;approved favourable;90\n",
        encoding="utf-8",
    )
    assert json.loads(malha("rules", "import", str(for_excel), "--json").output)["changed"] == 2
    [changed] = rules("--gate", "federal", "--instrument", "IRM")
    assert changed["satisfied_by"] == ["approved", "favourable"]
    assert (changed["before_signature"], changed["overdue_days"]) == (True, 90)
    assert len(rules()) == len(before)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("gate,instrument,requires\nfederal,XYZ,none\n", "Nada mudou"),
        ("gate,instrument,requires\nfederal,IRM,perhaps\n", "perhaps"),
        ("gate,instrument,requires,colour\nfederal,IRM,none,red\n", "colour"),
        ("gate,instrument,requires,before_signature\nfederal,IRM,none,perhaps\n", "before_signature"),
        ("gate,instrument,requires\nfederal,IRM,none,more\n", "células"),
        ("gate,instrument,requires\nfederal,IRM,none\nfederal,IRM,none\n", "Nada mudou"),
        ("gate,instrument,requires,from_day\nfederal,IRM,none,01/01/2027\n", "from_day"),
        ('[{"gate": "federal"}]', "instrument"),
        ('{"items": 1}', "lista"),
        ("[", "JSON"),
        ("", "regra nenhuma"),
    ],
)
def test_a_file_that_cannot_be_read_changes_nothing(tmp_path: Path, text: str, said: str) -> None:
    """The fault is named, with its place."""
    before = rules()
    file = tmp_path / "rules"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(Failure) as failure:
        malha("rules", "import", str(file))
    assert said in failure.value.pt
    assert rules() == before


def test_what_there_is_not_is_said() -> None:
    """A table for people is shown all the same."""
    assert "IRM_DECL" in malha("rules", "list").output
    with pytest.raises(Failure):
        malha("rules", "show", "federal", "XYZ")
    with pytest.raises(Failure):
        malha("rules", "import", "/nowhere/rules.csv")
    with pytest.raises(Failure):
        malha("rules", "set", "federal", "IRM", "--requires", "none", "--from", "amanhã")


def test_without_any_seal_there_is_nothing_to_fail() -> None:
    """A registry of today has not been sealed yet."""
    done = malha("ledger", "seals", "--json")
    assert (done.exit_code, json.loads(done.output)) == (0, [])
