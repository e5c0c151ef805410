"""What goes wrong, in the document: one schema, and an example of each code."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from services.contract.schemas import PREFIX
from shared.notices.faults import fault
from shared.notices.sentences import Sentence, in_line, in_text
from shared.problems import (
    FactNotAllowed,
    InvalidNotice,
    InvalidParameter,
    MemberNotAllowed,
    NotAcceptable,
    PersonalDataInIdentifier,
    Problem,
    SourceReserved,
)
from shared.problems.problem import Passing

PROBLEM_JSON: Final = "application/problem+json"
_UNAUTHORISED, _NO_METHOD, _TOO_MANY = 401, 405, 429


class Fault(msgspec.Struct, frozen=True):
    """One fault: where (RFC 6901), what, in a sentence, what would be right, in which event of a batch."""

    pointer: str
    code: str
    detail: str
    allowed: list[Any] | UnsetType = UNSET
    index: int | UnsetType = UNSET


class ProblemDetails(msgspec.Struct, frozen=True):
    """An answer that is not the one asked for (RFC 9457), in the language of Accept-Language."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[Fault] | UnsetType = UNSET
    parameter: str | UnsetType = UNSET
    allowed: list[Any] | UnsetType = UNSET


_REQUIRED: Final = (fault(("data", "title"), "required"),)
_INSTANCES: Final[dict[type[Problem], Problem]] = {
    InvalidParameter: InvalidParameter(
        "country",
        Sentence(
            "Informe o código do país com duas letras maiúsculas (ISO 3166-1), por exemplo PT.",
            "Give the country's code in two capital letters (ISO 3166-1), for example PT.",
        ),
    ),
    InvalidNotice: InvalidNotice(errors=_REQUIRED),
    PersonalDataInIdentifier: PersonalDataInIdentifier(
        errors=(fault(("subject",), "personal_data_in_identifier"),)
    ),
    NotAcceptable: NotAcceptable(extra={"allowed": ["application/json"]}),
}


def example_of(kind: type[Problem]) -> dict[str, Any]:
    """What an answer of this *kind* looks like."""
    problem = _INSTANCES.get(kind) or kind()
    if kind in {FactNotAllowed, MemberNotAllowed, SourceReserved}:
        pointer = {FactNotAllowed: "type", MemberNotAllowed: "member", SourceReserved: "source"}[kind]
        problem = kind(errors=(fault((pointer,), kind.code, sentence=kind.default_detail),))
    return {"summary": kind.code, "value": problem.body("pt")}


def responses_of(problems: Sequence[type[Problem]]) -> dict[str, Any]:
    """The answers of an operation that may end in *problems*, by status."""
    by_status: dict[int, list[type[Problem]]] = {}
    for kind in problems:
        by_status.setdefault(kind.status, []).append(kind)
    return {str(status): _response(kinds) for status, kinds in sorted(by_status.items())}


def _response(kinds: Sequence[type[Problem]]) -> dict[str, Any]:
    by_code = {kind.code: kind for kind in reversed(kinds)}
    codes = sorted(by_code)
    said = Sentence(
        " ".join(f"`{code}`: {by_code[code].title.pt}." for code in codes),
        " ".join(f"`{code}`: {by_code[code].title.en}." for code in codes),
    )
    response: dict[str, Any] = {
        "description": in_text(said),
        "x-codes": {code: in_line(by_code[code].title) for code in codes},
        "content": {
            PROBLEM_JSON: {
                "schema": {
                    "$ref": PREFIX + ProblemDetails.__name__,
                    "properties": {"code": {"enum": codes}},
                },
                "examples": {code: {"$ref": f"#/components/examples/{code}"} for code in codes},
            }
        },
    }
    headers = _headers(kinds)
    if headers:
        response["headers"] = headers
    return response


def _headers(kinds: Sequence[type[Problem]]) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    passing = [issubclass(kind, Passing) for kind in kinds]
    if any(passing):
        headers["Retry-After"] = _header(
            Sentence("Segundos até tentar de novo.", "Seconds until trying again."),
            {"type": "integer", "minimum": 0},
            required=all(passing),
        )
    match kinds[0].status:
        case 401:
            headers["WWW-Authenticate"] = _header(
                Sentence("Como mostrar uma chave.", "How to show a key."), {"type": "string"}, required=True
            )
        case 405:
            headers["Allow"] = _header(
                Sentence("Os métodos daqui.", "The methods that there are."),
                {"type": "string"},
                required=True,
            )
        case 429:
            headers["RateLimit"] = _header(
                Sentence("O que resta do limite.", "What is left of the limit."), {"type": "string"}
            )
            headers["RateLimit-Policy"] = _header(Sentence("O limite.", "The limit."), {"type": "string"})
    return headers


def _header(says: Sentence, schema: dict[str, Any], *, required: bool = False) -> dict[str, Any]:
    return {"description": in_text(says), "required": required, "schema": schema}


def examples_of(problems: Iterable[type[Problem]]) -> dict[str, Any]:
    """An example of each code, as the document keeps them."""
    by_code = {kind.code: kind for kind in problems}
    return {code: example_of(kind) for code, kind in sorted(by_code.items())}
