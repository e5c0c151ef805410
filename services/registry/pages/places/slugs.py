"""Mesoregions have no code that people know: their addresses are made of their names."""

from functools import cache

from services.registry.folding.partners import folded_name
from shared import data


def slug(mesoregion: str) -> str:
    """Its name in small letters, with hyphens."""
    return folded_name(mesoregion).replace(" ", "-")


@cache
def mesoregion_by_slug() -> dict[str, str]:
    """The names by what stands in addresses."""
    return {slug(name): name for name in data.mesoregions()}
