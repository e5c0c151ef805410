"""The operations of ingest, for the document."""

from typing import Final

from services.ingest.operations import imports, notices
from services.ingest.operations.notices import EVENT
from shared.operations import Operation, Page, Tag

__all__ = ["EVENT", "OPERATIONS", "PAGES", "TAGS"]

TAGS: Final[tuple[Tag, ...]] = (*notices.TAGS, *imports.TAGS)
OPERATIONS: Final[tuple[Operation, ...]] = (*notices.OPERATIONS, *imports.OPERATIONS)
PAGES: Final[tuple[Page, ...]] = ()
