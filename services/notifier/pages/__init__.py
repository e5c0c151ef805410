"""The notifier's page: the console."""

from services.notifier.pages.console import Console, install

__all__ = ["Console", "install"]
