"""What the forms ask, held against what the language knows."""

import msgspec
import pytest

from services.ingest.pages.previews import Preview, answers, mapping
from services.ingest.pages.questions import AGREEMENT, PARTNERS, Question
from services.ingest.pages.showing import choices, label_of, rows_of
from services.ingest.pages.steps import STEPS, questions_of
from services.ingest.pages.typed import Typed
from shared.notices.codelists import code_lists
from shared.notices.families import FACTS
from shared.notices.families.agreement import FIELDS
from shared.web.wording import words

ELSEWHERE = {"negotiation_opened", "signed", "reported", "corrected", "amended"}
"""Facts with a form of their own."""
NOT_ASKED = {"participants", "provenance"}
"""Fields that no form asks: they come with notices and sheets, and a correction leaves them as they are."""


def test_whatever_may_be_told_of_an_agreement_has_a_form() -> None:
    """A new fact is not for programs alone: a clerk without IT staff tells it too."""
    told = {fact.name for fact in FACTS.values() if fact.family == "agreement"}
    assert set(STEPS) == told - ELSEWHERE


@pytest.mark.parametrize("name", STEPS)
def test_a_form_asks_what_its_fact_needs(name: str) -> None:
    """And nothing that the door would refuse."""
    payload = FACTS[f"br.malha.agreement.{name}.v1"].payload
    asked = {question.name: question for question in STEPS[name].questions}
    fields = {field.name: field for field in msgspec.structs.fields(payload)}
    assert asked.keys() <= fields.keys()
    assert {field.name for field in fields.values() if field.required} <= asked.keys()
    assert {question.name for question in asked.values() if question.required} == {
        field.name for field in fields.values() if field.required
    }


def test_the_form_asks_all_of_an_agreement() -> None:
    """More behind a fold, but all of it."""
    assert {question.name for question in AGREEMENT} == FIELDS - NOT_ASKED


@pytest.mark.parametrize("gate", ["legal", "legislative", "federal"])
def test_a_gate_is_asked_in_its_own_words(gate: str) -> None:
    """Each has its own statuses; only the federal one its bodies."""
    asked = {question.name: question for question in questions_of("gate_updated", gate)}
    assert asked["status"].names == f"{gate}_statuses"
    assert (asked["body"].names == "federal_bodies") == (gate == "federal")


@pytest.mark.parametrize("gate", ["", "municipal"])
def test_which_gate_it_is_comes_first(gate: str) -> None:
    """Without it nobody knows what may be chosen."""
    assert [question.name for question in questions_of("gate_updated", gate)] == ["gate"]


def _asked(questions: tuple[Question, ...]) -> list[str]:
    return [question.names for question in questions if question.names] + [
        name for question in questions for name in _asked(question.parts)
    ]


def test_every_choice_is_a_list_of_the_language() -> None:
    """In both languages, each code once."""
    names = set(_asked(AGREEMENT))
    for step in STEPS.values():
        names |= set(_asked(step.questions))
    for name in names - {"gate_statuses"}:
        for language in ("pt", "en"):
            assert {code for code, _ in choices(language, name)} == {each.code for each in code_lists()[name]}


def test_an_error_names_its_field_as_the_form_does() -> None:
    """The sentence alone, “falta responder aqui”, would say nothing to whoever hears the page."""
    say = words("pt")
    assert label_of("title", AGREEMENT, say) == "O que é o acordo?"
    assert label_of("partners.1.country", AGREEMENT, say) == "Parceiro 2: País"
    assert label_of("changes.gates.federal.since", AGREEMENT, say) == "Etapas: Governo federal: Desde"
    assert label_of("form", AGREEMENT, say) == ""


def test_a_list_always_has_room_for_one_more() -> None:
    """Without a script nobody can add a row."""
    assert rows_of(PARTNERS, Typed([])) == [0]
    assert rows_of(PARTNERS, Typed([("partners.0.name", "a"), ("partners.1.name", "b")])) == [0, 1, 2]
    assert rows_of(PARTNERS, Typed([("partners.0.name", " "), ("partners.3.name", "b")])) == [3, 4]


def test_one_answer_serves_all_rows_that_ask_the_same() -> None:
    """A hundred rows with the same unknown city are one question."""
    preview = Preview("pt")
    doubt = {"column": "Parceiro", "value": "Lyon", "detail": "?", "candidates": ["Lyon (city, FR)", "-"]}
    rows = [
        {"row": number, "status": "doubtful", "notice": None, "doubts": [doubt], "errors": []}
        for number in (2, 5)
    ]
    column = {"column": "Parceiro", "letter": "A", "field": "partner", "meaning": "x", "how": "exact"}
    head = msgspec.json.encode({"digest": "d", "sheet": "", "columns": [column]})
    preview.take(head[:-1] + b',"rows":[')
    preview.take(msgspec.json.encode(rows[0]))
    preview.take(b"," + msgspec.json.encode(rows[1]))
    preview.take(b'],"counts":{"rows":2}}')
    (about,) = preview.questions
    assert (about.rows, preview.counts) == ([2, 5], {"rows": 2})
    assert preview.label("Parceiro", "Lyon (city, FR)") == "Lyon (cidade, França)"
    typed = Typed(
        [("about.0", about.key), ("answer.0", "Lyon (city, FR)"), ("other.0", ""), ("answered", "{}")]
    )
    assert answers(typed) == {"2": {"Parceiro": "Lyon (city, FR)"}, "5": {"Parceiro": "Lyon (city, FR)"}}


def test_what_a_page_carried_along_may_have_been_meddled_with() -> None:
    """It is read as far as it makes sense, and no further."""
    junk = [("answered", "[1]"), ("mapping", '{"A": 3, "B": null}'), ("about.0", "{"), ("answer.0", "x")]
    assert answers(Typed(junk)) == {}
    assert mapping(Typed([*junk, ("column.C", "title"), ("column.D", "-")])) == {
        "B": None,
        "C": "title",
        "D": None,
    }
