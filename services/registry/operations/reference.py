"""The operations that say what may be said: schemas, code lists, these documents; and how services are."""

from typing import Any, Final

import msgspec

from shared.lifecycle import Readiness
from shared.notices.codelists import Code, code_lists
from shared.notices.sentences import Sentence
from shared.operations import (
    JSON,
    Answer,
    Content,
    Header,
    Operation,
    Parameter,
    Tag,
    answered_in_json,
    examples,
)
from shared.problems import NotAcceptable, NotFound

JSON_SCHEMA: Final = "application/schema+json"
_LISTS: Final = ", ".join(f"`{name}`" for name in sorted(code_lists()))
_ETAG: Final = Header(
    name="ETag",
    says=Sentence("Muda quando o documento muda.", "Changes when the document changes."),
    always=True,
)
_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["$schema", "$id"],
    "additionalProperties": True,
}


class CodeList(msgspec.Struct, frozen=True):
    """A code list, each code with its names."""

    name: str
    codes: list[Code]


class Health(msgspec.Struct, frozen=True):
    """How the parts of a service are."""

    status: str
    parts: dict[str, Readiness]


class Liveness(msgspec.Struct, frozen=True):
    """The process answers."""

    status: str


TAGS: Final = (
    Tag(
        name="reference",
        title=Sentence("Referência", "Reference"),
        says=Sentence(
            "O que um aviso pode dizer, e estes documentos.", "What a notice may say, and these documents."
        ),
    ),
    Tag(
        name="operation",
        title=Sentence("Operação", "Operation"),
        says=Sentence("Como estão os serviços.", "How the services are."),
    ),
)


def _document(id_: str, path: str, summary: Sentence, says: Sentence) -> Operation:
    return Operation(
        id=id_,
        method="GET",
        path=path,
        tag="reference",
        summary=summary,
        says=says,
        parameters=(
            Parameter(
                name="If-None-Match",
                place="header",
                says=Sentence("O ETag que já se tem.", "The ETag that one has already."),
            ),
        ),
        answers=(
            Answer(
                says=Sentence("O documento.", "The document."),
                content={JSON: Content(schema={"type": "object"})},
                headers=(_ETAG,),
            ),
            Answer(status=304, says=Sentence("Não mudou.", "It has not changed."), headers=(_ETAG,)),
        ),
    )


OPERATIONS: Final = (
    Operation(
        id="getSchema",
        method="GET",
        path="/v1/schemas/{type}",
        tag="reference",
        summary=Sentence("O esquema de um tipo", "The schema of a type"),
        says=Sentence(
            "O JSON Schema (2020-12) de `data` de um tipo de aviso. Um nome que não existe é respondido "
            "com todos.",
            "The JSON Schema (2020-12) of a notice type's `data`. A name that does not exist is answered "
            "with all.",
        ),
        parameters=(
            Parameter(
                name="type",
                place="path",
                required=True,
                example=examples.TYPE,
                type=str,
                says=Sentence("O tipo do aviso.", "The notice's type."),
            ),
        ),
        answers=(
            Answer(
                says=Sentence("O esquema.", "The schema."),
                content={JSON: Content(schema=_SCHEMA), JSON_SCHEMA: Content(schema=_SCHEMA)},
            ),
        ),
        problems=(NotFound, NotAcceptable),
    ),
    Operation(
        id="getCodelist",
        method="GET",
        path="/v1/codelists/{name}",
        tag="reference",
        summary=Sentence("Uma lista de códigos", "A code list"),
        says=Sentence(
            f"Cada código com o seu nome. As listas: {_LISTS}.",
            f"Each code with its name. The lists: {_LISTS}.",
        ),
        parameters=(
            Parameter(
                name="name",
                place="path",
                required=True,
                example="sides",
                type=str,
                says=Sentence("O nome da lista.", "The list's name."),
            ),
        ),
        answers=(
            answered_in_json(
                CodeList,
                Sentence("A lista.", "The list."),
                example={
                    "name": "sides",
                    "codes": [msgspec.to_builtins(code) for code in code_lists()["sides"]],
                },
            ),
        ),
        problems=(NotFound, NotAcceptable),
    ),
    _document(
        "getOpenapi",
        "/v1/openapi.json",
        Sentence("Este documento", "This document"),
        Sentence("O contrato HTTP, em OpenAPI 3.1.", "The HTTP contract, in OpenAPI 3.1."),
    ),
    _document(
        "getAsyncapi",
        "/v1/asyncapi.json",
        Sentence("O documento dos eventos", "The document of the events"),
        Sentence(
            "Os eventos do fluxo e as mensagens do RabbitMQ, em AsyncAPI 3.0.",
            "The events of the stream and the messages of RabbitMQ, in AsyncAPI 3.0.",
        ),
    ),
)

SERVICE_OPERATIONS: Final = (
    Operation(
        id="getLiveness",
        method="GET",
        path="/healthz/live",
        tag="operation",
        summary=Sentence("O processo responde", "The process answers"),
        says=Sentence("200 enquanto o processo vive.", "200 for as long as the process lives."),
        answers=(answered_in_json(Liveness, Sentence("Vive.", "It lives."), example={"status": "live"}),),
    ),
    Operation(
        id="getReadiness",
        method="GET",
        path="/healthz/ready",
        tag="operation",
        summary=Sentence("Como estão as partes", "How the parts are"),
        says=Sentence(
            "200 quando todas as partes podem trabalhar; senão 503, e o que falta.",
            "200 when every part can work; else 503, and what is missing.",
        ),
        answers=(
            answered_in_json(
                Health,
                Sentence("Pronto.", "Ready."),
                example={"status": "ready", "parts": {"directory": {"ok": True, "detail": None}}},
            ),
            answered_in_json(
                Health,
                Sentence("Ainda não.", "Not yet."),
                status=503,
                example={
                    "status": "not_ready",
                    "parts": {"directory": {"ok": False, "detail": "RabbitMQ: not connected yet"}},
                },
            ),
        ),
    ),
    Operation(
        id="getMetrics",
        method="GET",
        path="/metrics",
        tag="operation",
        summary=Sentence("Métricas", "Metrics"),
        says=Sentence("No formato do Prometheus.", "In Prometheus' text format."),
        answers=(
            Answer(
                says=Sentence("As métricas.", "The metrics."),
                content={"text/plain": Content(schema={"type": "string"})},
            ),
        ),
    ),
)
"""What every service answers, about itself."""
