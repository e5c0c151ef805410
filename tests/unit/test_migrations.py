"""What a migration may do while the processes of the release before go on working."""

import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from deploy.local.layout import CHECKOUT
from services.registry import schema

VERSIONS = CHECKOUT / "deploy" / "migrations" / "versions"
LINTER = Path(sys.executable).parent / "squawk"
SINCE = "0013"
"""The rules began with it: what came before ran while nothing else did."""
NOT_ASKED = (
    "prefer-robust-stmts,"  # a migration that failed is rolled back whole
    "require-lock-timeout,require-statement-timeout,"  # set for the connection, in env.py
    "prefer-bigint-over-int,prefer-text-field,prefer-identity"  # taste
)
"""Squawk's rules that guard against what cannot happen here."""


def modules() -> list[ModuleType]:
    """The migrations in their order."""
    names = sorted(file.stem for file in VERSIONS.glob("[0-9]*.py"))
    return [importlib.import_module(f"deploy.migrations.versions.{name}") for name in names]


def judged(*arguments: str, sql: str | None = None) -> subprocess.CompletedProcess[str]:
    """What the linter says of files, or of *sql*."""
    return subprocess.run(
        [LINTER, "--pg-version=15.0", "--assume-in-transaction", f"--exclude={NOT_ASKED}", *arguments],
        input=sql,
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_migration_says_which_step_it_is() -> None:
    """What adds runs before the processes of a release start, what takes away after all of them have."""
    steps = {module.__name__: module.step for module in modules()}
    assert set(steps.values()) <= {"expand", "contract"}
    for module in modules():
        source = Path(str(module.__file__)).read_text()
        assert ("run_contract(" in source) == (module.step == "contract"), module.__name__


def test_code_knows_the_newest_migration() -> None:
    """By these two constants a service tells whether it can work with the tables that it finds."""
    assert modules()[-1].revision == schema.KNOWS
    assert [module.revision for module in modules() if module.step == "expand"][-1] == schema.NEEDS


def test_what_is_added_is_in_nobodys_way() -> None:
    """No lock on a table that is written to, no column that an older release would not fill, nothing gone."""
    files = [
        str(file)
        for module in modules()
        if module.revision >= SINCE and module.step == "expand"
        for file in [Path(str(module.__file__)).with_suffix(".sql")]
        if file.exists()
    ]
    assert files
    found = judged(*files)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE INDEX entry_by_day ON entry (received_at);",
        "ALTER TABLE entry ADD COLUMN colour text NOT NULL;",
        "ALTER TABLE entry DROP COLUMN type;",
        "ALTER TABLE entry RENAME COLUMN type TO kind;",
        "ALTER TABLE entry ALTER COLUMN sequence TYPE numeric;",
        "ALTER TABLE entry ADD CONSTRAINT one CHECK (sequence > 0);",
        "ALTER TABLE entry ALTER COLUMN type SET NOT NULL;",
        "DROP TABLE entry;",
    ],
)
def test_the_judge_judges(sql: str) -> None:
    """Each of these has stopped somebody's registry at noon."""
    assert judged("--stdin-filepath=made_up.sql", sql=sql).returncode != 0
