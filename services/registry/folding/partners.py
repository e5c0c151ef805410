"""Which partner is meant, whoever writes its name. Pure."""

import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

LONGEST_NAME: Final = 200
"""A folded name beyond this ends in its digest: an index has no room for every text."""
_DIGEST_SYMBOLS: Final = 32


def partner_key(partner: Mapping[str, Any]) -> str:
    """The same for the same partner: its Wikidata id, else its folded name and country (``porto|PT``)."""
    return _key(partner.get("wikidata"), partner["name"], partner.get("country"))


@lru_cache(maxsize=8192)
def _key(wikidata: str | None, name: str, country: str | None) -> str:
    return wikidata or f"{folded_name(name)}|{country or ''}"


def folded_name(name: str) -> str:
    """*name* in small letters and digits, without accents, with single spaces; never longer than 233."""
    plain = "".join(
        letter if letter.isalnum() else " "
        for letter in unicodedata.normalize("NFKD", name.casefold())
        if not unicodedata.combining(letter)
    )
    folded = " ".join(plain.split()) or " ".join(name.casefold().split())
    if len(folded) <= LONGEST_NAME:
        return folded
    return f"{folded[:LONGEST_NAME]} {sha256(folded.encode()).hexdigest()[:_DIGEST_SYMBOLS]}"
