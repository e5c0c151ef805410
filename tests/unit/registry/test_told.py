"""What of a stored fold is searched and compared: the same as the fold says, and no more is read."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.registry.finding import dealing, searchable, told
from services.registry.folding import fold
from services.registry.folding.agreement import held_at_last
from shared.notices.envelope import Notice

KEY = b"k" * 16
SIGNED: dict[str, Any] = {
    "instrument": "IRM",
    "title": "Irmanamento com o Porto",
    "partners": [{"name": "Porto", "kind": "city", "country": "PT"}],
    "participants": [{"member": "3170206", "role": "signatory"}],
    "signed_on": "2025-03-01",
}
CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("amended", {"effective_on": "2026-01-01", "changes": {"title": "Outro título"}}),
    ("corrected", {"reason": "x", "changes": {"object": "Água"}}),
    ("renewed", {"signed_on": "2026-02-01", "ends_on": "2030-01-01"}),
    ("confirmed", {}),
    ("voided", {"reason": "x"}),
    ("withdrawn", {"reason": "x"}),
    ("gate_updated", {"gate": "legal", "status": "pending"}),
]


def folded(*facts: tuple[str, dict[str, Any]]) -> fold.Fold:
    """An agreement that was signed, and what came after."""
    notices = [
        Notice(
            member="31", source="/t", id=str(at), type=f"br.malha.agreement.{fact}.v1", subject="A", data=data
        )
        for at, (fact, data) in enumerate([("signed", SIGNED), *facts])
    ]
    return fold.fold("31", "A", notices)


@given(st.lists(st.sampled_from(CHANGES)))
def test_it_tells_what_the_fold_tells(facts: list[tuple[str, dict[str, Any]]]) -> None:
    """Every field of it, over time; and whether the agreement counts."""
    whole = folded(*facts)
    known = told.read(fold.encode(whole))
    assert (known.member, known.subject, known.sharing) == ("31", "A", ["3170206"])
    for field in {*whole.fields, "objectives"}:
        assert list(known.values(field)) == list(whole.fields.get(field, ()))
        assert known.held(field) == (held_at_last(whole.fields[field]) if field in whole.fields else None)
    names = {name for name, _ in facts}
    assert known.counts == names.isdisjoint({"voided", "withdrawn"})


def test_a_digest_tells_what_has_changed() -> None:
    """What is neither searched nor compared changes none of them; without the key nobody reads them."""

    def digests(*facts: tuple[str, dict[str, Any]], key: bytes = KEY) -> tuple[bytes, bytes]:
        known = told.read(fold.encode(folded(*facts)))
        return known.digest(searchable.FIELDS, key), known.digest(dealing.FIELDS, key)

    before = digests()
    assert digests(CHANGES[2]) == digests(CHANGES[3]) == digests(CHANGES[6]) == before
    for place in (0, 1, 4, 5):
        assert not set(digests(CHANGES[place])) & set(before), CHANGES[place]
    assert not set(digests(key=b"another")) & set(before)
