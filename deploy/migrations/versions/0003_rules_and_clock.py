"""The rules of the gates, versioned by date, and how far the clock has told."""

from pathlib import Path

from deploy.migrations.sql import run_file

revision = "0003"
down_revision = "0002"
step = "expand"


def upgrade() -> None:
    """Create it."""
    run_file(Path(__file__).with_suffix(".sql"))
