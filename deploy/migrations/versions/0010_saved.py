"""Filters that people keep."""

from pathlib import Path

from deploy.migrations.sql import run_file

revision = "0010"
down_revision = "0009"
step = "expand"


def upgrade() -> None:
    """Create it."""
    run_file(Path(__file__).with_suffix(".sql"))
