"""Finding: full text, a vocabulary that forgives typing errors, texts that are alike."""

from pathlib import Path

from deploy.migrations.sql import run_file

revision = "0004"
down_revision = "0003"
step = "expand"


def upgrade() -> None:
    """Create it."""
    run_file(Path(__file__).with_suffix(".sql"))
