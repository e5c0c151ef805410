"""The OpenAPI document: what the code says, whole, valid, and with examples that hold."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from multidict import CIMultiDict
from openapi_spec_validator import validate

from services import contract
from services.contract.openapi import OPERATIONS
from services.contract.schemas import name_of_type
from services.ingest import operations as ingest
from services.notifier import operations as notifier
from services.registry import operations as registry
from shared.doors import DOORS
from shared.notices.attributes import told_from_outside
from shared.notices.collector import schema_of
from shared.notices.door import decode, read_envelopes
from shared.notices.envelope import BATCH_TYPE, STRUCTURED_TYPE
from shared.notices.sentences import of_line, of_text
from shared.operations import refined
from tests.support.contract import applications, document, faults, operations

REGENERATE = "the files are not what the code says: run `malha openapi`"
STATIC = ("GET", "/static/{path}")
OF_ALL = {"/metrics", "/healthz/live", "/healthz/ready"}
EVENT_TYPES = {STRUCTURED_TYPE, BATCH_TYPE}


@pytest.mark.parametrize("name", ["openapi.json", "asyncapi.json"])
def test_files_are_what_the_code_says(name: str) -> None:
    """What is served is never older than the code: one command writes it anew."""
    assert (contract.FOLDER / name).read_bytes() == contract.documents()[name], REGENERATE


def test_document_is_valid() -> None:
    """Tools that read OpenAPI 3.1 can read it."""
    validate(document("openapi.json"))


def test_every_route_is_in_the_document_and_the_other_way_round() -> None:
    """Nothing is served in secret, nothing is promised that is not served; pages have doors."""
    told = {
        "ingest": (ingest.OPERATIONS, ingest.PAGES),
        "registry": (registry.OPERATIONS, registry.PAGES),
        "notifier": (notifier.OPERATIONS, notifier.PAGES),
    }
    for service, app in applications().items():
        routes = {
            (route.method, route.resource.canonical)
            for route in app.router.routes()
            if route.resource is not None and route.method != "HEAD"
        } - {STATIC}
        described, pages = told[service]
        wanted: set[tuple[str, str]] = {(operation.method, operation.path) for operation in described}
        wanted |= {(page.method, page.path) for page in pages}
        wanted |= {(door.method, door.path) for door in app[DOORS]}
        wanted |= {("GET", path) for path in OF_ALL}
        assert routes == wanted, service


def test_operation_ids_are_told_once() -> None:
    """Generated clients name their functions by them."""
    ids = [operation.id for operation in OPERATIONS]
    assert len(set(ids)) == len(ids)


def test_every_example_holds() -> None:
    """An example that does not fit its own schema teaches everybody the mistake."""
    wrong: list[str] = []
    for _, _, operation in operations():
        contents = [operation.get("requestBody", {}).get("content", {})]
        contents += [response.get("content", {}) for response in operation["responses"].values()]
        for content in contents:
            for media_type, media in content.items():
                for name, example in media.get("examples", {}).items():
                    value = _referred(example)["value"]
                    wrong += [
                        f"{operation['operationId']} {media_type} {name}: {fault}"
                        for fault in faults("openapi.json", media["schema"], value)
                    ]
        for parameter in operation.get("parameters", ()):
            if "example" in parameter:
                wrong += [
                    f"{operation['operationId']} {parameter['name']}: {fault}"
                    for fault in faults("openapi.json", parameter["schema"], parameter["example"])
                ]
    assert wrong == []


def test_example_notices_pass_the_door() -> None:
    """They are notices, not drawings of notices."""
    post = document("openapi.json")["paths"]["/v1/notices"]["post"]
    for media_type in EVENT_TYPES:
        for example in post["requestBody"]["content"][media_type]["examples"].values():
            body = msgspec.json.encode(example["value"])
            events = read_envelopes(body, CIMultiDict({"Content-Type": media_type}), media_type)
            assert decode(events, datetime.now(UTC))


def test_every_sentence_is_in_both_languages() -> None:
    """Portuguese first, English beside it: whoever reads one misses nothing of the other."""
    for method, path, operation in operations():
        texts = [operation["description"], *(_descriptions(operation))]
        assert of_line(operation["summary"], "en") != of_line(operation["summary"], "pt"), (method, path)
        for text in texts:
            assert text.count("\n\n") == 1, (method, path, text)
            assert all(of_text(text, language) for language in ("pt", "en")), (method, path, text)


def test_every_type_of_notice_has_one_schema_of_a_stable_name() -> None:
    """A type is described once, whole, and told from the others by `type`."""
    schemas = document("openapi.json")["components"]["schemas"]
    mapping = schemas["Notice"]["discriminator"]["mapping"]
    assert sorted(mapping) == sorted(told_from_outside())
    for type_, reference in mapping.items():
        event = schemas[reference.removeprefix("#/components/schemas/")]
        assert event["title"] == name_of_type(type_)
        assert event["properties"]["type"] == {"enum": [type_]}
        assert event["description"]
        assert event["properties"]["data"]["$ref"] == f"#/components/schemas/{name_of_type(type_)}Data"


@pytest.mark.parametrize("type_", told_from_outside())
def test_served_schema_of_a_type_is_that_of_the_document(type_: str) -> None:
    """`/v1/schemas/{type}` and the document never say different things."""
    schemas = document("openapi.json")["components"]["schemas"]
    served = schema_of(type_)
    own = served["$defs"][served["$ref"].rpartition("/")[2]] if "$ref" in served else served
    described = schemas[f"{name_of_type(type_)}Data"]
    for part in ("properties", "required", "additionalProperties"):
        assert _unnamed(own.get(part)) == _unnamed(described.get(part))


def test_refining_a_field_that_is_gone_is_an_error() -> None:
    """A shape that changes takes the document with it, or says so."""

    class Shape(msgspec.Struct):
        here: int

    assert refined(Shape, here=str).__struct_fields__ == ("here",)
    with pytest.raises(ValueError, match="Shape has no gone"):
        refined(Shape, gone=str)


def _referred(example: dict[str, Any]) -> Any:
    if "$ref" not in example:
        return example
    return document("openapi.json")["components"]["examples"][example["$ref"].rpartition("/")[2]]


def _descriptions(operation: dict[str, Any]) -> list[str]:
    found = [each["description"] for each in operation.get("parameters", ())]
    for response in operation["responses"].values():
        found.append(response["description"])
        found += [header["description"] for header in response.get("headers", {}).values()]
    if "x-sees" in operation:
        found.append(operation["x-sees"])
    return found


def _unnamed(schema: Any) -> Any:
    """*schema* without words, and without the names of what it refers to, which are the document's own."""
    if isinstance(schema, list):
        return [_unnamed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    told = {key: _unnamed(value) for key, value in schema.items() if key != "description"}
    return told | {"$ref": "#"} if "$ref" in told else told
