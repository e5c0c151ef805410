"""Where a canary passes."""

from pathlib import Path

from deploy.migrations.sql import run_file

revision = "0014"
down_revision = "0013"
step = "expand"


def upgrade() -> None:
    """Create it."""
    run_file(Path(__file__).with_suffix(".sql"))
