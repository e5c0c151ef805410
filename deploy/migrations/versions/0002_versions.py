"""What was known when: rows that were replaced stay; contradictions become a review list."""

from pathlib import Path

from deploy.migrations.sql import run_file

revision = "0002"
down_revision = "0001"
step = "expand"


def upgrade() -> None:
    """Create it."""
    run_file(Path(__file__).with_suffix(".sql"))
