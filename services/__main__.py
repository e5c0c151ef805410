"""All three services in one process, on one port: ``python -m services``."""

from services.ingest import app as ingest
from services.ingest.settings import Settings as IngestSettings
from services.notifier import app as notifier
from services.notifier.settings import Settings as NotifierSettings
from services.registry import app as registry
from services.registry.settings import Settings as RegistrySettings
from shared.lifecycle import main

if __name__ == "__main__":
    main(
        (IngestSettings, ingest.install),
        (RegistrySettings, registry.install),
        (NotifierSettings, notifier.install),
    )
