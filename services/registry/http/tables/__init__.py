"""Every list as a table: its columns in a stable order, under stable names."""

from services.registry.http.tables.of_agreements import AGREEMENTS
from services.registry.http.tables.of_members import MEMBERS, STATISTICS
from services.registry.http.tables.of_notices import FEED, HISTORY, REVIEWS
from services.registry.http.tables.table import Column, Names, Table

__all__ = ["AGREEMENTS", "FEED", "HISTORY", "MEMBERS", "REVIEWS", "STATISTICS", "Column", "Names", "Table"]
