"""The spine: inbox, ledger, agreements, counts, feed, members and their keys."""

from pathlib import Path

from deploy.migrations.sql import run_file

revision = "0001"
down_revision = None
step = "expand"


def upgrade() -> None:
    """Create everything."""
    run_file(Path(__file__).with_suffix(".sql"))
