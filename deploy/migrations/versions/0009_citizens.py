"""What citizens report, and the switch for the time before elections."""

from pathlib import Path

from deploy.migrations.sql import run_file

revision = "0009"
down_revision = "0008"
step = "expand"


def upgrade() -> None:
    """Create it."""
    run_file(Path(__file__).with_suffix(".sql"))
