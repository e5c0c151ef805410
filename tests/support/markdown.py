"""The code in our documents, to be run as it stands there."""

import re

from tests.support.contract import checkout

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(document: str, language: str) -> list[str]:
    """The blocks of *language* in `docs/<document>`, in order."""
    text = (checkout() / "docs" / document).read_text(encoding="utf-8")
    return [code for kind, code in _BLOCK.findall(text) if kind == language]
