"""One stack for all tests of a file that share a worker: none of them minds what another has sent."""

from collections.abc import Iterator

import pytest

from shared.operations import examples
from tests.support.background import BackgroundLoop
from tests.support.servers import Servers
from tests.support.whole import Whole, whole_stack


@pytest.fixture(scope="module")
def whole(
    servers: Servers, database_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Whole]:
    """The three services as one program, with the notices of all examples registered."""
    loop = BackgroundLoop()
    log = tmp_path_factory.mktemp("services") / "services.log"
    running = whole_stack(servers, database_template, log)
    found = loop.run(running.__aenter__())
    try:
        found.send(examples.SIGNED, *examples.BATCH)
        yield found
    finally:
        loop.run(running.__aexit__(None, None, None))
        loop.close()
