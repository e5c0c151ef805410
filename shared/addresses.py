"""Addresses that name several servers: whichever of them answers serves.

One form for the broker, its management and PostgreSQL (libpq has it, section 34.1.1.2 of its manual):
``amqp://user:password@one:5672,two:5672/malha``.
"""

from urllib.parse import urlsplit, urlunsplit


def each_host(url: str) -> tuple[str, ...]:
    """An address for each server that *url* names, in its order; all else is the same in them."""
    parts = urlsplit(url)
    user, at, hosts = parts.netloc.rpartition("@")
    return tuple(urlunsplit(parts._replace(netloc=f"{user}{at}{host}")) for host in hosts.split(","))
