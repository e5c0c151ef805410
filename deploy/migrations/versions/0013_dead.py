"""What operators decide about failed messages."""

from pathlib import Path

from deploy.migrations.sql import run_file

revision = "0013"
down_revision = "0012"
step = "expand"


def upgrade() -> None:
    """Create it."""
    run_file(Path(__file__).with_suffix(".sql"))
