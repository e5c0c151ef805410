"""What anybody may ask of the rules of the gates, and of all chains at once."""

import base64
import hashlib
import json

from tests.support.registry import UBERLANDIA, Registry, Teller, sister_city


async def test_the_rules_are_public_with_their_version_and_their_ground(registry: Registry) -> None:
    """Whoever is judged by them may read them; codes have their names in the code lists."""
    found = await registry.json("/v1/rules")
    assert found["version"] >= found["applied"]
    [loan] = [rule for rule in found["items"] if (rule["gate"], rule["instrument"]) == ("federal", "EMP")]
    assert (loan["requires"], loan["before_signature"], loan["from_day"]) == ("approval", True, None)
    assert loan["bodies"] == ["COFIEX", "STN", "SENADO"]
    assert "jurídica" in loan["basis"]["pt"]
    for name in ("gate_requirements", "gate_terms", "gates", "federal_bodies"):
        assert (await registry.json(f"/v1/codelists/{name}"))["codes"], name
    answer = await registry.get("/v1/rules?gate=federal")
    assert answer.status == 400


async def test_anybody_can_add_up_the_digest_over_all_chains(registry: Registry, teller: Teller) -> None:
    """Nothing but the answer and the standard is needed: SHA-256 over canonical JSON."""
    await teller.tell("agreement.signed", sister_city(), subject="A")
    first = await registry.json("/v1/ledger")
    await teller.tell("agreement.signed", sister_city(), subject="A", member=UBERLANDIA)
    for answer in (first, await registry.json("/v1/ledger")):
        chains = [[chain["member"], chain["length"], chain["head"]] for chain in answer["items"]]
        sealed = {"format": "malha-seal/1", "position": answer["position"], "chains": chains}
        written = json.dumps(sealed, sort_keys=True, separators=(",", ":")).encode()
        digest = base64.urlsafe_b64encode(hashlib.sha256(written).digest()).decode().rstrip("=")
        assert answer["digest"] == digest
        assert answer["chains"] == len(chains)
    assert await registry.json(f"/v1/ledger?position={first['position']}") == first
    assert (await registry.json("/v1/ledger?position=0"))["items"] == []


async def test_a_position_that_was_not_given_is_refused(registry: Registry) -> None:
    """There is nothing to tell of a position to come."""
    for wrong in ("1", "-1", "x", ""):
        answer = await registry.get(f"/v1/ledger?position={wrong}")
        assert answer.status == 400, wrong
        assert (await answer.json(content_type=None))["parameter"] == "position"


async def test_every_position_has_the_heads_that_stood_then(registry: Registry, teller: Teller) -> None:
    """Held against the chains as they grew, for chains of one entry and of many."""
    grown = []
    for n, member in enumerate(["31", UBERLANDIA, "31", "31", UBERLANDIA, "31", "3106200", "31", "31"]):
        told = await teller.tell("agreement.signed", sister_city(), subject=f"{n}", member=member)
        grown.append((await registry.json("/v1/ledger"))["digest"])
        assert (await registry.json("/v1/ledger"))["position"] == told.position
    for position, digest in enumerate(grown, 1):
        assert (await registry.json(f"/v1/ledger?position={position}"))["digest"] == digest
