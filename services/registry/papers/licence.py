"""What anybody may do with the public data (docs/decisions/0021)."""

from typing import Final, NamedTuple


class Licence(NamedTuple):
    """A licence and where it stands."""

    name: str
    url: str


LICENCE: Final = Licence("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/")
