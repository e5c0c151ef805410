"""What boards and a member's own page count, from indexes alone."""

from pathlib import Path

from deploy.migrations.sql import run_file

revision = "0012"
down_revision = "0011"
step = "expand"


def upgrade() -> None:
    """Create it."""
    run_file(Path(__file__).with_suffix(".sql"))
