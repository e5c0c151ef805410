"""All three services in one process, on one port: ``python -m services``."""

from services.ingest.app import install as install_ingest
from services.ingest.settings import Settings as IngestSettings
from services.notifier.app import install as install_notifier
from services.notifier.settings import Settings as NotifierSettings
from services.registry.app import install as install_registry
from services.registry.settings import Settings as RegistrySettings
from shared.program import main

if __name__ == "__main__":
    main(
        (IngestSettings, install_ingest),
        (RegistrySettings, install_registry),
        (NotifierSettings, install_notifier),
    )
