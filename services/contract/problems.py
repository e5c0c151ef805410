"""What goes wrong, in the document: one schema, and an example of each code."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from services.contract.schemas import PREFIX
from shared.notices.faults import fault
from shared.notices.sentences import Sentence, in_line, in_text
from shared.operations import Refusal
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
_POINTERS: Final[dict[Any, str]] = {
    FactNotAllowed: "type",
    MemberNotAllowed: "member",
    SourceReserved: "source",
}
_INSTANCES: Final[dict[Any, Problem]] = {
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


def _told(refusal: Refusal) -> Problem:
    """An instance that says what the *refusal* is."""
    if isinstance(refusal, Problem):
        return refusal
    if refusal in _POINTERS:
        return refusal(errors=(fault((_POINTERS[refusal],), refusal.code, sentence=refusal.default_detail),))
    return _INSTANCES.get(refusal) or refusal()


def _code(problem: Problem) -> str:
    return str(problem.extra.get("code", problem.code))


def responses_of(refusals: Sequence[Refusal]) -> dict[str, Any]:
    """The answers of an operation that may end in *refusals*, by status."""
    by_status: dict[int, list[Problem]] = {}
    for problem in map(_told, refusals):
        by_status.setdefault(problem.status, []).append(problem)
    return {str(status): _response(problems) for status, problems in sorted(by_status.items())}


def _response(problems: Sequence[Problem]) -> dict[str, Any]:
    by_code = {_code(problem): problem for problem in reversed(problems)}
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
    headers = _headers(problems)
    if headers:
        response["headers"] = headers
    return response


def _headers(problems: Sequence[Problem]) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    passing = [isinstance(problem, Passing) for problem in problems]
    if any(passing):
        headers["Retry-After"] = _header(
            Sentence("Segundos até tentar de novo.", "Seconds until trying again."),
            {"type": "integer", "minimum": 0},
            required=all(passing),
        )
    match problems[0].status:
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


def examples_of(refusals: Iterable[Refusal]) -> dict[str, Any]:
    """An example of each code, as the document keeps them."""
    by_code = {_code(problem): problem for problem in map(_told, refusals)}
    return {code: {"summary": code, "value": by_code[code].body("pt")} for code in sorted(by_code)}
