"""Addresses that name several servers: whichever of them answers serves.

One form for the broker, its management and PostgreSQL (libpq has it, section 34.1.1.2 of its manual):
``amqp://user:password@one:5672,two:5672/malha``.
"""

import re
from typing import Final

# By hand: the standard library takes a second host in brackets (IPv6) for no address at all.
_HOSTS: Final = re.compile(r"(?P<before>[^/]*//(?:[^/?#]*@)?)(?P<hosts>[^/?#]*)(?P<after>.*)", re.DOTALL)


def each_host(url: str) -> tuple[str, ...]:
    """An address for each server that *url* names, in its order; all else is the same in them."""
    found = _HOSTS.fullmatch(url)
    if found is None:
        return (url,)
    before, hosts, after = found["before"], found["hosts"], found["after"]
    return tuple(f"{before}{host}{after}" for host in hosts.split(","))
