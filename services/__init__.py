"""The services of Malha, and the command."""

import sys

# structlog loads rich and pygments, 5 MB in every process, for colours that no service prints.
if "rich" not in sys.modules:
    sys.modules["rich"] = None  # type: ignore[assignment]
    import structlog  # noqa: F401 - now, while it finds no rich

    del sys.modules["rich"]
