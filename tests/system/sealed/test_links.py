"""Every link by TLS, on real servers: what goes through, what does not, and what an operator reads then."""

import asyncio
import json
import os
import signal
import ssl
import sys
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest

from deploy.local.layout import CHECKOUT, Ports
from tests.support.authority import FAULTS, Authority
from tests.support.events import event
from tests.support.listening import free_port, ports_of, processes_below
from tests.support.sealed import NAME, Sealed
from tests.support.world import eventually

IN_CLEAR = {"epmd", "distribution", "prometheus"}
"""Erlang's own two, which no client uses; and the gateway's, which sends people on."""
WAY_SECONDS = 120


async def tell(malha: Sealed, identity: str, **headers: str) -> tuple[int, dict[str, Any]]:
    """Send a notice through the gateway; status and answer."""
    usual = {
        "Authorization": f"Bearer {malha.key}",
        "Content-Type": "application/cloudevents+json",
        "Prefer": "wait=30",
    }
    async with (
        aiohttp.ClientSession() as http,
        http.post(
            f"{malha.origin}/v1/notices",
            data=json.dumps(event(id=identity)),
            headers={**usual, **headers},
            ssl=malha.trust,
        ) as answer,
    ):
        return answer.status, await answer.json(content_type=None)


async def read_until(stream: aiohttp.ClientResponse, wanted: str) -> None:
    """Read *stream* until a line holds *wanted*."""
    async with asyncio.timeout(WAY_SECONDS):
        async for line in stream.content:
            if wanted in line.decode():
                return
    raise AssertionError(f"the stream ended before {wanted}")


async def test_a_notice_goes_all_the_way(malha: Sealed) -> None:
    """Gateway, ingest, broker, registry, database, notifier, and back to a reader: no link of it in clear."""
    stream = f"{malha.origin}/v1/stream"
    headers = {"Authorization": f"Bearer {malha.key}"}
    async with aiohttp.ClientSession() as http, http.get(stream, headers=headers, ssl=malha.trust) as reader:
        assert reader.status == 200
        status, receipt = await tell(malha, "all-the-way")
        assert (status, receipt["status"]) == (201, "registered")
        await read_until(reader, receipt["protocol"])


async def test_browsers_get_http2(malha: Sealed) -> None:
    """A browser opens only six connections to one origin otherwise, and a stream takes one of them."""
    process = await asyncio.create_subprocess_exec(
        *("curl", "--silent", "--show-error", "--http2", "--cacert", str(malha.authority.file)),
        *("--output", os.devnull, "--write-out", "%{http_version} %{http_code}", f"{malha.origin}/"),
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert said.decode() == "2 200"


async def test_no_link_is_offered_in_clear(malha: Sealed) -> None:
    """Whatever listens shows a good certificate first; a listener that was forgotten would be named."""
    ports = {name: getattr(malha.state.ports, name) for name in Ports.__struct_fields__}
    listening = {port for pid in processes_below(os.getpid()) for port in ports_of(pid)}
    assert {name for name, port in ports.items() if port in listening} == set(ports)
    for name in set(ports) - IN_CLEAR - {"postgres"}:
        _reader, writer = await asyncio.open_connection(NAME, ports[name], ssl=malha.trust)
        writer.close()
        reader, writer = await asyncio.open_connection(NAME, ports[name])
        with closing(writer):
            writer.write(b"AMQP\0\0\x09\x01" if name == "amqp" else b"GET / HTTP/1.0\r\n\r\n")
            async with asyncio.timeout(WAY_SECONDS):
                try:
                    answer = await reader.read()
                except ConnectionError:
                    continue
            assert not answer or answer.startswith(b"\x15") or b" 400 " in answer.splitlines()[0], name


async def test_postgresql_takes_nobody_in_clear(malha: Sealed) -> None:
    """Not even with the right password."""
    url = malha.database_url.partition("?")[0]
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError, match="no encryption"):
        await asyncpg.connect(f"{url}?sslmode=disable", timeout=60)


