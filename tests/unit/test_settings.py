"""Settings: decoded once, and a bad one is named."""

from pathlib import Path
from typing import ClassVar

import pytest

from shared.settings import BadSetting, ServiceSettings, load

ENVIRON = {
    "MALHA_ENVIRONMENT": "test",
    "MALHA_AMQP_URL": "amqp://guest:secret@127.0.0.1/malha",
    "MALHA_PUBLIC_URL": "https://acordos.example",
    "MALHA_SESSION_KEY": "2v5r3hDkq0m2bC0m0hM1rYt3m8bq1p2e9h0s7d6f5g4=",
}


class IngestLike(ServiceSettings, frozen=True, kw_only=True):
    """A service with a setting of its own."""

    service: ClassVar[str] = "ingest"

    events_per_second: int = 1000


class RegistryLike(ServiceSettings, frozen=True, kw_only=True):
    """A service with every kind of link."""

    service: ClassVar[str] = "registry"

    database_url: str
    amqp_management_url: str | None = None


def test_settings_are_decoded_into_their_types() -> None:
    """Variables are text; settings are what they mean."""
    settings = load(IngestLike, {**ENVIRON, "MALHA_LISTEN_PORT": "9000", "MALHA_EVENTS_PER_SECOND": "5"})
    assert settings.listen_port == 9000
    assert settings.events_per_second == 5
    assert settings.listen_host == "127.0.0.1"


def test_variable_of_the_service_wins_over_the_general_one() -> None:
    """One environment serves three processes, each with its own user at the broker."""
    own = "amqp://ingest:secret@127.0.0.1/malha"
    assert load(IngestLike, {**ENVIRON, "MALHA_INGEST_AMQP_URL": own}).amqp_url == own
    assert load(IngestLike, {**ENVIRON, "MALHA_INGEST_AMQP_URL": ""}).amqp_url == ENVIRON["MALHA_AMQP_URL"]


@pytest.mark.parametrize("variable", sorted(ENVIRON))
def test_missing_setting_is_named(variable: str) -> None:
    """An empty variable is as good as none."""
    with pytest.raises(BadSetting) as caught:
        load(IngestLike, {**ENVIRON, variable: ""})
    assert str(caught.value) == f"{variable}: is not set"


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("MALHA_ENVIRONMENT", "production"),
        ("MALHA_AMQP_URL", "http://127.0.0.1"),
        ("MALHA_INGEST_AMQP_URL", "127.0.0.1:5672"),
        ("MALHA_PUBLIC_URL", "https://acordos.example/"),
        ("MALHA_SESSION_KEY", "short"),
        ("MALHA_LISTEN_PORT", "65536"),
        ("MALHA_LISTEN_PORT", "eighty"),
        ("MALHA_EVENTS_PER_SECOND", "1.5"),
    ],
)
def test_bad_setting_is_named_without_its_value(variable: str, text: str) -> None:
    """Whoever reads the message must know what to change; a secret must not end in a log."""
    with pytest.raises(BadSetting) as caught:
        load(IngestLike, {**ENVIRON, variable: text})
    assert caught.value.variable == variable
    assert text not in caught.value.why or variable == "MALHA_ENVIRONMENT"


def test_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    """Credentials of systemd and secrets of containers are files; a line's end is not part of the secret."""
    file = tmp_path / "session_key"
    file.write_text(ENVIRON["MALHA_SESSION_KEY"] + "\n")
    environ = {**ENVIRON, "MALHA_SESSION_KEY": "", "MALHA_SESSION_KEY_FILE": str(file)}
    assert load(IngestLike, environ).session_key == ENVIRON["MALHA_SESSION_KEY"]


def test_file_of_the_service_wins_over_the_general_variable(tmp_path: Path) -> None:
    """As the variable itself would."""
    own = "amqp://ingest:secret@127.0.0.1/malha"
    (tmp_path / "amqp").write_text(own)
    environ = {**ENVIRON, "MALHA_INGEST_AMQP_URL_FILE": str(tmp_path / "amqp")}
    assert load(IngestLike, environ).amqp_url == own


@pytest.mark.parametrize(
    ("content", "why"),
    [(None, "No such file or directory"), ("\n", "is empty"), (b"\xff\xfe", "is not text")],
)
def test_file_that_holds_no_setting_is_named(tmp_path: Path, content: str | bytes | None, why: str) -> None:
    """An operator reads which file, and what is the matter with it."""
    file = tmp_path / "session_key"
    if content is not None:
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(BadSetting) as caught:
        load(IngestLike, {**ENVIRON, "MALHA_SESSION_KEY": "", "MALHA_SESSION_KEY_FILE": str(file)})
    assert str(caught.value) == f"MALHA_SESSION_KEY_FILE: {file}: {why}"


