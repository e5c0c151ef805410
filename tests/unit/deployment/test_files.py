"""The files that deploy Malha, each before the strictest judge that knows its kind."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from deploy import prepare
from deploy.local.layout import CHECKOUT
from services.command.stack import Settings as CommandSettings
from services.ingest.settings import Settings as IngestSettings
from services.notifier.settings import Settings as NotifierSettings
from services.registry.settings import Settings as RegistrySettings

DEPLOY = CHECKOUT / "deploy"
BIN = Path(sys.executable).parent
SETTINGS = (IngestSettings, RegistrySettings, NotifierSettings, CommandSettings)
NOT_OURS = {"MALHA_VERSION", "MALHA_PUBLIC_HOST"}
"""What compose.yaml asks of whoever starts it."""


def judged(*command: str | Path) -> str:
    """What is wrong, in the judge's words; nothing if all is well."""
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if found.returncode == 0 else found.stdout + found.stderr


def compose() -> dict[str, Any]:
    """The compose file, its anchors resolved."""
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return found


def text_of_deployment() -> str:
    """All that tells services how to run."""
    files = [DEPLOY / "compose.yaml", DEPLOY / "container" / "Containerfile", *(DEPLOY / "systemd").iterdir()]
    return "\n".join(file.read_text() for file in files)


def test_compose_is_what_the_schema_says() -> None:
    """The specification's own schema."""
    assert (
        judged(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", DEPLOY / "compose.yaml")
        == ""
    )


def test_the_image_is_built_as_a_linter_likes_it() -> None:
    """No warning is waived but the one that the file itself explains."""
    assert (
        judged(BIN / "hadolint", "--failure-threshold", "style", DEPLOY / "container" / "Containerfile") == ""
    )


@pytest.mark.parametrize("name", sorted(compose()["services"]))
def test_a_container_has_no_more_than_it_needs(name: str) -> None:
    """Whoever breaks into one finds no rights, no room, no way on, and no secret but its own."""
    service = compose()["services"][name]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["cap_drop"] == ["ALL"]
    assert service["mem_limit"]
    assert service["pids_limit"]
    assert service.get("read_only", name == "rabbitmq"), "RabbitMQ's image writes its configuration at start"
    assert ("ports" in service) == (name in {"gateway", "grafana"})
    assert all(str(port).startswith("127.0.0.1:") for port in service["ports"]) if name == "grafana" else True
    assert not re.search(r"(PASSWORD|SECRET|KEY|_URL): *\S*://\S+:\S+@", yaml.safe_dump(service))


def test_what_a_container_reads_is_what_is_prepared(tmp_path: Path) -> None:
    """Each secret that compose.yaml names is made by the one command for it, and used by somebody."""
    assert prepare.main([str(tmp_path / "secrets"), "--public", "acordos.example.gov.br"]) == 0
    found = compose()
    named = {secret["file"].removeprefix("./secrets/") for secret in found["secrets"].values()}
    made = {file.name for file in (tmp_path / "secrets").iterdir()}
    used = {
        secret if isinstance(secret, str) else secret["source"]
        for service in found["services"].values()
        for secret in service.get("secrets", ())
    }
    assert named - made == set()
    assert used == set(found["secrets"])
    assert made - named == {"ca.key", "administrator_password"}, "these stay with whoever made them"


def test_preparing_again_changes_nothing(tmp_path: Path) -> None:
    """A new password in one file, and the old one in RabbitMQ, would lock everybody out."""
    arguments = [str(tmp_path / "secrets"), "--public", "acordos.example.gov.br"]
    prepare.main(arguments)
    before = {file.name: file.read_bytes() for file in (tmp_path / "secrets").iterdir()}
    prepare.main(arguments)
    assert {file.name: file.read_bytes() for file in (tmp_path / "secrets").iterdir()} == before
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0


def test_what_is_mounted_is_there() -> None:
    """A container engine makes an empty folder of a path that it does not find, and says nothing."""
    for name, service in compose()["services"].items():
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            if source.startswith("./"):
                assert (DEPLOY / source).exists(), f"{name}: {source}"


def test_only_settings_that_exist_are_set() -> None:
    """A misspelt one would be ignored."""
    known = {
        f"MALHA_{field.name.upper()}" for kind in SETTINGS for field in msgspec.structs.fields(kind)
    } | NOT_OURS
    named = {name.removesuffix("_FILE") for name in re.findall(r"\bMALHA_[A-Z_]*[A-Z]", text_of_deployment())}
    assert named - known == set()


def test_only_programs_that_exist_are_run() -> None:
    """The image and the units run what the tests run."""
    modules = set(re.findall(r"-m,? ?\"?,? ?\"?((?:services|shared|deploy)[a-z.]*)", text_of_deployment()))
    assert modules >= {"services.ingest", "services.registry", "services.notifier", "shared.health"}
    for module in modules:
        path = CHECKOUT / module.replace(".", "/")
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), module
