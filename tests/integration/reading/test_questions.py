"""docs/questions.md: each request answers, and what the document shows of an answer is what comes."""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
import pytest
from aiohttp import ClientResponse

from deploy.local.fiction import Told, fictional_year
from deploy.local.known_ties import known_ties
from shared.notices.dates import day_of
from shared.notices.door import decode_events
from tests.support.contract import checkout
from tests.support.indexed import indexed
from tests.support.registry import THE_STATE, Registry, Teller

BATCH = "application/cloudevents-batch+json"
ANY = "…"
"""What the document writes in the place of what changes with the day."""
LAST_SEEN = 3
"""So many notices have come since the office looked last."""
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ASKED = re.compile(r'^pergunte "(/v1/[^"]+)"', re.MULTILINE)
_MENTIONED = re.compile(r"`(/v1/[^`…]*)`")
_PLACE = re.compile(r"\$([A-Z0-9_]+)")


class Asked(NamedTuple):
    """A request of the document, and what it shows of the answer: kind (json, csv) and text, if anything."""

    path: str
    kind: str = ""
    shown: str = ""


def document() -> str:
    """The text of the document."""
    return (checkout() / "docs" / "questions.md").read_text(encoding="utf-8")


def asked() -> list[Asked]:
    """The requests in their order, each with the extract that follows it."""
    found: list[Asked] = []
    for kind, text in _BLOCK.findall(document()):
        if kind == "sh":
            found += [Asked(path) for path in _ASKED.findall(text)]
        else:
            found[-1] = Asked(found[-1].path, kind, text)
    return found


def differences(shown: Any, came: Any, where: str = "") -> Iterator[str]:
    """Where what *came* is not what is *shown*; lists are shown in part, in their order."""
    match shown, came:
        case dict(), dict():
            for name, value in shown.items():
                if name not in came:
                    yield f"{where}/{name} is not there"
                else:
                    yield from differences(value, came[name], f"{where}/{name}")
        case list(), list() if shown:
            rest = iter(came)
            for place, value in enumerate(shown):
                if all(any(differences(value, item)) for item in rest):
                    yield f"{where}/{place} is not there: {value}"
        case _ if shown != came and (shown != ANY or came is None):
            yield f"{where} is {came!r}, not {shown!r}"


async def read(answer: ClientResponse, kind: str) -> Any:
    """What an answer says, in the form of the extracts."""
    if kind == "csv":
        return list(csv.DictReader(io.StringIO(await answer.text(), newline="")))
    return await answer.json()


def extract(one: Asked) -> Any:
    """What the document shows of an answer."""
    if one.kind == "csv":
        return list(csv.DictReader(io.StringIO(one.shown)))
    return json.loads(one.shown)


@pytest.fixture
async def places(teller: Teller, database: str) -> dict[str, str]:
    """The demonstration's data are registered; what stands in the places of the requests."""
    now = datetime.now(UTC)
    today = day_of(now)
    ties = [Told("coordination", tie) for tie in known_ties()]
    for who, event in [*ties, *fictional_year(today)]:
        (notice,) = decode_events(msgspec.json.encode([event]), {}, BATCH, now)
        await teller.attempt(notice, (who, THE_STATE if who == "coordination" else notice.member))
    await indexed(database)
    return {
        "ONTEM": str(today - timedelta(1)),
        "SEMANA": str(today - timedelta(6)),
        "EM_91_DIAS": str(today + timedelta(91)),
        "POSICAO": str(len(ties) + len(fictional_year(today)) - LAST_SEEN),
    }


async def test_every_answer_is_what_the_document_shows(registry: Registry, places: dict[str, str]) -> None:
    """The office follows it to the letter: all that is shown comes, and nothing is empty unawares."""
    wrong: list[str] = []
    for one in asked():
        path = _PLACE.sub(lambda place: places[place[1]], one.path)
        answer = await registry.get(path, "office")
        if answer.status != 200:
            wrong.append(f"{path}: {answer.status} {await answer.text()}")
        elif one.shown:
            told = differences(extract(one), await read(answer, one.kind))
            wrong += [f"{path}: {difference}" for difference in told]
    assert not wrong, "\n".join(wrong)


async def test_every_address_in_its_sentences_answers(registry: Registry, places: dict[str, str]) -> None:
    """What is mentioned by the way is followed, too."""
    mentioned = _MENTIONED.findall(document())
    assert mentioned
    for path in mentioned:
        answer = await registry.get(_PLACE.sub(lambda place: places[place[1]], path), "office")
        assert answer.status == 200, f"{path}: {await answer.text()}"


def test_every_question_shows_an_answer() -> None:
    """A question in Portuguese with a line in English, a request, and an extract."""
    _, *questions = re.split(r"^## (?=\d)", document(), flags=re.MULTILINE)
    assert [int(question.split(".")[0]) for question in questions] == list(range(1, len(questions) + 1))
    for question in questions:
        assert re.match(r"\d+\. .+\n\*[^*]+\*\n", question), question
        kinds = [kind for kind, _ in _BLOCK.findall(question)]
        assert kinds[0] == "sh", question
        assert {"json", "csv"}.intersection(kinds), question


def test_an_extract_that_is_not_what_came_is_noticed() -> None:
    """The comparison itself: values, order, absence, emptiness, and what changes with the day."""
    came = {"items": [{"a": 1, "b": None}, {"a": 2, "b": "2026-11-21"}]}
    for items in ([{"a": 1}, {"b": ANY}], [{"a": 2}], [{"a": 1, "b": None}]):
        assert not list(differences({"items": items}, came)), items
    for others in ([], [{"a": 2}, {"a": 1}], [{"a": 3}], [{"a": 1, "b": ANY}], [{"c": None}]):
        assert list(differences({"items": others}, came)), others
    assert list(differences({"next": None}, came))
