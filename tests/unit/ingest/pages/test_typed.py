"""From what was typed to data and back."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.ingest.pages.questions import AGREEMENT
from services.ingest.pages.typed import Reading, Typed, changes, shown
from shared.notices.findings import FieldError
from shared.notices.sentences import Sentence

WORDS = st.text(
    alphabet=st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=20
)
LINES = st.lists(WORDS, min_size=1, max_size=3).map("\n".join)
DAYS = st.sampled_from(["2025-05-30", "2025-05", "2019"])
PARTNERS = st.fixed_dictionaries(
    {"name": WORDS, "kind": st.sampled_from(["city", "network"])},
    optional={"country": st.sampled_from(["PT", "CN"]), "place": WORDS, "wikidata": st.just("Q36433")},
)
DATA = st.fixed_dictionaries(
    {
        "instrument": st.sampled_from(["MOU", "OUT"]),
        "title": WORDS,
        "partners": st.lists(PARTNERS, min_size=1, max_size=4),
    },
    optional={
        "object": LINES,
        "participants": st.just([{"member": "3170206", "role": "co"}]),
        "themes": st.lists(st.sampled_from(["AGUA", "EDU", "TUR"]), min_size=1, unique=True),
        "sdgs": st.lists(st.integers(1, 17), min_size=1, unique=True),
        "objectives": st.lists(
            st.fixed_dictionaries(
                {"text": LINES}, optional={"target": WORDS | st.just(10) | st.just(2.5), "due": DAYS}
            ),
            min_size=1,
            max_size=3,
        ),
        "signed_on": DAYS,
        "ends_on": DAYS | st.none(),
        "gates": st.fixed_dictionaries(
            {}, optional={"federal": st.just({"status": "pending", "evidence": "Ofício 1", "since": "2024"})}
        ).filter(bool),
        "gazette": st.fixed_dictionaries({"name": WORDS}, optional={"date": DAYS}),
        "documents": st.lists(
            st.sampled_from(
                [
                    {"kind": "acordo", "sha256": "a" * 64},
                    {"kind": "acordo", "sha256": "b" * 64},
                    {"kind": "ata", "url": "https://x.example/1", "lang": "pt"},
                ]
            ),
            min_size=1,
            max_size=3,
        ),
        "amounts": st.just([{"value": "10.50", "currency": "BRL"}]),
        "visibility": st.sampled_from(["public", "restricted"]),
    },
)


@given(DATA)
def test_a_form_that_is_sent_back_untouched_changes_nothing(before: dict[str, Any]) -> None:
    """Neither what it shows nor what it does not ask: a correction says what somebody changed."""
    typed = shown(before, AGREEMENT, "changes.")
    sent = Typed((name, value.replace("\n", "\r\n")) for name, value in typed.items())
    assert changes(before, Reading(sent, AGREEMENT, "changes.").data, AGREEMENT) == {}


@given(DATA, WORDS)
def test_only_what_was_typed_over_is_told(before: dict[str, Any], title: str) -> None:
    """One field changed, one field told."""
    pairs = [(name, value) for name, value in shown(before, AGREEMENT).items() if name != "title"]
    after = Reading(Typed([*pairs, ("title", title)]), AGREEMENT).data
    expected = {} if title == before["title"] else {"title": title}
    assert changes(before, after, AGREEMENT) == expected


def test_a_partner_s_other_details_stay_with_its_name() -> None:
    """What the form does not show goes with its row, and not with who takes that row's place."""
    before = {
        "partners": [
            {"name": "Porto", "kind": "city", "country": "PT", "wikidata": "Q36433"},
            {"name": "Lyon", "kind": "city", "country": "FR", "wikidata": "Q456"},
        ]
    }
    typed = Typed(
        [
            ("partners.0.name", ""),
            ("partners.1.name", "Lyon"),
            ("partners.1.kind", "region"),
            ("partners.1.country", "FR"),
            ("partners.2.name", "Braga"),
            ("partners.2.kind", "city"),
            ("partners.2.country", "PT"),
        ]
    )
    assert changes(before, Reading(typed, AGREEMENT).data, AGREEMENT)["partners"] == [
        {"name": "Lyon", "kind": "region", "country": "FR", "wikidata": "Q456"},
        {"name": "Braga", "kind": "city", "country": "PT"},
    ]


def test_a_field_that_was_emptied_is_cleared() -> None:
    """And an end that is left blank is not the same as none."""
    before = {"title": "Um acordo", "object": "Água", "ends_on": "2030-01-01"}
    emptied = Reading(Typed([("title", "Um acordo"), ("object", " "), ("open_ended", "1")]), AGREEMENT).data
    assert changes(before, emptied, AGREEMENT) == {"object": None, "ends_on": None}
    without_end = {"title": "Um acordo", "ends_on": None}
    assert changes(without_end, Reading(Typed([("title", "Um acordo")]), AGREEMENT).data, AGREEMENT) == {}


def test_a_fault_is_found_at_the_field_that_was_typed_in() -> None:
    """Blank rows are closed up in the data; the person looks at the form."""
    reading = Reading(Typed([("partners.0.name", ""), ("partners.2.name", "Porto")]), AGREEMENT)
    assert reading.data == {"partners": [{"name": "Porto"}]}
    nothing = Sentence("", "")
    assert reading.field_of(FieldError("/data/partners/0/kind", "required", nothing)) == "partners.2.kind"
    assert reading.field_of(FieldError("/data/title", "required", nothing)) == "title"
    assert reading.field_of(FieldError("/subject", "too_long", nothing)) == "subject"


def test_rows_are_bounded_and_numbers_must_be_numbers() -> None:
    """A form that somebody made up is read like any other."""
    typed = Typed([(f"partners.{number}.name", "x") for number in ("0", "-1", "9999", "²", "1e3", "x")])
    assert Reading(typed, AGREEMENT).data == {"partners": [{"name": "x"}]}
    assert Reading(Typed([("sdgs", "6"), ("sdgs", "seis")]), AGREEMENT).data == {"sdgs": [6, "seis"]}
