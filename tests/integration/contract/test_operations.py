"""Each operation of the document, asked for once as it says, and as it says not to."""

import json
from collections.abc import Iterator, Mapping
from email.message import Message
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

from tests.support.contract import document, faults, operations
from tests.support.whole import Whole

EXAMPLE_OF_NOTHING = "naosei"
STREAM = "/v1/stream"
NOT_THERE = {"/v1/documents/{sha256}", "/v1/texts/{text}", "/v1/reviews/{review}/close"}
"""What the registered examples have none of."""
Answer = tuple[int, Message, bytes]


def ask(url: str, headers: Mapping[str, str], *, method: str = "GET", body: bytes | None = None) -> Answer:
    """Status, headers and body of the answer."""
    request = Request(url, body, dict(headers), method=method)  # noqa: S310 - the address is the test's own
    try:
        with urlopen(request, timeout=60) as answer:  # noqa: S310 - the same
            return answer.status, answer.headers, answer.read()
    except HTTPError as refused:
        with refused:
            return refused.code, refused.headers, refused.read()


def address(path: str, told: Mapping[str, Any], *, query: Mapping[str, Any] | None = None) -> str:
    """The address of an operation, filled in with its examples."""
    for each in told.get("parameters", ()):
        if each["in"] == "path":
            path = path.replace(f"{{{each['name']}}}", quote(str(each["example"]), safe=""))
    return f"{path}?{urlencode(query, doseq=True)}" if query else path


def readings() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each GET of the document that ends, with its path."""
    for method, path, told in operations():
        if method == "GET" and path != STREAM:
            yield path, told


def test_every_reading_answers_its_own_example(whole: Whole) -> None:
    """The examples are real: what they name is there, and the answer is as the document shows."""
    wrong = []
    for path, operation in readings():
        if path in NOT_THERE:
            continue
        needed = {
            each["name"]: each["example"]
            for each in operation.get("parameters", ())
            if each["in"] == "query" and each["required"]
        }
        url = whole.url + address(path, operation, query=needed)
        status, headers, body = ask(url, whole.headers("coordination"))
        if status != 200:
            wrong.append(f"{path}: {status} {body[:300]!r}")
            continue
        content = operation["responses"]["200"]["content"]
        media_type = headers["Content-Type"].partition(";")[0]
        if media_type == "application/json":
            schema = content[media_type]["schema"]
            wrong += [f"{path}: {fault}" for fault in faults("openapi.json", schema, json.loads(body))]
    assert wrong == []


def test_document_names_every_parameter_that_a_handler_knows(whole: Whole) -> None:
    """A handler refuses what it does not know, and says what it does: that is what the document says."""
    wrong = []
    for path, operation in readings():
        url = whole.url + address(path, operation, query={EXAMPLE_OF_NOTHING: "1"})
        status, _, body = ask(url, whole.headers("coordination"))
        described = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"}
        if status == 400:
            problem = json.loads(body)
            assert problem["parameter"] == EXAMPLE_OF_NOTHING
            if set(problem["allowed"]) != described:
                wrong.append(f"{path}: {sorted(set(problem['allowed']) ^ described)}")
        elif described:
            wrong.append(f"{path} takes any parameter: {status}")
    assert wrong == []


def test_documents_are_served_and_asked_again_cheaply(whole: Whole) -> None:
    """Whoever has it already is told so, and gets nothing."""
    for name in ("openapi.json", "asyncapi.json"):
        status, headers, body = ask(f"{whole.url}/v1/{name}", {})
        assert (status, json.loads(body)) == (200, document(name))
        status, again, nothing = ask(f"{whole.url}/v1/{name}", {"If-None-Match": headers["ETag"]})
        assert (status, again["ETag"], nothing) == (304, headers["ETag"], b"")
        assert headers["ETag"].startswith('"')


def test_stream_tells_what_the_documents_say(whole: Whole) -> None:
    """The first events of a connection, each by its schema."""
    messages = document("asyncapi.json")["components"]["messages"]
    request = Request(  # noqa: S310 - the address is the test's own
        f"{whole.url}{STREAM}?last_event_id=0&backfill=true", headers=whole.headers("office")
    )
    seen: list[str] = []
    with urlopen(request, timeout=60) as stream:  # noqa: S310 - the same
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        event = ""
        while seen.count("notice") < 2:
            name, _, value = stream.readline().decode().rstrip("\n").partition(": ")
            if name == "event":
                event = value
            elif name == "data":
                payload = messages[f"stream.{event}"]["payload"]
                assert faults("asyncapi.json", payload, json.loads(value)) == [], event
                seen.append(event)
    assert seen[0] == "hello"


def test_page_shows_every_operation_in_both_languages(whole: Whole) -> None:
    """Whoever writes a program finds each of them by its anchor; nothing is asked of another origin."""
    for language, title in (("pt", "A interface para programas"), ("en", "The interface for programs")):
        status, headers, body = ask(f"{whole.url}/api?lang={language}", {})
        page = body.decode()
        assert status == 200
        assert headers["Content-Language"].startswith(language)
        assert title in page
        for _, _, operation in operations():
            assert f'<article class="operation" id="{operation["operationId"]}">' in page
        for reference in ('src="http', 'href="http'):
            assert reference not in page
