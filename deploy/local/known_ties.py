"""The real, publicly documented ties of `shared/data/known-ties.csv`, as notices."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from deploy.local.layout import CHECKOUT

FILE = CHECKOUT / "shared" / "data" / "known-ties.csv"
SOURCE = "/known-ties"
_IDENTITY = ("ibge_code", "partner_name", "instrument", "signed_on", "title_or_object")


def known_ties(file: Path = FILE) -> list[dict[str, Any]]:
    """One event for each row, the same at every reading: history, told with where it is stated."""
    with file.open(encoding="utf-8", newline="") as rows:
        return [event_of(row) for row in csv.DictReader(rows)]


def event_of(row: Mapping[str, str]) -> dict[str, Any]:
    """The event that tells of one row; what the row does not know is not there."""
    identity = hashlib.sha256("\n".join(row[field] for field in _IDENTITY).encode()).hexdigest()[:16]
    partner = {"name": row["partner_name"], "kind": row["partner_kind"]}
    if row["partner_country"]:
        partner["country"] = row["partner_country"]
    data: dict[str, Any] = {
        "instrument": row["instrument"],
        "basis": _basis(row),
        "title": row["title_or_object"],
        "partners": [partner],
        "provenance": [
            {"kind": "public_source", "url": _address(row["source"]), "confidence": row["confidence"]}
        ],
    }
    if row["signed_on"]:
        data["signed_on"] = row["signed_on"]
    return {
        "specversion": "1.0",
        "id": identity,
        "source": SOURCE,
        "type": "br.malha.agreement.reported.v1",
        "member": row["ibge_code"],
        "subject": f"known-tie-{identity}",
        "backfill": True,
        "data": data,
    }


def _basis(row: Mapping[str, str]) -> str:
    if row["instrument"] == "IRM_DECL":
        return "unilateral_law"
    return "multilateral" if row["partner_kind"] == "network" else "bilateral"


def _address(source: str) -> str:
    """The file gives addresses without scheme, or OWNER/REPOSITORY/PATH of a public repository."""
    host, _, path = source.partition("/")
    if "." not in host:
        repository, _, file = path.partition("/")
        return f"https://github.com/{host}/{repository}/blob/HEAD/{file}"
    return f"https://{host}/{quote(path, safe='/?=&,;%~')}"
