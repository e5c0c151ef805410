import re
from typing import Any

import pytest

from shared.notices.dates import ReducedDate
from shared.notices.families import FACTS, headline, plain_headline
from shared.notices.families.fact import Wording, fact
from shared.notices.sentences import Sentence
from tests.support.reference_fold import FIRST_TELLINGS, TABLE
from tests.support.told import PORTO, agreement_of, signed, told

SAID = Sentence("a", "b")
SPECIAL_SENDERS = {
    "voided": {"coordination"},
    "question_asked": {"office", "coordination"},
    "question_answered": {"member"},
}
AGREEMENT = {type_: known for type_, known in FACTS.items() if known.family == "agreement"}


def test_ranks_follow_the_contracts_table() -> None:
    """Facts of one instant stand in the order of the lifecycle."""
    ranked = sorted((known.rank, known.name) for known in FACTS.values() if known.folded)
    assert [name for _, name in ranked] == list(TABLE)
    assert len({rank for rank, _ in ranked}) == len(ranked)


def test_who_may_tell_what() -> None:
    """As the contract's table says; the ledger speaks for itself alone."""
    for known in AGREEMENT.values():
        coordination = known.name in {
            *("negotiation_opened", "signed", "reported", "gate_updated", "corrected", "superseded"),
            *("merged", "retracted"),
        }
        senders = {"member", "coordination"} if coordination else {"member"}
        assert known.senders == SPECIAL_SENDERS.get(known.name, senders)
        assert known.first_telling == (known.name in FIRST_TELLINGS)
        assert known.visibility == ("restricted" if "question" in known.name else None)
    for name, known in FACTS.items():
        if known.family in {"clock", "ledger"}:
            assert known.senders == {"system"}, name
            assert not known.folded, name
    assert FACTS["br.malha.member.contact_changed.v1"].senders == {"member", "coordination"}
    assert FACTS["br.malha.member.contact_changed.v1"].visibility == "restricted"
    assert FACTS["br.malha.clock.silent.v1"].visibility == "network"
    assert FACTS["br.malha.ledger.erased.v1"].senders == {"system"}
    assert FACTS["br.malha.municipality.nothing_to_declare.v1"].visibility == "public"


@pytest.mark.parametrize(
    ("type_", "data", "day"),
    [
        ("signed", {"signed_on": "2020", "effective_on": "2019"}, "2020"),
        ("signed", {"effective_on": "2019"}, None),
        ("amended", {"effective_on": "2021-03", "changes": {"signed_on": "1999"}}, "2021-03"),
        ("corrected", {"changes": {"signed_on": "1999"}}, None),
        ("terminated", {"effective_on": None}, None),
    ],
)
def test_the_business_date_is_the_one_that_the_contract_names(
    type_: str, data: dict[str, Any], day: str | None
) -> None:
    """Of a first telling signed_on, otherwise the first present of the three; erased: none."""
    found = FACTS[f"br.malha.agreement.{type_}.v1"].business_date(data)
    assert found == (None if day is None else ReducedDate.parse(day))


def test_a_type_is_declared_once() -> None:
    """Two meanings of one type would be two histories."""
    with pytest.raises(ValueError, match="is there already"):
        fact("agreement.signed", senders=frozenset(), wording=Wording(headline=SAID, plain=SAID))(
            FACTS["br.malha.agreement.signed.v1"].payload
        )


def test_a_headline_says_who_with_whom_and_where() -> None:
    """In both languages, countries by their names."""
    assert headline(signed(), "Belo Horizonte", None) == Sentence(
        pt="Belo Horizonte assinou acordo com Porto (Portugal)",
        en="Belo Horizonte signed an agreement with Porto (Portugal)",
    )


