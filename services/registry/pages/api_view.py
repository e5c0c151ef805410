"""What the page of the interface shows, out of the OpenAPI document. Pure: document in, texts out."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

from markupsafe import Markup, escape

from services.registry.pages.api_fields import Fields
from shared.notices.sentences import Language, of_line, of_text

_CODE: Final = re.compile(r"`([^`]+)`")
_METHODS: Final = ("get", "put", "post", "delete", "patch")
_SHOWN_LINES: Final = 60
_LINE: Final = 88
_STRUCTURED: Final = "application/cloudevents+json"

View = dict[str, Any]


def api_view(document: Mapping[str, Any], language: Language, words: Mapping[str, Any], origin: str) -> View:
    """Chapters of operations, and the types of notice, in *language*."""
    view = _View(document, language, words, origin)
    return {
        "about": view.text(document["info"]["description"]),
        "version": document["info"]["version"],
        "chapters": [view.chapter(tag) for tag in document["tags"]],
        "kinds": list(view.kinds()),
        "key": marked(words["key"]),
    }


def marked(text: str) -> Markup:
    """*text* with what stands between backticks as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped before


class _View:
    def __init__(
        self, document: Mapping[str, Any], language: Language, words: Mapping[str, Any], origin: str
    ) -> None:
        self._document = document
        self._components = document["components"]
        self._language = language
        self._words = words
        self._origin = origin
        self._fields = Fields(self._components["schemas"], language, words)

    def text(self, told: str) -> Markup:
        return marked(of_text(told, self._language))

    def line(self, told: str) -> Markup:
        return marked(of_line(told, self._language))

    def chapter(self, tag: Mapping[str, Any]) -> View:
        return {
            "name": tag["name"],
            "title": self.line(tag["x-title"]),
            "says": self.text(tag["description"]),
            "operations": [
                self._operation(method, path, operation)
                for path, item in self._document["paths"].items()
                for method, operation in item.items()
                if method in _METHODS and tag["name"] in operation["tags"]
            ],
        }

    def kinds(self) -> Iterator[View]:
        """Each type of notice, with the fields of its data; those of an agreement stand there once."""
        schemas = self._components["schemas"]
        first_with: dict[str, str] = {}
        for type_, reference in schemas["Notice"]["discriminator"]["mapping"].items():
            name = reference.rpartition("/")[2]
            event, data = schemas[name], schemas[f"{name}Data"]
            content = json.dumps(data["properties"], sort_keys=True)
            yield {
                "id": name,
                "type": type_,
                "says": self.text(event["description"]),
                "needs_subject": "subject" in event["required"],
                "same_as": first_with.get(content),
                "fields": list(self._fields.of(data)),
            }
            first_with.setdefault(content, name)

    def _operation(self, method: str, path: str, told: Mapping[str, Any]) -> View:
        body = told.get("requestBody")
        return {
            "id": told["operationId"],
            "method": method.upper(),
            "path": path,
            "summary": self.line(told["summary"]),
            "says": self.text(told["description"]),
            "callers": self._callers(told),
            "sees": self.text(told["x-sees"]) if "x-sees" in told else None,
            "parameters": [self._parameter(each) for each in told.get("parameters", ())],
            "body": None if body is None else self._body(body),
            "curl": self._curl(method.upper(), path, told),
            "answers": [
                self._answer(status, answer)
                for status, answer in told["responses"].items()
                if "x-codes" not in answer
            ],
            "refusals": [
                refusal
                for status, answer in told["responses"].items()
                for refusal in self._refusals(status, answer)
            ],
        }

    def _callers(self, told: Mapping[str, Any]) -> str:
        roles = self._words["roles"]
        callers = told["x-callers"]
        return (
            str(roles["everybody"]) if "anonymous" in callers else ", ".join(roles[each] for each in callers)
        )

    def _parameter(self, told: Mapping[str, Any]) -> View:
        schema = told["schema"]
        many = schema.get("type") == "array"
        example = told.get("example")
        return {
            "name": told["name"],
            "place": self._words["places"][told["in"]],
            "required": told["required"],
            "type": self._fields.type_of(schema["items"] if many else schema),
            "many": many,
            "usual": _spoken(told.get("x-default")),
            "says": self.text(told["description"]),
            "example": _spoken(example[0] if many and example else example),
        }

    def _body(self, told: Mapping[str, Any]) -> View:
        return {
            "says": self.text(told["description"]) if "description" in told else None,
            "examples": [
                {"media_type": media_type, "text": _pretty(example["value"])}
                for media_type, media in told["content"].items()
                for example in list(media.get("examples", {}).values())[:1]
            ],
        }

    def _answer(self, status: str, told: Mapping[str, Any]) -> View:
        content = told.get("content", {})
        examples = [
            _pretty(example["value"])
            for media in content.values()
            for example in list(media.get("examples", {}).values())[:1]
            if "value" in example
        ]
        return {
            "status": status,
            "says": self.text(told["description"]),
            "media_types": list(content),
            "example": examples[0] if examples else None,
        }

    def _refusals(self, status: str, told: Mapping[str, Any]) -> Iterator[View]:
        for code, title in told.get("x-codes", {}).items():
            yield {"status": status, "code": code, "says": self.line(title)}

    def _curl(self, method: str, path: str, told: Mapping[str, Any]) -> str:
        """A command that can be pasted; the key stands in a variable."""
        address = path
        query: dict[str, str | None] = {}
        for each in told.get("parameters", ()):
            example = each.get("example")
            if each["in"] == "path":
                address = address.replace(f"{{{each['name']}}}", quote(str(example), safe=""))
            elif each["in"] == "query" and example is not None and len(query) < 1:
                query[each["name"]] = _spoken(example[0] if isinstance(example, list) else example)
        url = self._origin + address + (f"?{urlencode(query)}" if query else "")
        lines = ["curl" if method == "GET" else f"curl -X {method}"]
        if {} not in told["security"]:
            lines.append('-H "Authorization: Bearer $MALHA_KEY"')
        if path == "/v1/stream":
            lines[0] = "curl -N"
        content = told.get("requestBody", {}).get("content", {})
        media_type = _STRUCTURED if _STRUCTURED in content else next(iter(content), None)
        lines.append(f"'{url}'" if "?" in url else url)
        if media_type is None:
            return _joined(lines)
        lines.insert(-1, f"-H 'Content-Type: {media_type}'")
        examples = list(content[media_type].get("examples", {}).values())
        if not examples:
            return _joined([*lines, "--data-binary @arquivo"])
        return _joined([*lines, f"--data-binary '{_pretty(examples[0]['value'])}'"])


def _joined(parts: list[str]) -> str:
    """One line, if it fits into one."""
    line = " ".join(parts)
    return line if len(line) <= _LINE and "\n" not in line else " \\\n  ".join(parts)


def _spoken(value: Any) -> str | None:
    if value is None:
        return None
    return value if isinstance(value, str) else json.dumps(value)


def _pretty(value: Any) -> str:
    if isinstance(value, str):
        return value
    lines = json.dumps(value, ensure_ascii=False, indent=2).splitlines()
    return "\n".join(lines if len(lines) <= _SHOWN_LINES else [*lines[:_SHOWN_LINES], "…"])
