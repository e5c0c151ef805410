"""The documents themselves."""

from pathlib import Path

from deploy.migrations.sql import run_file

revision = "0005"
down_revision = "0004"
step = "expand"


def upgrade() -> None:
    """Create it."""
    run_file(Path(__file__).with_suffix(".sql"))
