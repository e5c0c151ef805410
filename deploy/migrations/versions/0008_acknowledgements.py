"""What people have taken note of."""

from pathlib import Path

from deploy.migrations.sql import run_file

revision = "0008"
down_revision = "0007"
step = "expand"


def upgrade() -> None:
    """Create it."""
    run_file(Path(__file__).with_suffix(".sql"))
