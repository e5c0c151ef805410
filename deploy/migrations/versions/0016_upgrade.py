"""Which code can still work with this schema."""

from pathlib import Path

from deploy.migrations.sql import run_file

revision = "0016"
down_revision = "0015"
step = "expand"


def upgrade() -> None:
    """Create it."""
    run_file(Path(__file__).with_suffix(".sql"))
