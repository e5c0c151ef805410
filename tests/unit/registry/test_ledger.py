"""The chain of a member: what it proves, and what it forgets."""

import hashlib
import json
from base64 import urlsafe_b64decode
from datetime import UTC, datetime
from typing import Any

import pytest

from services.registry.writing.ledger import (
    EMPTY,
    ERASED_TYPE,
    Disclosure,
    Entry,
    Head,
    Verification,
    Verifier,
    append,
    read_notice,
    says_the_same,
)
from shared.notices.envelope import Delivery, Notice, Sender
from tests.support.told import MEMBER, signed, told

Chain = list[tuple[str, bytes, Disclosure]]
RECEIVED = datetime(2026, 11, 21, 14, 3, 7, tzinfo=UTC)
BY_MEMBER = Sender(role="member", member=MEMBER, key="abcdefghijkl", door="api")
BY_SYSTEM = Sender(role="system", member="31", key="", door="system")


def delivery(notice: Notice, sender: Sender = BY_MEMBER) -> Delivery:
    """*notice* as ingest passes it on."""
    return Delivery(notice=notice, sender=sender, received_at=RECEIVED, environment="test")


def erasure(sequence: int, *fields: str) -> Notice:
    """What the ledger says when it forgets."""
    return Notice(
        member=MEMBER,
        source="/malha",
        id=f"erased-{sequence}-{'-'.join(fields)}",
        type=ERASED_TYPE,
        data={
            "sequence": sequence,
            "fields": list(fields),
            "ground": "lgpd",
            "decided_by": "coordination",
            "request": "SEI 1",
        },
    )


def chain_of(*notices: Notice) -> Chain:
    """The chain of *notices*, each entry with what opens it."""
    head, chain = EMPTY, []
    for notice in notices:
        entry = append(head, delivery(notice, BY_SYSTEM if notice.type == ERASED_TYPE else BY_MEMBER))
        chain.append((entry.text, entry.digest, entry.disclosure))
        head = entry.head
    return chain


def verify(chain: Chain) -> Verification:
    """What recomputing *chain* finds."""
    verifier = Verifier(MEMBER)
    for link in chain:
        verifier.take(*link)
    return verifier.result()


def without(disclosure: Disclosure, *fields: str) -> Disclosure:
    """*disclosure* after *fields* were deleted from it."""
    return {field: opening for field, opening in disclosure.items() if field not in fields}


def test_an_entry_is_canonical_and_holds_no_value_of_the_data() -> None:
    """Whoever gets an entry can recompute its digest from the text alone, and reads nobody's name in it."""
    notice = signed("2020-03-09", signatories=[{"office": "Prefeita", "name": "Ana de Souza"}])
    entry = append(Head(6, b"\1" * 32), delivery(notice))
    shown = json.loads(entry.text)
    canonical = json.dumps(shown, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert entry.text == canonical
    assert entry.digest == hashlib.sha256(entry.text.encode()).digest()
    assert "Ana" not in entry.text
    assert "Porto" not in entry.text
    assert shown["data"].keys() == notice.data.keys()
    assert {name: value for name, value in shown.items() if name != "data"} == {
        "format": "malha-ledger/1",
        "member": MEMBER,
        "sequence": 7,
        "previous": "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE",
        "received_at": "2026-11-21T14:03:07Z",
        "sender": {"role": "member", "member": MEMBER, "key": "abcdefghijkl", "door": "api"},
        "envelope": {
            "specversion": "1.0",
            "id": notice.id,
            "source": "/convenios",
            "type": "br.malha.agreement.signed.v1",
            "subject": "PROC-1",
            "time": None,
            "backfill": False,
            "protocol": notice.protocol,
        },
    }


def test_a_digest_is_of_salt_field_and_value() -> None:
    """The rule of the contract, recomputed with the standard library alone."""
    entry = append(EMPTY, delivery(signed()))
    for field, opening in entry.disclosure.items():
        text = json.dumps(
            [opening["salt"], field, opening["value"]],
            sort_keys=True,
            separators=(",", ":"),
            ensure_ascii=False,
        )
        digest = json.loads(entry.text)["data"][field]
        assert urlsafe_b64decode(digest + "=") == hashlib.sha256(text.encode()).digest()
        assert len(urlsafe_b64decode(opening["salt"] + "==")) == 16


def test_each_value_has_a_salt_of_its_own() -> None:
    """The same value twice must not show itself as the same."""
    salts = [opening["salt"] for _, _, opened in chain_of(signed(), signed()) for opening in opened.values()]
    assert len(set(salts)) == len(salts)


def test_a_chain_verifies_and_its_first_entry_has_no_previous() -> None:
    """A fresh chain is intact; an empty one too."""
    chain = chain_of(signed(), told("terminated", effective_on="2024-01-01"))
    assert verify(chain) == Verification(Head(2, chain[1][1]), 0, None)
    assert json.loads(chain[0][0])["previous"] is None
    assert verify([]).intact


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ('"sequence":2', '"sequence":3'),
        ("2026-11-21T14:03:07Z", "2026-11-21T14:03:08Z"),
        ('"role":"member"', '"role":"office"'),
        ('"format":"malha-ledger/1"', '"format":"malha-ledger/2"'),
        ('{"data"', '{ "data"'),
    ],
)
def test_a_changed_entry_breaks_the_chain_where_it_stands(text: str, other: str) -> None:
    """Even if its own digest was made to fit: the next entry still knows the old one."""
    chain = chain_of(signed(), told("terminated", effective_on="2024-01-01"), told("amended", 1))
    changed = chain[1][0].replace(text, other)
    assert changed != chain[1][0]
    for digest in (chain[1][1], hashlib.sha256(changed.encode()).digest()):
        broken = [chain[0], (changed, digest, chain[1][2]), chain[2]]
        assert verify(broken).broken_at in {2, 3}


