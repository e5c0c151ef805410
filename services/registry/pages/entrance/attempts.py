"""How often somebody may try a code, or ask for a link. Counted in this process, by the `limits` library."""

import hashlib
from ipaddress import IPv4Address, ip_address, ip_network
from typing import TYPE_CHECKING, Final

from aiohttp import web

from shared.notices.sentences import Sentence
from shared.problems import TooManyRequests

if TYPE_CHECKING:
    from limits.strategies import MovingWindowRateLimiter

HOUR_SECONDS: Final = 3600
CODES_PER_HOUR: Final = 10
"""Wrong codes from one place: of 2^60 that there are."""
LETTERS_PER_HOUR: Final = 5
"""Links to one address; the sixth is not sent, and nobody is told."""
ASKED_PER_HOUR: Final = 30
"""Links asked for from one place: a town hall has one address for all its desks."""


class TooManyAttempts(TooManyRequests):
    """Somebody tries too often."""

    code = "too_many_attempts"
    title = Sentence("Muitas tentativas", "Too many attempts")
    default_detail = Sentence(
        "Houve muitas tentativas a partir daqui. Espere uma hora e tente de novo.",
        "There were many attempts from here. Wait for an hour and try again.",
    )


class Attempts:
    """What was tried, by whom, within the last hour."""

    def __init__(self) -> None:
        self._limiter: MovingWindowRateLimiter | None = None

    def may(self, what: str, who: str, most: int) -> bool:
        """Count one *what* of *who*; False once there were *most* within an hour."""
        from limits import RateLimitItemPerHour  # noqa: PLC0415 (14 MB that a registry without people never needs)

        return self._window().hit(RateLimitItemPerHour(most, 1, what), _digest(who))

    def are_over(self, what: str, who: str, most: int) -> bool:
        """Whether there were *most* already, without counting."""
        from limits import RateLimitItemPerHour  # noqa: PLC0415 (as above)

        return not self._window().test(RateLimitItemPerHour(most, 1, what), _digest(who))

    def _window(self) -> "MovingWindowRateLimiter":
        if self._limiter is None:
            from limits.storage import MemoryStorage  # noqa: PLC0415 (as above)
            from limits.strategies import MovingWindowRateLimiter  # noqa: PLC0415 (as above)

            self._limiter = MovingWindowRateLimiter(MemoryStorage())
        return self._limiter


ATTEMPTS: web.AppKey[Attempts] = web.AppKey("attempts", Attempts)


def count_or_refuse(request: web.Request, what: str, most: int) -> None:
    """Count one *what* from where *request* comes. Raises TooManyAttempts (429)."""
    if not request.app[ATTEMPTS].may(what, origin_of(request), most):
        raise TooManyAttempts(retry_after_seconds=HOUR_SECONDS)


def refuse_if_over(request: web.Request, what: str, most: int) -> None:
    """Raise TooManyAttempts (429) if there were too many *what* from where *request* comes."""
    if request.app[ATTEMPTS].are_over(what, origin_of(request), most):
        raise TooManyAttempts(retry_after_seconds=HOUR_SECONDS)


def origin_of(request: web.Request) -> str:
    """The network address that asks: behind the gateway, which is on this machine, what it names last."""
    remote = request.remote or ""
    try:
        is_gateway = ip_address(remote).is_loopback
    except ValueError:
        return remote
    named = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return network_of(named if is_gateway and named else remote)


def network_of(address: str) -> str:
    """Whom *address* stands for: of IPv6 the /64, all of which one line has."""
    try:
        told = ip_address(address)
    except ValueError:
        return address
    if isinstance(told, IPv4Address):
        return address
    mapped = told.ipv4_mapped
    return str(ip_network((int(told), 64), strict=False)) if mapped is None else str(mapped)


def _digest(who: str) -> str:
    return hashlib.sha256(who.encode()).hexdigest()
