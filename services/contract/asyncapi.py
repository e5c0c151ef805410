"""The AsyncAPI 3.0 document: the events of the stream, and RabbitMQ's exchanges, queues and streams."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from services.contract import messages
from services.contract.channels import CARRIED, DONE, WHAT
from services.contract.notices import A_MEMBER, add_events
from services.contract.openapi import TITLE, VERSION
from services.contract.schemas import PREFIX, Schemas, name_of_type
from services.notifier.operations import EVENTS, OPERATIONS
from shared import topology
from shared.notices.attributes import told_from_outside
from shared.notices.families import FACTS
from shared.notices.sentences import Sentence, in_line, in_text
from shared.operations import Parameter

VHOST: Final = "malha"
_AMQP: Final = "0.3.0"
_HTTP: Final = "0.3.0"
_ABOUT: Final = Sentence(
    "O que se acompanha ao vivo (Server-Sent Events, aberto a todos) e o que trafega no RabbitMQ de cada "
    "ambiente "
    "(só para os serviços e os operadores). Cada mensagem é um CloudEvent 1.0 em JSON, persistente e "
    "confirmado.",
    "What can be followed live (Server-Sent Events, open to all) and what travels on the RabbitMQ of each "
    "stack "
    "(for the services and the operators alone). Each message is a CloudEvent 1.0 in JSON, persistent, "
    "confirmed.",
)


def asyncapi() -> dict[str, Any]:
    """The document."""
    schemas = Schemas()
    notice = add_events(schemas)
    told = {
        **{name: _notice(name, type_) for type_ in told_from_outside() for name in (name_of_type(type_),)},
        **_others(schemas),
        **_stream_events(schemas),
    }
    schemas.of(messages.DeliveryAttributes)
    schemas.of(messages.NoticeHeaders)
    query = _query(OPERATIONS[0].parameters, schemas)
    # In AsyncAPI a discriminator is the property's name alone.
    components = {**schemas.components(), "Notice": {**notice, "discriminator": "type"}}
    found = topology.definitions(VHOST)
    return {
        "asyncapi": "3.0.0",
        "info": {"title": TITLE, "version": VERSION, "description": in_text(_ABOUT)},
        "defaultContentType": messages.CLOUD_EVENT,
        "servers": _SERVERS,
        "channels": {
            "stream": _stream(),
            **{f"{each['name']}.exchange": _exchange(each) for each in found["exchanges"]},
            **{each["name"]: _queue(each) for each in found["queues"]},
        },
        "operations": {
            "followStream": _operation(
                "send",
                "stream",
                Sentence("O notifier conta o que foi registrado.", "The notifier tells what was registered."),
                {"http": {"method": "GET", "query": query, "bindingVersion": _HTTP}},
            ),
            **{name: _operation(action, channel, says) for name, action, channel, says in DONE},
        },
        "components": {
            "schemas": dict(sorted(components.items())),
            "messages": told,
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer"},
                "broker": {"type": "userPassword"},
            },
        },
    }


_SERVERS: Final = {
    "origin": {
        "host": "{host}",
        "protocol": "https",
        "variables": {"host": {"default": "acordos.exemplo.mg.gov.br"}},
        "description": in_text(Sentence("O endereço público.", "The public address.")),
        "security": [{"$ref": "#/components/securitySchemes/key"}],
    },
    "broker": {
        "host": "{host}",
        "pathname": f"/{VHOST}",
        "protocol": "amqp",
        "protocolVersion": "0.9.1",
        "variables": {"host": {"default": "127.0.0.1:5672"}},
        "description": in_text(
            Sentence("O RabbitMQ do ambiente; não é público.", "The stack's RabbitMQ; it is not public.")
        ),
        "security": [{"$ref": "#/components/securitySchemes/broker"}],
    },
}


def _stream() -> dict[str, Any]:
    operation = OPERATIONS[0]
    return {
        "address": operation.path,
        "title": in_line(operation.summary),
        "description": in_text(operation.says),
        "servers": [{"$ref": "#/servers/origin"}],
        "messages": _references(f"stream.{name}" for name in EVENTS),
    }


def _exchange(found: Mapping[str, Any]) -> dict[str, Any]:
    name = found["name"]
    told: dict[str, Any] = {
        "address": name,
        "title": f"exchange {name}",
        "description": in_text(WHAT[name]),
        "servers": [{"$ref": "#/servers/broker"}],
        "messages": _references(CARRIED[name]),
        "bindings": {
            "amqp": {
                "is": "routingKey",
                "exchange": {
                    "name": name,
                    "type": found["type"],
                    "durable": found["durable"],
                    "autoDelete": found["auto_delete"],
                    "vhost": VHOST,
                },
                "bindingVersion": _AMQP,
            }
        },
    }
    if name == "notices":
        told["address"] = "{lane}.{member}.{family}.{fact}"
        told["parameters"] = {
            "lane": {"enum": ["live", "backfill"]},
            "member": {"description": in_line(Sentence("De quem é o aviso", "Whose notice it is"))},
            "family": {"enum": sorted({FACTS[type_].family for type_ in told_from_outside()})},
            "fact": {"enum": sorted({FACTS[type_].name for type_ in told_from_outside()})},
        }
    return told


def _queue(found: Mapping[str, Any]) -> dict[str, Any]:
    name = found["name"]
    kind = found["arguments"]["x-queue-type"]
    return {
        "address": name,
        "title": f"{'stream' if kind == 'stream' else 'queue'} {name}",
        "description": in_text(WHAT[name]),
        "servers": [{"$ref": "#/servers/broker"}],
        "messages": _references(CARRIED[name]),
        "bindings": {
            "amqp": {
                "is": "queue",
                "queue": {
                    "name": name,
                    "durable": found["durable"],
                    "exclusive": False,
                    "autoDelete": found["auto_delete"],
                    "vhost": VHOST,
                },
                "bindingVersion": _AMQP,
            }
        },
        "x-arguments": found["arguments"],
    }


def _operation(
    action: str, channel: str, says: Sentence, bindings: dict[str, Any] | None = None
) -> dict[str, Any]:
    told: dict[str, Any] = {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": in_line(says),
    }
    return told if bindings is None else {**told, "bindings": bindings}


def _references(names: Iterable[str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/messages/{name}"} for name in names}


def _notice(name: str, type_: str) -> dict[str, Any]:
    return {
        "name": type_,
        "title": in_line(FACTS[type_].plain.format(member=A_MEMBER)),
        "contentType": messages.CLOUD_EVENT,
        "headers": {"$ref": PREFIX + "NoticeHeaders"},
        "payload": {"allOf": [{"$ref": PREFIX + name}, {"$ref": PREFIX + "DeliveryAttributes"}]},
        "bindings": {"amqp": {"messageType": type_, "bindingVersion": _AMQP}},
    }


def _others(schemas: Schemas) -> dict[str, Any]:
    delivery = {"allOf": [{"$ref": PREFIX + "Notice"}, {"$ref": PREFIX + "DeliveryAttributes"}]}
    return {
        "DelayedNotice": _message(
            Sentence("Um aviso que espera", "A notice that waits"),
            delivery,
            schemas.of(messages.DelayedHeaders),
        ),
        "DeadNotice": _message(
            Sentence("Um aviso que não pôde ser tratado", "A notice that could not be handled"),
            delivery,
            schemas.of(messages.DeadHeaders),
        ),
        "FeedEvent": _message(
            Sentence("Um item do feed", "A feed item"),
            schemas.of(messages.FeedEvent),
            schemas.of(messages.FeedHeaders),
        ),
        "RestoredEvent": _message(
            Sentence("O banco foi restaurado", "The database was restored"),
            schemas.of(messages.RestoredEvent),
            schemas.of(messages.FeedHeaders),
        ),
        "CanarySentEvent": _message(
            Sentence("Um canário, enviado quando nada mais é", "A canary, sent while nothing else is"),
            schemas.of(messages.CanarySentEvent),
            schemas.of(messages.CanaryHeaders),
        ),
        "FeedCanaryEvent": _message(
            Sentence("Um canário que chegou ao fim do caminho", "A canary that came to the end of the way"),
            schemas.of(messages.FeedCanaryEvent),
            schemas.of(messages.CanaryHeaders),
        ),
        "DirectoryEvent": _message(
            Sentence("O diretório", "The directory"),
            schemas.of(messages.DirectoryEvent),
            schemas.of(messages.DirectoryHeaders),
        ),
    }


def _message(title: Sentence, payload: dict[str, Any], headers: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": in_line(title),
        "contentType": messages.CLOUD_EVENT,
        "headers": headers,
        "payload": payload,
    }


def _stream_events(schemas: Schemas) -> dict[str, Any]:
    return {
        f"stream.{name}": {
            "name": name,
            "title": f"event: {name}",
            "contentType": "application/json",
            "payload": schemas.of(struct),
        }
        for name, struct in EVENTS.items()
    }


def _query(parameters: Iterable[Parameter], schemas: Schemas) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for each in parameters:
        if each.place == "query":
            schema = schemas.of(each.type)
            properties[each.name] = {"type": "array", "items": schema} if each.many else schema
    return {"type": "object", "properties": properties}
