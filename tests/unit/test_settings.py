"""Settings: decoded once, and a bad one is named."""

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
