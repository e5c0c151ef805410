"""How much of what is worth knowing about an agreement is told. Scored, never enforced. Pure."""

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple

from msgspec import UNSET

from services.registry.folding.agreement import Agreement, held_at_last
from shared.data import code_tables


class Completeness(NamedTuple):
    """From 0 to 100, and the fields that are missing, the weightiest first."""

    score: int
    missing: tuple[str, ...]


class Asked(NamedTuple):
    """A field that an instrument asks for, and how much it weighs."""

    field: str
    weight: int


_SIGNED_ONLY: Final = frozenset(
    {"signed_on", "effective_on", "ends_on", "signatories", "gazette", "documents"}
)
"""What cannot be known before the signature."""

_OF_ALL: Final = (
    Asked("object", 10),
    Asked("signed_on", 10),
    Asked("documents", 8),
    Asked("themes", 8),
    Asked("sdgs", 5),
    Asked("department", 5),
    Asked("effective_on", 5),
    Asked("signatories", 4),
    Asked("basis", 3),
    Asked("gates.legal", 3),
    Asked("gazette", 3),
    Asked("provenance", 2),
)
_OBJECTIVES: Final = {"required": 12, "optional": 4}
_END: Final = {"required": 10, "expected": 8, "open_ended_ok": 5}
_LEGISLATIVE: Final = {"required": 8, "usual": 5, "check": 3}
_FEDERAL: Final = {"approval": 10, "notice": 5, "check": 4}
_WITH_MONEY: Final = frozenset({"EMP", "DOA", "CONV"})
_AMOUNTS: Final = 8
_RENEWAL: Final = 2
_PARENT: Final = 12
_NEVER_OPEN_ENDED: Final = "required"
_SPECIAL: Final = frozenset({"ends_on", "gates"})
_OPEN_ENDED: Final = "ends_on: null"


def of_agreement(agreement: Agreement) -> Completeness:
    """How complete *agreement* is with all that is told of it, whatever the day."""
    data = {}
    for field, values in agreement.fields.items():
        if (held := held_at_last(values)) is not UNSET:
            data[field] = held
    return of(data, data.get("instrument"), signed=agreement.signed_from is not None)


def of(data: Mapping[str, Any], instrument: str | None, *, signed: bool = True) -> Completeness:
    """How complete *data* are for *instrument*; not *signed*: without what a signature brings."""
    told = [field for field, value in data.items() if value and field not in _SPECIAL]
    if "ends_on" in data:
        told.append(_OPEN_ENDED if data["ends_on"] is None else "ends_on")
    for gate, stands in (data.get("gates") or {}).items():
        if stands.get("status") not in {None, "unknown"}:
            told.append(f"gates.{gate}")
    return _scored(frozenset(told), instrument, signed)


@lru_cache(maxsize=4096)
def _scored(told: frozenset[str], instrument: str | None, signed: bool) -> Completeness:  # noqa: FBT001 - of a cache
    needless: frozenset[str] = frozenset() if signed else _SIGNED_ONLY
    if _OPEN_ENDED in told:
        needless |= {"renewal"}
    asked = [each for each in _asked_of(instrument) if each.field not in needless]
    missing = [each for each in asked if not _is_told(each.field, told, instrument)]
    whole = sum(each.weight for each in asked)
    left = whole - sum(each.weight for each in missing)
    heaviest_first = sorted(missing, key=lambda each: (-each.weight, each.field))
    return Completeness(100 * left // whole, tuple(each.field for each in heaviest_first))


@cache
def _asked_of(instrument: str | None) -> tuple[Asked, ...]:
    table = _instruments().get(instrument or "", {})
    asked = list(_OF_ALL)
    asked += _weighed("objectives", _OBJECTIVES, table.get("work_plan"))
    asked += _weighed("ends_on", _END, table.get("end_date"))
    if table.get("end_date") in _END:
        asked.append(Asked("renewal", _RENEWAL))
    asked += _weighed("gates.legislative", _LEGISLATIVE, table.get("legislative_gate"))
    asked += _weighed("gates.federal", _FEDERAL, str(table.get("federal_gate")).partition(":")[0])
    if instrument in _WITH_MONEY:
        asked.append(Asked("amounts", _AMOUNTS))
    if table.get("federal_gate") == "as_parent":
        asked.append(Asked("parent", _PARENT))
    return tuple(asked)


def _weighed(field: str, weights: Mapping[str, int], asked: Any) -> list[Asked]:
    return [Asked(field, weights[asked])] if asked in weights else []


@cache
def _instruments() -> Mapping[str, Mapping[str, Any]]:
    return {row["code"]: row for row in code_tables()["instrument_types"]}


def _is_told(field: str, told: frozenset[str], instrument: str | None) -> bool:
    if field == "ends_on" and _OPEN_ENDED in told:
        return _instruments().get(instrument or "", {}).get("end_date") != _NEVER_OPEN_ENDED
    return field in told


FIELDS: Final = tuple(
    sorted({asked.field for instrument in _instruments() for asked in _asked_of(instrument)})
)
"""Everything that can be missing."""