async def test_who_comes_in_clear_is_sent_on_or_warned(malha: Sealed) -> None:
    """People are sent to https://, by the name that we know; programs are told that their key was seen."""
    async with aiohttp.ClientSession() as http:
        async with http.get(f"{malha.in_clear}/acordos?q=1", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (308, f"{malha.origin}/acordos?q=1")
        async with http.post(f"{malha.in_clear}/v1/notices", data=b"{}") as answer:
            assert (answer.status, (await answer.json(content_type=None))["code"]) == (403, "tls_required")
        async with http.get(malha.in_clear, headers={"Host": "evil.test"}, allow_redirects=False) as answer:
            assert (answer.status, answer.headers.get("Location")) == (421, None)


async def test_other_names_are_not_served(malha: Sealed) -> None:
    """Who asks for another name gets no certificate; on a connection for ours, no page of ours."""
    blind = ssl.create_default_context()
    blind.check_hostname, blind.verify_mode = False, ssl.CERT_NONE
    for name in ("evil.test", None):
        with pytest.raises(ssl.SSLError):
            await asyncio.open_connection(
                "127.0.0.1", malha.state.ports.url, ssl=blind, server_hostname=name or ""
            )
    status, headers, problem = await malha.get(malha.origin, Host="evil.test")
    assert (status, problem["code"]) == (421, "misdirected_request")
    assert headers["Strict-Transport-Security"] == "max-age=31536000"


async def test_servers_that_prove_nothing_are_not_spoken_to(malha: Sealed, tmp_path: Path) -> None:
    """Whoever trusts another authority stays without broker and database, and says why, part by part."""
    other = str(Authority(tmp_path).file)
    why = f"its certificate {FAULTS['another authority']}"
    for name, expected in (
        ("ingest", {"RabbitMQ", "RabbitMQ's management API does not answer"}),
        ("registry", {"RabbitMQ", "PostgreSQL"}),
        ("notifier", {"RabbitMQ"}),
    ):
        port = free_port()
        program = malha.service(name, MALHA_TLS_CA=other, MALHA_LISTEN_PORT=str(port))
        stranger = f"{name} of another trust"
        log = malha.layout.log(f"{name}-other")
        malha.supervisor.keep(replace(program, name=stranger, log=log))

        async def says_so(origin: str = f"https://{NAME}:{port}", expected: set[str] = expected) -> bool:
            said = await malha.health(origin)
            return {line.partition(":")[0] for line in said.values() if line and why in line} == expected

        try:
            await eventually(says_so, f"{name} says whom it does not trust", WAY_SECONDS)
        finally:
            await malha.supervisor.stop(stranger)


async def test_a_renewed_certificate_cuts_no_reader(malha: Sealed) -> None:
    """The gateway shows the new one to whoever comes next; an open stream goes on."""
    stream = f"{malha.origin}/v1/stream"
    headers = {"Authorization": f"Bearer {malha.key}"}
    before = await _serial(malha)
    async with aiohttp.ClientSession() as http, http.get(stream, headers=headers, ssl=malha.trust) as reader:
        await read_until(reader, "event: hello")
        folder = malha.layout.data / "tls-www-data"
        newer = malha.authority.issue(NAME)
        for file, content in (("certificate.pem", newer.certificate), ("key.pem", newer.key)):
            (folder / file).write_bytes(content.read_bytes())
        os.kill(malha.supervisor.pids["gateway"], signal.SIGHUP)

        async def is_shown() -> bool:
            return await _serial(malha) != before

        await eventually(is_shown, "the new certificate is shown", WAY_SECONDS)
        status, receipt = await tell(malha, "after-renewal")
        assert status == 201
        await read_until(reader, receipt["protocol"])


async def test_the_command_goes_the_same_ways(malha: Sealed, tmp_path: Path) -> None:
    """Services, management, database, and PostgreSQL's own tools; and none that nobody vouches for."""
    environment = {
        "PATH": os.environ["PATH"],
        "MALHA_ENVIRONMENT": "live",
        "MALHA_TLS_REQUIRED": "true",
        "MALHA_PUBLIC_URL": malha.origin,
        "MALHA_AMQP_URL": f"amqps://{NAME}:{malha.state.ports.amqp}/malha",
        "MALHA_AMQP_MANAGEMENT_URL": malha.management_url.partition("?")[0],
        "MALHA_DATABASE_URL": malha.database_url.partition("&sslrootcert")[0],
        "MALHA_API_KEY": malha.key,
    }
    commands = ("feed --after 0", "topology check", "keys list", f"backup {tmp_path / 'backup'}")
    good = {**environment, "MALHA_TLS_CA": str(malha.authority.file)}
    for status, said in await asyncio.gather(*(malha_command(command, good) for command in commands)):
        assert status == 0, said
    bad = {**environment, "MALHA_TLS_CA": str(Authority(tmp_path / "other").file)}
    for status, said in await asyncio.gather(*(malha_command(command, bad) for command in commands[:3])):
        assert status != 0, said
        assert FAULTS["another authority"] in said
        assert malha.state.secrets.administrator not in said


async def malha_command(command: str, environment: dict[str, str]) -> tuple[int | None, str]:
    """Exit status of `malha` and what it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from services.command import main; main()", *command.split()),
        env=environment,
        cwd=CHECKOUT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(WAY_SECONDS):
        said, _ = await process.communicate()
    return process.returncode, said.decode()


async def _serial(malha: Sealed) -> object:
    _reader, writer = await asyncio.open_connection(NAME, malha.state.ports.url, ssl=malha.trust)
    with closing(writer):
        return writer.get_extra_info("peercert")["serialNumber"]


async def test_secrets_stand_in_their_files_alone(malha: Sealed) -> None:
    """Who lists processes, reads their environment or their logs learns no password and no key."""
    status, _ = await tell(malha, "secrets")
    assert status == 201
    status, _ = await tell(malha, "secrets", Authorization=f"Bearer {malha.key[:-1]}0")
    assert status in {201, 401}
    kept = malha.state.secrets
    keys = [
        line
        for file in malha.layout.data.glob("**/key.pem")
        for line in file.read_text().splitlines()
        if not line.startswith("-")
    ]
    secrets = {kept.session_key, kept.administrator, kept.erlang_cookie, *kept.broker.values(), *keys}
    secrets.add(malha.key.rpartition("_")[2])
    processes = [Path(f"/proc/{pid}") for pid in processes_below(os.getpid())]
    places = [process / told for process in processes for told in ("cmdline", "environ")]
    assert len(processes) > len(Ports.__struct_fields__) / 2
    logs = [*malha.layout.own.glob("log/*"), *malha.layout.data.glob("rabbitmq/log/*")]
    assert {"ingest.log", "registry.log", "notifier.log", "gateway.log"} <= {log.name for log in logs}
    for place in (*places, *logs):
        with suppress(ProcessLookupError, FileNotFoundError):  # one that has ended by now
            content = place.read_text(errors="replace")
            assert not [place for secret in secrets if secret in content]
