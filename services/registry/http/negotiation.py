"""Which of the offered media types an Accept header takes (RFC 9110, §12.5.1)."""

from collections.abc import Sequence


def chosen(accept: str | None, offered: Sequence[str]) -> str | None:
    """The best of *offered* (most welcome first) under *accept*; None when it refuses them all.

    No header, or an empty one, takes everything. A range that cannot be read takes nothing.
    """
    if accept is None or not accept.strip():
        return offered[0]
    ranges = [parsed for part in accept.split(",") if (parsed := _range(part)) is not None]
    weights = [(_weight(media_type, ranges), -place) for place, media_type in enumerate(offered)]
    weight, place = max(weights)
    return offered[-place] if weight > 0 else None


def _range(part: str) -> tuple[str, float] | None:
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    if name.count("/") != 1:
        return None
    weight = 1.0
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            try:
                weight = min(max(float(value), 0.0), 1.0)
            except ValueError:
                return None
    return name, weight


def _weight(media_type: str, ranges: Sequence[tuple[str, float]]) -> float:
    """The most specific range that covers *media_type* decides."""
    family = media_type.partition("/")[0]
    for covering in (media_type, f"{family}/*", "*/*"):
        weights = [weight for name, weight in ranges if name == covering]
        if weights:
            return max(weights)
    return 0.0
