"""Whom the `malha` command speaks to."""

from pathlib import Path

import pytest

from services.command.stack import Stack
from shared.settings import BadSetting

MANAGEMENT = "https://administrator:secret@rabbitmq:15671"


def test_a_command_trusts_whom_the_services_trust(tmp_path: Path) -> None:
    """An operator's topology goes to a broker whose authority only this installation knows."""
    authority = tmp_path / "ca.pem"
    authority.touch()
    stack = Stack.current({"MALHA_AMQP_MANAGEMENT_URL": MANAGEMENT, "MALHA_TLS_CA": str(authority)})
    assert stack.management_url == f"{MANAGEMENT}?cafile={authority}"


def test_a_command_sends_no_password_in_clear_where_it_is_live() -> None:
    """It holds the administrator's, and goes the same way as the services."""
    with pytest.raises(BadSetting, match="MALHA_DATABASE_URL"):
        Stack.current(
            {"MALHA_ENVIRONMENT": "live", "MALHA_DATABASE_URL": "postgresql://malha@postgres/malha"}
        )
