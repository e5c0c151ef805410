"""Keys that end by themselves, and when each was last used."""

from pathlib import Path

from deploy.migrations.sql import run_file

revision = "0011"
down_revision = "0010"
step = "expand"


def upgrade() -> None:
    """Create it."""
    run_file(Path(__file__).with_suffix(".sql"))
