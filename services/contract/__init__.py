"""What the three services promise together, as documents for machines: OpenAPI and AsyncAPI."""

import json
from pathlib import Path
from typing import Any, Final

from services.contract.asyncapi import asyncapi
from services.contract.openapi import openapi
from shared import data

FOLDER: Final = Path(data.__file__).parent


def documents() -> dict[str, bytes]:
    """Each document as the file that holds it, by the file's name."""
    return {"openapi.json": _written(openapi()), "asyncapi.json": _written(asyncapi())}


def write() -> list[Path]:
    """Write the files anew; return those that were other before."""
    changed = []
    for name, content in documents().items():
        file = FOLDER / name
        if not file.exists() or file.read_bytes() != content:
            file.write_bytes(content)
            changed.append(file)
    return changed


def _written(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"
