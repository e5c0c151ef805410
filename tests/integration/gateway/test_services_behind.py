"""Whom the gateway speaks to: services that prove who they are, and of several processes who is there.

A gateway for each test, in a module of their own: ending one ends every child of this process.
"""

import re
from pathlib import Path

import pytest

from tests.support.authority import FAULTS, Authority, Fault
from tests.support.fortress import SERVICES, Fortress


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_service_that_proves_nothing_is_not_spoken_to(
    authority: Authority, tmp_path: Path, fault: Fault
) -> None:
    """A 503 instead, in the contract's words; nothing is sent there, and the log repeats no login link."""
    shown = {name: authority.issue(name) for name in SERVICES}
    fortress = Fortress(tmp_path, authority)
    async with fortress.standing({**shown, "registry": authority.issue_bad(fault, "registry")}):
        answer = await fortress.send(b"GET /v1/me HTTP/1.1\r\nHost: malha.test\r\n\r\n")
        assert re.findall(rb"HTTP/1\.1 (\d+)", answer) == [b"200", b"503"]  # the probe is the registry's
        assert [seen.service for seen in fortress.seen] == ["ingest"]
        referred = b"\r\nReferer: https://malha.test/entrar/secret-token"
        await fortress.send(b"GET /entrar/secret-token HTTP/1.1\r\nHost: malha.test" + referred + b"\r\n\r\n")
        assert "secret-token" not in (tmp_path / "gateway.log").read_text()


async def test_another_process_is_asked_where_one_is_away(authority: Authority, tmp_path: Path) -> None:
    """While a service is started anew nobody is turned away; and each notice is sent once."""
    fortress = Fortress(tmp_path, authority)
    shown = {name: authority.issue(name) for name in SERVICES}
    async with fortress.standing(shown, absent=True):
        for _ in range(4):  # either is asked first in turn
            answer = await fortress.send(
                b"POST /v1/notices HTTP/1.1\r\nHost: malha.test\r\nContent-Length: 2\r\n\r\n{}"
            )
            assert re.findall(rb"HTTP/1\.1 (\d+)", answer) == [b"200", b"200"]
        assert fortress.paths == ["/v1/notices"] * 4
