"""The reference data that the product carries with it, each file read once."""

import csv
import json
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import msgspec

MemberKind = Literal["municipality", "state", "organisation"]

STATE = "31"
"""The state itself is a member: its id is its IBGE code."""


class Municipality(msgspec.Struct, frozen=True):
    """A municipality of Minas Gerais: IBGE code, name, regions, a point in degrees, area in km²."""

    ibge_code: str
    name: str
    mesoregion_code: str
    mesoregion: str
    microregion_code: str
    microregion: str
    latitude: float
    longitude: float
    area_km2: float


class Member(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who owns agreements and speaks in the network."""

    id: str
    kind: MemberKind
    name: str
    mesoregion: str | None = None


class Goal(msgspec.Struct, frozen=True):
    """A Sustainable Development Goal; *colour* is RGB in hexadecimal, without ``#``."""

    number: int
    pt: str
    en: str
    colour: str


class KnownTie(msgspec.Struct, frozen=True):
    """A tie that public sources state; empty text where the source says nothing."""

    ibge_code: str
    municipality: str
    partner_name: str
    partner_kind: str
    partner_country: str
    instrument: str
    signed_on: str
    title_or_object: str
    source: str
    confidence: str


@cache
def municipalities() -> dict[str, Municipality]:
    """The 853 municipalities by IBGE code, in the order of their codes."""
    rows = msgspec.convert(_rows("municipalities.csv"), list[Municipality], strict=False)
    return {row.ibge_code: row for row in rows}


@cache
def members() -> dict[str, Member]:
    """The members that exist from the first day, by id: the state, then the 853 municipalities."""
    state = Member(id=STATE, kind="state", name="Estado de Minas Gerais")
    cities = (
        Member(id=city.ibge_code, kind="municipality", name=city.name, mesoregion=city.mesoregion)
        for city in municipalities().values()
    )
    return {member.id: member for member in (state, *cities)}


@cache
def mesoregions() -> tuple[str, ...]:
    """The names of the 12 mesoregions, in the order of their codes."""
    named = {city.mesoregion_code: city.mesoregion for city in municipalities().values()}
    return tuple(named[code] for code in sorted(named))


@cache
def aliases() -> dict[str, str]:
    """Older spelling of a municipality's name → its IBGE code."""
    return {row["alias"]: row["ibge_code"] for row in _rows("municipality-aliases.csv")}


@cache
def goals() -> tuple[Goal, ...]:
    """The 17 Sustainable Development Goals, in order."""
    return tuple(msgspec.convert(_rows("sdgs.csv"), list[Goal], strict=False))


@cache
def known_ties() -> tuple[KnownTie, ...]:
    """The publicly documented ties, in the order of the file."""
    return tuple(msgspec.convert(_rows("known-ties.csv"), list[KnownTie]))


@cache
def code_tables() -> dict[str, Any]:
    """``codelists.json`` as it stands in the file."""
    tables: dict[str, Any] = json.loads(_text("codelists.json"))
    return tables


def gate_rules_json() -> bytes:
    """``gate-rules.json`` as bytes: the rules of the gates that a new registry begins with."""
    return files(__name__).joinpath("gate-rules.json").read_bytes()


def map_json() -> bytes:
    """``mg-map.json`` as bytes, ready to be served: {view_box, projection, paths by IBGE code}."""
    return files(__name__).joinpath("mg-map.json").read_bytes()


def contract_json(name: str) -> bytes:
    """``openapi.json`` or ``asyncapi.json`` as bytes, as ``malha openapi`` wrote it."""
    return files(__name__).joinpath(name).read_bytes()


def _text(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


def _rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(_text(name).splitlines()))
