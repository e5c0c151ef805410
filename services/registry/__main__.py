"""The registry in a process of its own."""

from services.registry.app import install
from services.registry.settings import Settings
from shared.program import main

if __name__ == "__main__":
    main((Settings, install))