@pytest.mark.parametrize(
    ("name", "spoken"),
    [
        ("\x1b[2J\x07Porto\r\nFim", "[2J Porto Fim"),
        ("\u202eotroP\u2066", "otroP"),
        ("\u2028Porto\x85", "Porto"),
        ("\x1b", "…"),
        ("S\xe3o\xa0Jo\xe3o", "S\xe3o Jo\xe3o"),
        ("פורטו", "פורטו"),
    ],
)
def test_a_headline_stays_one_sentence_whatever_the_partner_is_called(name: str, spoken: str) -> None:
    """It is printed on terminals and read beside other members' headlines."""
    told_of = signed(partners=[{**PORTO, "name": name}])
    assert headline(told_of, "Minas", None).pt == f"Minas assinou acordo com {spoken} (Portugal)"


def test_a_headline_takes_the_partner_from_the_agreement() -> None:
    """A termination does not repeat with whom."""
    ended = told("terminated", effective_on="2021-01-01")
    known = agreement_of(signed(partners=[PORTO, {"name": "CGLU", "kind": "network"}]), ended)
    assert (
        headline(ended, "Congonhas", known).pt
        == "Rescindido o acordo de Congonhas com Porto (Portugal) e mais 1"
    )
    assert headline(ended, "Congonhas", None) == plain_headline(ended.type, "Congonhas")


def test_a_law_is_not_called_an_agreement() -> None:
    """A unilateral sister-city law and an amendment have words of their own."""
    law = headline(signed(instrument="IRM_DECL"), "Belo Horizonte", None)
    assert law.pt == "Belo Horizonte declarou por lei irmandade com Porto (Portugal)"
    assert "amendment" in headline(signed(instrument="ADT"), "Belo Horizonte", None).en
    assert "lei" in headline(signed(basis="unilateral_law"), "Belo Horizonte", None).pt


@pytest.mark.parametrize("type_", sorted(FACTS))
def test_a_plain_headline_holds_nothing_of_the_data(type_: str) -> None:
    """It is what remains to be said after an erasure."""
    spoken = plain_headline(type_, "Viçosa")
    for text in (spoken.pt, spoken.en):
        assert "Viçosa" in text
        assert "{" not in text
    assert spoken.pt != spoken.en


def test_no_person_is_named_in_a_headline() -> None:
    """Who signed stays in the data; headlines and logs name no person."""
    spoken = headline(signed(signatories=[{"office": "Prefeito", "name": "Fulano"}]), "Viçosa", None)
    assert "Fulano" not in spoken.pt + spoken.en


def test_words_bend_for_what_they_speak_of() -> None:
    """A law is revoked as a law, in Portuguese in the feminine; a draft of it too."""
    ended = told("terminated", effective_on="2021-01-01")
    law = agreement_of(signed(instrument="IRM_DECL"), ended)
    assert headline(ended, "Viçosa", law) == Sentence(
        pt="Rescindida a lei de irmandade de Viçosa com Porto (Portugal)",
        en="The sister-city law of Viçosa with Porto (Portugal) was terminated",
    )


def test_a_headline_may_show_codes_and_goes_without_those_that_were_erased() -> None:
    """Which gate, and how it stands: the reader need not open the agreement."""
    moved = told("gate_updated", gate="federal", status="consulted")
    spoken = headline(moved, "Viçosa", agreement_of(signed(), moved))
    assert spoken.pt == (
        "Nova situação em uma etapa do acordo de Viçosa com Porto (Portugal): governo federal, consultado"
    )
    partly = told("gate_updated", gate="federal")
    assert headline(partly, "Viçosa", agreement_of(signed(), partly)) == plain_headline(partly.type, "Viçosa")


@pytest.mark.parametrize("type_", sorted(FACTS))
def test_every_headline_has_its_blanks_in_both_languages(type_: str) -> None:
    """Whatever is shown in one language is shown in the other, and nothing that nobody fills in."""
    wording = FACTS[type_].wording
    for spoken in (wording.headline, *wording.variants.values()):
        blanks = {"member", "partner", "days", "gate", "status"}
        assert set(re.findall(r"{(\w+)}", spoken.pt)) == set(re.findall(r"{(\w+)}", spoken.en)) <= blanks
