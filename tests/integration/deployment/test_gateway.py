"""The script that starts the gateway where it is deployed."""

import subprocess
from pathlib import Path

from deploy.local import gateway

VALUES = {
    "GATEWAY_HOST": "acordos.example.gov.br",
    "GATEWAY_ORIGIN": "https://acordos.example.gov.br",
    "GATEWAY_HTTPS": "127.0.0.1:8443",
    "GATEWAY_HTTP": "127.0.0.1:8080",
    "GATEWAY_TLS": "/etc/malha/gateway-tls",
    "GATEWAY_ACME": "/var/lib/malha-acme",
    "GATEWAY_INGEST": "server 127.0.0.1:8101; server 127.0.0.1:8111;",
    "GATEWAY_REGISTRY": "server 127.0.0.1:8102;",
    "GATEWAY_NOTIFIER": "server 127.0.0.1:8103;",
}


def test_the_gateway_is_started_with_what_the_tests_tried(tmp_path: Path) -> None:
    """Units and containers fill the templates in by a script; nginx gets the same to the byte."""
    for name in ("ours", "theirs", "bin"):
        (tmp_path / name).mkdir()
    nginx = tmp_path / "bin" / "nginx"
    nginx.write_text('#!/bin/sh\necho "$@"\n')
    nginx.chmod(0o755)
    started = subprocess.run(
        [gateway.FILES / "start.sh", tmp_path / "theirs"],
        env={"PATH": f"{nginx.parent}:/usr/bin:/bin", **VALUES},
        capture_output=True,
        text=True,
        check=True,
    )
    main = gateway.lay_out(tmp_path / "ours", "tls", **VALUES)
    theirs = tmp_path / "theirs"
    assert started.stdout == f"-p {theirs} -c {theirs / main.name}\n"
    contents = [
        {file.name: file.read_text() for file in (tmp_path / name).iterdir()} for name in ("ours", "theirs")
    ]
    assert contents[0] == contents[1]
    assert "${GATEWAY" not in "".join(contents[1].values())
