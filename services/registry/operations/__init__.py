"""The operations of the registry, for the document."""

from typing import Final

from services.registry.operations import agreements, documents, members, reading, reference
from shared.operations import Operation, Page, Tag

TAGS: Final[tuple[Tag, ...]] = (*agreements.TAGS, *members.TAGS, *documents.TAGS, *reference.TAGS)
OPERATIONS: Final[tuple[Operation, ...]] = (
    *reading.OPERATIONS,
    *members.OPERATIONS,
    *agreements.OPERATIONS,
    *documents.OPERATIONS,
    *reference.OPERATIONS,
    *reference.SERVICE_OPERATIONS,
)
PAGES: Final = (Page("GET", "/entrar/{token}"), Page("POST", "/sair"), Page("GET", "/api"))
