"""What the rules of the gates find in an agreement: only what is certain."""

from datetime import date, timedelta

import pytest

from services.registry import rulebook
from services.registry.folding import fold
from services.registry.folding.agreement import Agreement
from services.registry.folding.rules import NO_RULES, Rule, Rules
from shared import data
from shared.notices.envelope import Notice
from tests.support.told import MEMBER, PORTO, SUBJECT, told

RULES = Rules(rulebook.first_rules(), version=1)
BANK = {"name": "Banco fictício", "kind": "bank"}


def agreement(*notices: Notice) -> Agreement:
    """What the fold makes of *notices*, without any rule."""
    return fold.agreement(fold.fold(MEMBER, SUBJECT, notices))


def signed(instrument: str, signed_on: str | None = "2026-05-04") -> Notice:
    """A signature of a fictional agreement."""
    dated = {} if signed_on is None else {"signed_on": signed_on}
    partners = [BANK if instrument == "EMP" else PORTO]
    return told("signed", instrument=instrument, title="Ficção", partners=partners, **dated)


def gate(name: str, status: str, since: str | None = None, body: str | None = None) -> Notice:
    """How a gate came to stand."""
    more = {key: value for key, value in (("since", since), ("body", body)) if value is not None}
    return told("gate_updated", gate=name, status=status, **more)


def codes(*notices: Notice, rules: Rules = RULES) -> list[str]:
    """The codes of what *rules* contradict."""
    return [found.code for found in rules.contradictions(agreement(*notices))]


AUTHORISED = gate("legislative", "authorised", "2026-01-10")


@pytest.mark.parametrize(
    ("gates", "found"),
    [
        ([], ["signed_before_federal_gate"]),
        ([gate("federal", "consulted", "2026-02-01", "COFIEX")], ["signed_before_federal_gate"]),
        ([gate("federal", "approved", "2026-02-01", "COFIEX")], ["signed_before_federal_gate"]),
        ([gate("federal", "approved", "2026-05-05", "SENADO")], ["signed_before_federal_gate"]),
        ([gate("federal", "approved", "2026-05-04", "SENADO")], []),
        ([gate("federal", "approved", "2026-02-01")], []),
        (
            [
                gate("federal", "approved", "2026-01-01", "COFIEX"),
                gate("federal", "favourable", "2026-02-01", "STN"),
                gate("federal", "approved", "2026-03-01", "SENADO"),
            ],
            [],
        ),
        (
            [
                gate("federal", "approved", "2026-02-01", "SENADO"),
                gate("federal", "unfavourable", "2026-03-01", "SENADO"),
            ],
            ["signed_before_federal_gate"],
        ),
    ],
)
def test_a_loan_needs_the_last_bodys_word_before_its_signature(gates: list[Notice], found: list[str]) -> None:
    """COFIEX, Treasury, Senate, in this order: who has the Senate's word has had the others'."""
    assert codes(signed("EMP"), AUTHORISED, *gates) == found


def test_the_sentence_says_what_is_asked_what_was_found_and_what_to_do() -> None:
    """An office without a lawyer has to understand it."""
    consulted = gate("federal", "consulted", "2026-02-01", "COFIEX")
    [found] = RULES.contradictions(agreement(signed("EMP"), AUTHORISED, consulted))
    for words in ("Contrato de empréstimo externo", "Senado Federal", "consultado", "Informe o resultado"):
        assert words in found.detail.pt
    assert "consulted" in found.detail.en
    assert found.protocol == signed("EMP").protocol


@pytest.mark.parametrize("instrument", ["IRM", "CONV", "DOA", "ACAD", "ADES", "OUT", "IRM_DECL"])
def test_what_is_customary_or_to_be_checked_contradicts_nothing(instrument: str) -> None:
    """Only what is required can be missing."""
    assert codes(signed(instrument)) == []


def test_an_amendment_is_judged_with_its_parent_not_by_itself() -> None:
    """No rule speaks of it."""
    assert codes(signed("ADT")) == []


def test_what_is_not_known_to_the_day_is_judged_by_what_is_certain() -> None:
    """Signed in 2026, approved in May 2026: nobody can say that the one came before the other."""
    in_may = gate("federal", "approved", "2026-05", "SENADO")
    assert codes(signed("EMP", "2026"), gate("legislative", "authorised", "2026-12-01"), in_may) == []
    assert codes(signed("EMP", "2025"), AUTHORISED, in_may) == [
        "signed_before_legislative_gate",
        "signed_before_federal_gate",
    ]


def test_of_an_undated_signature_only_a_gate_that_never_closed_is_a_contradiction() -> None:
    """Whatever closed may have closed before it."""
    assert codes(signed("EMP", None), AUTHORISED, gate("federal", "approved", body="SENADO")) == []
    assert codes(signed("EMP", None), AUTHORISED) == ["signed_before_federal_gate"]


