"""Who comes in, by letter, by mail, and until when; what was read."""

from pathlib import Path

from deploy.migrations.sql import run_file

revision = "0006"
down_revision = "0005"
step = "expand"


def upgrade() -> None:
    """Create it."""
    run_file(Path(__file__).with_suffix(".sql"))
