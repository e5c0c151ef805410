from services.notifier.app import install
from services.notifier.settings import Settings
from shared.program import main

if __name__ == "__main__":
    main((Settings, install))
