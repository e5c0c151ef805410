"""The documents of the contract as the code writes them now, and the applications that they speak of."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from services import contract
from services.ingest import app as ingest
from services.ingest.settings import Settings as IngestSettings
from services.notifier import app as notifier
from services.notifier.settings import Settings as NotifierSettings
from services.registry import app as registry
from services.registry.settings import Settings as RegistrySettings
from shared.lifecycle import build_app
from tests.support.house import SESSION_KEY

METHODS: Final = ("get", "put", "post", "delete", "patch")
_IDENTITY: Final = {
    "environment": "test",
    "amqp_url": "amqp://nobody@127.0.0.1:1/none",
    "public_url": "http://malha.test",
    "session_key": SESSION_KEY,
}


@cache
def document(name: str) -> dict[str, Any]:
    """`openapi.json` or `asyncapi.json`."""
    found: dict[str, Any] = json.loads(contract.documents()[name])
    return found


def applications() -> dict[str, web.Application]:
    """Each service's application, put together and not started."""
    apps = {name: build_app("test") for name in ("ingest", "registry", "notifier")}
    ingest.install(apps["ingest"], IngestSettings(**_IDENTITY))  # type: ignore[arg-type]
    notifier.install(apps["notifier"], NotifierSettings(**_IDENTITY))  # type: ignore[arg-type]
    registry.install(
        apps["registry"],
        RegistrySettings(**_IDENTITY, database_url="postgresql://nobody@127.0.0.1:1/none"),  # type: ignore[arg-type]
    )
    return apps


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each operation of the OpenAPI document: method, path, and what is said of it."""
    for path, item in document("openapi.json")["paths"].items():
        for method in METHODS:
            if method in item:
                yield method.upper(), path, item[method]


def validator(name: str, schema: dict[str, Any]) -> Draft202012Validator:
    """Judges by *schema*, which stands in the document *name* and refers to its components."""
    resource = Resource.from_contents(document(name), default_specification=DRAFT202012)
    home = f"urn:{name}"
    return Draft202012Validator(_at_home(schema, home), registry=Registry().with_resource(home, resource))


def faults(name: str, schema: dict[str, Any], value: Any) -> list[str]:
    """Where *value* is not as *schema* says."""
    return [
        f"{error.json_path}: {error.message[:200]}" for error in validator(name, schema).iter_errors(value)
    ]


def checkout() -> Path:
    """The folder of the project."""
    return Path(__file__).parents[2]


def _at_home(schema: Any, home: str) -> Any:
    """*schema* with its references told from outside of the document."""
    if isinstance(schema, list):
        return [_at_home(each, home) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: home + value if key == "$ref" and isinstance(value, str) else _at_home(value, home)
        for key, value in schema.items()
    }