def test_setting_that_is_given_twice_is_refused(tmp_path: Path) -> None:
    """Whoever renews the file must not find that the variable still counts."""
    file = tmp_path / "session_key"
    file.write_text(ENVIRON["MALHA_SESSION_KEY"])
    with pytest.raises(BadSetting, match="which of them counts"):
        load(IngestLike, {**ENVIRON, "MALHA_SESSION_KEY_FILE": str(file)})


def test_links_trust_the_authority_that_was_named(tmp_path: Path) -> None:
    """Once said, for the broker, its management and the database; one that names its own keeps it."""
    authority = tmp_path / "ca.pem"
    authority.touch()
    environ = {
        **ENVIRON,
        "MALHA_TLS_CA": str(authority),
        "MALHA_AMQP_URL": "amqps://ingest:secret@broker:5671/malha",
        "MALHA_AMQP_MANAGEMENT_URL": "https://broker:15671?cafile=/other.pem",
        "MALHA_DATABASE_URL": "postgresql://malha:secret@one,two/malha?sslmode=verify-full",
    }
    settings = load(RegistryLike, environ)
    assert settings.amqp_url == f"amqps://ingest:secret@broker:5671/malha?cafile={authority}"
    assert settings.amqp_management_url == "https://broker:15671?cafile=/other.pem"
    assert settings.database_url == (
        f"postgresql://malha:secret@one,two/malha?sslmode=verify-full&sslrootcert={authority}"
    )


def test_authority_that_is_not_there_is_named() -> None:
    """Otherwise each link would fail later, for a reason of its own."""
    with pytest.raises(BadSetting) as caught:
        load(IngestLike, {**ENVIRON, "MALHA_TLS_CA": "/nowhere/ca.pem"})
    assert str(caught.value) == "MALHA_TLS_CA: /nowhere/ca.pem: there is no such file"


@pytest.mark.parametrize(
    ("variable", "url"),
    [
        ("MALHA_AMQP_URL", "amqp://ingest:secret@broker/malha"),
        ("MALHA_AMQP_URL", "amqps://ingest:secret@broker/malha?no_verify_ssl=1"),
        ("MALHA_AMQP_MANAGEMENT_URL", "http://broker:15672"),
        ("MALHA_DATABASE_URL", "postgresql://malha:secret@database/malha"),
        ("MALHA_DATABASE_URL", "postgresql://malha:secret@database/malha?sslmode=require"),
        ("MALHA_DATABASE_URL", "postgresql://malha:secret@database/malha?sslmode=verify-ca"),
        ("MALHA_DATABASE_URL", "postgresql://malha:secret@127.0.0.1,database/malha"),
        ("MALHA_DATABASE_URL", "postgresql://malha:secret@127.0.0.1:5432,database:5432/malha"),
        ("MALHA_AMQP_URL", "amqp://ingest:secret@127.0.0.1:5672,[2001:db8::1]:5672/malha"),
        ("MALHA_DATABASE_URL", "postgresql:///malha?host=database"),
    ],
)
def test_live_link_that_anybody_could_listen_on_is_refused(variable: str, url: str) -> None:
    """Notices and passwords leave a live machine only for whom a certificate names; it can be lifted."""
    environ = {**ENVIRON, "MALHA_DATABASE_URL": "postgresql://127.0.0.1/malha", variable: url}
    with pytest.raises(BadSetting) as caught:
        load(RegistryLike, {**environ, "MALHA_ENVIRONMENT": "live"})
    assert caught.value.variable == variable
    assert "secret" not in str(caught.value)
    with pytest.raises(BadSetting):
        load(RegistryLike, {**environ, "MALHA_TLS_REQUIRED": "true"})
    load(RegistryLike, environ)
    load(RegistryLike, {**environ, "MALHA_ENVIRONMENT": "live", "MALHA_TLS_REQUIRED": "false"})


@pytest.mark.parametrize(
    ("variable", "url"),
    [
        ("MALHA_AMQP_URL", "amqps://ingest:secret@broker/malha"),
        ("MALHA_AMQP_URL", "amqp://ingest:secret@[::1]/malha"),
        ("MALHA_AMQP_MANAGEMENT_URL", "http://localhost:15672"),
        ("MALHA_DATABASE_URL", "postgresql://malha:secret@one,two/malha?sslmode=verify-full"),
        ("MALHA_DATABASE_URL", "postgresql:///malha?host=/run/postgresql"),
    ],
)
def test_live_link_that_is_checked_or_stays_here_is_taken(variable: str, url: str) -> None:
    """A small state runs all of it on one machine."""
    environ = {**ENVIRON, "MALHA_DATABASE_URL": "postgresql://127.0.0.1/malha", variable: url}
    load(RegistryLike, {**environ, "MALHA_ENVIRONMENT": "live"})
