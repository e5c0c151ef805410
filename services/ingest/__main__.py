"""Ingest alone in its process."""

from services.ingest.app import install
from services.ingest.settings import Settings
from shared.program import main

main((Settings, install))
