"""The OpenAPI 3.1 document of the three services, from their operations."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from services.contract.fields import describe
from services.contract.notices import add_events
from services.contract.problems import ProblemDetails, examples_of, responses_of
from services.contract.schemas import Schemas, name_of_type
from services.ingest import operations as ingest
from services.notifier import operations as notifier
from services.registry import operations as registry
from shared.notices.attributes import told_from_outside
from shared.notices.sentences import Sentence, in_line, in_text
from shared.operations import Answer, Content, Header, Operation, Parameter, Tag

TITLE: Final = "Malha · Acordos de Minas"
VERSION: Final = "1.0.0"
OPERATIONS: Final[tuple[Operation, ...]] = (
    *ingest.OPERATIONS,
    *registry.OPERATIONS,
    *notifier.OPERATIONS,
)
TAGS: Final[tuple[Tag, ...]] = (*ingest.TAGS, *registry.TAGS, *notifier.TAGS)
_ORDER: Final = (
    "notices", "imports", "members", "agreements", "statistics", "feed", "documents", "reviews", "ledger",
    "reference", "operation",
)  # fmt: skip
_ABOUT: Final = Sentence(
    "A rede pela qual os municípios de Minas Gerais contam ao Estado, em tempo real, a sua ação "
    "internacional. "
    "Toda recusa é um `application/problem+json` (RFC 9457) no idioma de `Accept-Language`, com um `code` "
    "que não "
    "muda. Campos, tipos e códigos novos não são uma nova versão: quem lê ignora o que não conhece. "
    "Os exemplos são fictícios.",
    "The network through which the municipalities of Minas Gerais tell the state, in real time, of their "
    "international action. Every refusal is an `application/problem+json` (RFC 9457) in the language of "
    "`Accept-Language`, with a stable `code`. New fields, types and codes are not a new version: readers "
    "ignore "
    "what they do not know. The examples are fictional.",
)
_SECURITY: Final = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "mlh_<live|test>_<keyid>_<secret>",
        "description": in_text(
            Sentence(
                "A chave de quem envia ou lê. A de um ambiente não vale no outro.",
                "The key of who sends or reads. One environment's is no good in the other.",
            )
        ),
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-malha_session",
        "description": in_text(
            Sentence("A sessão de uma pessoa, aberta por um link.", "A person's session, opened by a link.")
        ),
    },
}


def openapi() -> dict[str, Any]:
    """The document."""
    schemas = Schemas()
    any_notice = add_events(schemas)
    schemas.of(ProblemDetails)
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, schemas)
    components = schemas.components() | {ingest.EVENT: any_notice}
    describe(components, tuple(f"{name_of_type(type_)}Data" for type_ in told_from_outside()))
    refusals = [each for operation in OPERATIONS for each in operation.all_problems]
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": VERSION, "description": in_text(_ABOUT)},
        "servers": [{"url": "/"}],
        "tags": [_tag(tag) for tag in sorted(TAGS, key=lambda tag: _ORDER.index(tag.name))],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(components.items())),
            "examples": examples_of(refusals),
            "securitySchemes": _SECURITY,
        },
    }


def _tag(tag: Tag) -> dict[str, Any]:
    return {"name": tag.name, "x-title": in_line(tag.title), "description": in_text(tag.says)}


def _operation(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": in_line(operation.summary),
        "description": in_text(operation.says),
        "x-callers": list(operation.callers),
    }
    if operation.sees is not None:
        told["x-sees"] = in_text(operation.sees)
    security: list[dict[str, list[str]]] = [{}] if operation.is_public else []
    security.append({"key": []})
    if operation.sessions:
        security.append({"session": []})
    told["security"] = security
    if operation.parameters:
        told["parameters"] = [_parameter(each, schemas) for each in operation.parameters]
    if operation.body:
        told["requestBody"] = {"required": True, "content": _content(operation.body, schemas)}
        if operation.body_says is not None:
            told["requestBody"]["description"] = in_text(operation.body_says)
    answers = {str(answer.status): _answer(answer, schemas) for answer in operation.answers}
    refusals = responses_of(operation.all_problems)
    told["responses"] = dict(sorted({**refusals, **_joined(answers, refusals)}.items()))
    return told


def _joined(answers: Mapping[str, Any], refusals: Mapping[str, Any]) -> dict[str, Any]:
    """The answers; one whose status may also be a problem's can be of either media type."""
    return {
        status: answer
        if status not in refusals
        else {**answer, "content": {**refusals[status]["content"], **answer["content"]}}
        for status, answer in answers.items()
    }


def _parameter(parameter: Parameter, schemas: Schemas) -> dict[str, Any]:
    schema = schemas.of(parameter.type)
    told: dict[str, Any] = {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.required,
        "description": in_text(parameter.says),
        "schema": {"type": "array", "items": schema} if parameter.many else schema,
    }
    if parameter.many:
        told |= {"style": "form", "explode": True}
    if parameter.usual is not None:
        told["x-default"] = parameter.usual
    if parameter.example is not None:
        told["example"] = [parameter.example] if parameter.many else parameter.example
    return told


def _answer(answer: Answer, schemas: Schemas) -> dict[str, Any]:
    told: dict[str, Any] = {"description": in_text(answer.says)}
    if answer.headers:
        told["headers"] = {header.name: _header(header, schemas) for header in answer.headers}
    if answer.content:
        told["content"] = _content(answer.content, schemas)
    return told


def _header(header: Header, schemas: Schemas) -> dict[str, Any]:
    return {
        "description": in_text(header.says),
        "required": header.always,
        "schema": schemas.of(header.type),
    }


def _content(contents: Mapping[str, Content], schemas: Schemas) -> dict[str, Any]:
    return {media_type: dict(_media(content, schemas)) for media_type, content in contents.items()}


def _media(content: Content, schemas: Schemas) -> Iterable[tuple[str, Any]]:
    if content.schema is not None:
        yield "schema", content.schema
    elif isinstance(content.type, tuple):
        yield "schema", {"oneOf": [schemas.of(each) for each in content.type]}
    elif content.type is not None:
        yield "schema", schemas.of(content.type)
    if content.examples:
        yield "examples", {name: {"value": value} for name, value in content.examples.items()}
