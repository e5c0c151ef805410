"""The operations of the registry, for the document."""

from typing import Final

from services.registry.operations import (
    agreements,
    counting,
    documents,
    members,
    reading,
    reference,
    resemblances,
    reviews,
)
from shared.operations import Operation, Page, Tag

TAGS: Final[tuple[Tag, ...]] = (
    *agreements.TAGS,
    *counting.TAGS,
    *members.TAGS,
    *documents.TAGS,
    *reviews.TAGS,
    *reference.TAGS,
)
OPERATIONS: Final[tuple[Operation, ...]] = (
    *reading.OPERATIONS,
    *members.OPERATIONS,
    *agreements.OPERATIONS,
    *resemblances.OPERATIONS,
    *counting.OPERATIONS,
    *documents.OPERATIONS,
    *reviews.OPERATIONS,
    *reviews.RULES,
    *reference.OPERATIONS,
    *reference.SERVICE_OPERATIONS,
)
PAGES: Final = (Page("GET", "/mapa.svg"), Page("GET", "/entrar/{token}"), Page("POST", "/sair"))
"""What people ask for that has no door of its own."""