@pytest.mark.parametrize(
    ("since", "found"),
    [("2026-05-18", []), ("2026-05-19", ["federal_notice_late"]), ("2026-04-01", []), ("2026-05", [])],
)
def test_the_notice_of_a_signature_is_late_after_14_days(since: str, found: list[str]) -> None:
    """The 14th day is in time; a notice of before the signature counts; a month alone may be in time."""
    assert codes(signed("MOU"), gate("federal", "informed", since)) == found


def test_that_no_notice_was_told_is_no_contradiction_but_a_term_that_runs() -> None:
    """A contradiction is true on every day; that something is still missing is for the clock to say."""
    unnotified = agreement(signed("MOU"))
    assert RULES.contradictions(unnotified) == []
    assert RULES.overdue(unnotified, date(2026, 5, 18)) == []
    [term] = RULES.overdue(unnotified, date(2026, 5, 19))
    assert (term.gate, term.clock, term.due_on, term.status) == (
        "federal",
        "signing",
        date(2026, 5, 18),
        None,
    )


def test_a_wait_has_an_age_that_ends_with_its_answer() -> None:
    """180 days of waiting for COFIEX; none before, and none once the answer is there."""
    waiting = [
        told("negotiation_opened", instrument="EMP", title="Ficção", partners=[BANK]),
        gate("federal", "consulted", "2026-01-01", "COFIEX"),
    ]
    due_on = date(2026, 1, 1) + timedelta(180)
    assert RULES.overdue(agreement(*waiting), due_on) == []
    [term] = RULES.overdue(agreement(*waiting), due_on + timedelta(1))
    assert (term.clock, term.due_on, term.body, term.since) == ("age", due_on, "COFIEX", "2026-01-01")
    answered = agreement(*waiting, gate("federal", "approved", "2026-03-01", "COFIEX"))
    assert RULES.overdue(answered, due_on + timedelta(1)) == []


def test_nothing_is_overdue_of_what_is_over() -> None:
    """Nobody waits for an answer about a negotiation that was given up."""
    over = agreement(
        told("negotiation_opened", instrument="MOU", title="Ficção", partners=[PORTO]),
        gate("federal", "consulted", "2026-01-01", "MRE"),
        told("withdrawn", reason="Ficção", time="2026-02-01T12:00:00+00:00"),
    )
    assert RULES.overdue(over, date(2026, 12, 1)) == []


def test_the_rule_in_force_on_the_day_of_the_signature_judges() -> None:
    """The law changes on a day; what was signed before stays judged by what held then."""
    rules = Rules(
        [
            Rule(gate="federal", instrument="MOU", to_day=date(2026, 5, 4), requires="none"),
            Rule(
                gate="federal",
                instrument="MOU",
                from_day=date(2026, 5, 4),
                requires="approval",
                before_signature=True,
                satisfied_by=("approved",),
            ),
        ]
    )
    assert codes(signed("MOU", "2026-05-03"), rules=rules) == []
    assert codes(signed("MOU", "2026-05-04"), rules=rules) == ["signed_before_federal_gate"]
    assert codes(signed("EMP"), rules=NO_RULES) == []


def test_the_first_rules_cover_every_instrument_as_the_code_list_says() -> None:
    """Required and approval bind at the signature, notice has its terms, the rest asks nothing by itself."""
    assert rulebook.faults(rulebook.first_rules()) == []
    always = date(2026, 1, 1)
    for row in data.code_tables()["instrument_types"]:
        federal, legislative = (RULES.of(row["code"], gate, always) for gate in ("federal", "legislative"))
        if row["federal_gate"] in {"as_parent", "unknown"}:
            assert federal is legislative is None
            continue
        assert federal is not None
        assert legislative is not None
        asked, _, bodies = row["federal_gate"].partition(":")
        assert federal.requires == asked
        assert federal.before_signature == (asked == "approval")
        assert len(federal.bodies) == len(bodies.split(">")) if bodies else not federal.bodies
        assert federal.signing_days == (14 if asked == "notice" else None)
        asked = row["legislative_gate"]
        assert legislative.requires == {"required": "approval"}.get(asked, asked)


def test_putting_a_rule_takes_its_days_from_the_others() -> None:
    """A rule for one year splits the one that held always."""
    always = Rule(gate="federal", instrument="IRM", requires="notice", satisfied_by=("informed",))
    other = Rule(gate="legal", instrument="IRM", requires="none")
    year = Rule(
        gate="federal",
        instrument="IRM",
        from_day=date(2027, 1, 1),
        to_day=date(2028, 1, 1),
        requires="none",
    )
    found = rulebook.put([always, other], year)
    assert rulebook.faults(found) == []
    days = sorted(
        (rule.from_day or date.min, rule.to_day or date.max) for rule in found if rule.gate == "federal"
    )
    assert days == [
        (date.min, date(2027, 1, 1)),
        (date(2027, 1, 1), date(2028, 1, 1)),
        (date(2028, 1, 1), date.max),
    ]
    assert rulebook.put(found, always) == [other, always]
