"""Problems as answers."""

import json
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer, make_mocked_request
from structlog.testing import capture_logs

from shared import problems
from shared.notices.faults import fault
from shared.notices.findings import InvalidEvents
from shared.notices.sentences import Sentence
from shared.problems import Problem, language_of, problem_middleware, problem_of


def kinds(kind: type[Problem] = Problem) -> list[type[Problem]]:
    """Every kind of problem that has a code of its own."""
    return [
        each
        for sub in kind.__subclasses__()
        for each in [sub, *kinds(sub)]
        if "code" in vars(each) and each.code != "request_refused"
    ]


def test_every_kind_has_its_own_code_and_both_languages() -> None:
    """A code names one thing that a caller can act on."""
    codes = [kind.code for kind in kinds()]
    assert len(codes) == len(set(codes))
    for kind in kinds():
        assert kind.title.pt != kind.title.en
        assert 400 <= kind.status <= 599


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "pt"), ("", "pt"), ("*", "pt"), ("fr", "pt"), ("en", "en"), ("en-GB,en;q=0.9,pt;q=0.8", "en"),
        ("pt-BR,en;q=0.9", "pt"), ("pt;q=0.1, en;q=0.2", "en"), ("en;q=0", "pt"), ("en;q=x", "pt"),
        (",;=,q", "pt"),
        ("EN-us", "en"),
    ],
)  # fmt: skip
def test_the_callers_language_is_followed(header: str | None, language: str) -> None:
    """Portuguese unless English is liked better; nonsense is Portuguese."""
    headers = {} if header is None else {"Accept-Language": header}
    assert language_of(make_mocked_request("GET", "/", headers=headers)) == language


async def answer_to(
    handler: Any, method: str = "GET", path: str = "/", **headers: str
) -> tuple[int, Any, Any]:
    """Status, headers and body of what a handler behind the middleware answers."""
    app = web.Application(middlewares=[problem_middleware])
    app.router.add_get("/", handler)
    async with TestClient(TestServer(app)) as client:
        response = await client.request(method, path, headers=headers)
        return response.status, response.headers, json.loads(await response.read())


async def test_a_problem_is_rendered_with_its_errors() -> None:
    """RFC 9457, in the caller's language, with what is wrong and where."""

    async def handler(_: web.Request) -> web.Response:
        raise problems.InvalidNotice(errors=[fault(("id",), "required", index=3)])

    status, headers, told = await answer_to(handler, **{"Accept-Language": "en"})
    assert status == 422
    assert headers["Content-Type"] == "application/problem+json"
    assert headers["Content-Language"] == "en"
    assert told["code"] == "invalid_notice"
    assert told["type"] == "/problems/invalid_notice"
    assert told["status"] == 422
    assert told["errors"] == [
        {
            "pointer": "/id",
            "code": "required",
            "detail": "This field is missing, and is required.",
            "index": 3,
        }
    ]


async def test_the_librarys_own_errors_are_problems_too() -> None:
    """404 and 405 of the router say what they say in the same shape, the allowed methods included."""

    async def handler(_: web.Request) -> web.Response:
        raise AssertionError

    status, _, told = await answer_to(handler, path="/nowhere")
    assert (status, told["code"]) == (404, "not_found")
    status, headers, told = await answer_to(handler, method="POST")
    assert (status, told["code"]) == (405, "method_not_allowed")
    assert "GET" in headers["Allow"]


async def test_an_unforeseen_error_is_logged_and_says_nothing() -> None:
    """No text of an exception ever reaches a caller."""

    async def handler(_: web.Request) -> web.Response:
        raise RuntimeError("password=hunter2")

    with capture_logs() as logs:
        status, _, told = await answer_to(handler)
    assert (status, told["code"]) == (500, "internal_error")
    assert "hunter2" not in json.dumps(told)
    assert [entry["event"] for entry in logs] == ["request_failed"]


async def test_statuses_without_a_kind_keep_their_number() -> None:
    """Whatever the HTTP library refuses stays what it was."""

    async def handler(_: web.Request) -> web.Response:
        raise web.HTTPExpectationFailed

    status, _, told = await answer_to(handler)
    assert (status, told["status"], told["code"]) == (417, 417, "request_refused")


def test_passing_problems_say_when_to_come_back() -> None:
    """503, 429 and not_yet_known carry Retry-After; 401 its challenge."""
    assert problems.OutcomeUnknown(retry_after_seconds=2).headers == {"Retry-After": "2"}
    assert problems.NotYetKnown().status == 404
    assert "Retry-After" in problems.NotYetKnown().headers
    assert problems.MissingKey().headers["WWW-Authenticate"].startswith("Bearer")


def test_a_parameter_is_named() -> None:
    """Whoever mistypes a filter sees which one, and what it may be."""
    told = problems.InvalidParameter("state", Sentence("Não existe.", "None such."), allowed=["signed"]).body(
        "pt"
    )
    assert told["parameter"] == "state"
    assert told["allowed"] == ["signed"]


@pytest.mark.parametrize(
    ("status", "code", "answer"),
    [
        (400, "bad_json", "bad_json"), (415, "unsupported_media_type", "unsupported_media_type"),
        (422, "required", "invalid_notice"),
        (422, "personal_data_in_identifier", "personal_data_in_identifier"),
    ],
)  # fmt: skip
def test_the_doors_refusals_become_problems(status: int, code: str, answer: str) -> None:
    """400, 415 and 422 as the contract's table has them."""
    problem = problem_of(InvalidEvents(status, [fault((), code)]))
    assert (problem.status, problem.code) == (status, answer)