@pytest.mark.parametrize("lost", [0, 1])
def test_a_missing_entry_breaks_the_chain(lost: int) -> None:
    """Nothing can be taken out of the middle or the beginning."""
    chain = chain_of(signed(), signed("2021"), signed("2022"))
    assert verify(chain[:lost] + chain[lost + 1 :]).broken_at == lost + 1


def test_a_changed_value_breaks_the_chain() -> None:
    """Values lie beside the chain, and are covered by it all the same."""
    chain = chain_of(signed(), signed("2021"))
    opened = {**chain[0][2], "title": {**chain[0][2]["title"], "value": "Outro"}}
    assert verify([(chain[0][0], chain[0][1], opened), chain[1]]).broken_at == 1
    stranger: Disclosure = {**chain[0][2], "foreign": {"salt": "AA", "value": 1}}
    assert verify([(chain[0][0], chain[0][1], stranger), chain[1]]).broken_at == 1


def test_an_erased_value_is_covered_by_the_entry_that_names_it() -> None:
    """Erasing removes a value and its salt, and leaves the chain as it was."""
    chain = chain_of(signed(department="Gabinete"), signed("2021"), erasure(1, "department", "title"))
    chain[0] = (chain[0][0], chain[0][1], without(chain[0][2], "department", "title"))
    assert verify(chain) == Verification(Head(3, chain[2][1]), 2, None)


def test_a_value_that_vanished_without_an_erasure_breaks_the_chain() -> None:
    """Deleting a row is not erasing."""
    chain = chain_of(signed(), signed("2021"), erasure(2, "title"))
    chain[0] = (chain[0][0], chain[0][1], without(chain[0][2], "title"))
    assert verify(chain).broken_at == 1


def test_an_erasure_reaches_only_what_stands_before_it() -> None:
    """Nobody can permit in advance that something vanishes."""
    chain = chain_of(erasure(2, "title"), signed())
    chain[1] = (chain[1][0], chain[1][1], without(chain[1][2], "title"))
    assert verify(chain).broken_at == 2


def test_a_notice_comes_back_out_of_its_entry_as_it_went_in() -> None:
    """Folding anew reads the ledger: nothing may be lost on the way."""
    notice = signed("2020", ends_on=None, time="2020-03-09T10:00:00.25Z")
    entry = append(EMPTY, delivery(notice))
    assert read_notice(entry.text, entry.disclosure) == notice


def repeated(entry: Entry, **changes: Any) -> bool:
    """Whether the first notice with *changes* to its data says the same as *entry*."""
    data = {**signed().data, **changes}
    return says_the_same(
        entry.text, entry.disclosure, told("signed", **{k: v for k, v in data.items() if v != ...})
    )


def test_a_repeat_says_the_same_whatever_the_order_of_its_fields() -> None:
    """Content is compared in canonical form; anything else told is a conflict."""
    entry = append(EMPTY, delivery(signed()))
    assert repeated(entry)
    assert not repeated(entry, title="Outro")
    assert not repeated(entry, title=...)
    assert not repeated(entry, department="Gabinete")
    other = signed()
    assert not says_the_same(
        entry.text, entry.disclosure, told("signed", time="2020-01-01T00:00:00Z", **other.data)
    )


def test_an_erased_field_compares_equal() -> None:
    """A retry after an erasure, with the value or without it, is no conflict."""
    whole = append(EMPTY, delivery(signed()))
    entry = whole._replace(disclosure=without(whole.disclosure, "title"))
    assert repeated(entry)
    assert repeated(entry, title="Outro")
    assert repeated(entry, title=...)
    assert not repeated(entry, instrument="IRM")


def test_a_person_stands_in_the_entry_only_where_one_spoke() -> None:
    """What was registered before people could speak keeps its digest, and what they say names them."""
    by_key, by_person = (
        json.loads(append(EMPTY, delivery(signed("2020-03-09"), sender)).text)["sender"]
        for sender in (
            BY_MEMBER,
            Sender(role="member", member=MEMBER, key="", door="form", person="p-abcdef"),
        )
    )
    assert by_key == {"role": "member", "member": MEMBER, "key": "abcdefghijkl", "door": "api"}
    assert by_person == {"role": "member", "member": MEMBER, "key": "", "door": "form", "person": "p-abcdef"}
