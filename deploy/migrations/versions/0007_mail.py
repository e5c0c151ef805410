"""What goes out by mail, once."""

from pathlib import Path

from deploy.migrations.sql import run_file

revision = "0007"
down_revision = "0006"
step = "expand"


def upgrade() -> None:
    """Create it."""
    run_file(Path(__file__).with_suffix(".sql"))
