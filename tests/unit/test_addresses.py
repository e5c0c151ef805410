import pytest

from shared.addresses import each_host


@pytest.mark.parametrize(
    ("url", "each"),
    [
        ("amqp://u:p@one:5672/malha", ("amqp://u:p@one:5672/malha",)),
        (
            "amqps://u:p@one:5671,two:5671/malha?cafile=/ca.pem",
            ("amqps://u:p@one:5671/malha?cafile=/ca.pem", "amqps://u:p@two:5671/malha?cafile=/ca.pem"),
        ),
        ("http://one:15672,[::1]:15672", ("http://one:15672", "http://[::1]:15672")),
        (
            "postgresql://u:a,b@one,two/malha?target_session_attrs=read-write",
            (
                "postgresql://u:a,b@one/malha?target_session_attrs=read-write",
                "postgresql://u:a,b@two/malha?target_session_attrs=read-write",
            ),
        ),
    ],
)
def test_an_address_of_several_servers_is_one_for_each(url: str, each: tuple[str, ...]) -> None:
    """Whatever else an address says is the same for all; a comma in a password names no server."""
    assert each_host(url) == each
