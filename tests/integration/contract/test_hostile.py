"""A share of the ten thousand hostile requests (tests/fault/fuzz), straight to the services."""

from urllib.parse import urlsplit

from tests.support import hostile
from tests.support.whole import ROLES, Whole

COUNT = 500
SECONDS = 120.0


async def test_what_means_harm_is_answered_in_words(whole: Whole) -> None:
    """Every kind of trick, in a few places: no 5xx, no markup or header of theirs, nothing from inside."""
    port = urlsplit(whole.url).port or 0
    proofs = {"anonymous": b"", "person": b"Cookie: malha_session=forged"}
    for asker in ROLES:
        (proof,) = whole.headers(asker).items()
        proofs[asker] = ": ".join(proof).encode()
    found, statuses = await hostile.attack(port, proofs, hostile.requests(COUNT), 2, SECONDS)
    assert found == [], "\n".join(found)
    assert statuses.total() == COUNT
    assert {200, 400, 401, 404, 405, 422} <= {*statuses}  # they came far in
