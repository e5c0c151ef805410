"""`/acordos/{agreement}/livro`: an agreement's place in the ledger, and the check of it."""

import json
import re
from hashlib import sha256

from services.registry.writing import ledger
from shared.notices.canonical import base64url
from shared.notices.protocol import agreement_id
from tests.integration.agreements.asking import read
from tests.support.registry import BELO_HORIZONTE, THE_STATE, Registry, Teller, connected, sister_city

PAGE = f"/acordos/{agreement_id(BELO_HORIZONTE, 'P')}/livro"
_ENTRIES = re.compile(r'<script type="application/json" id="entries">(.*?)</script>', re.DOTALL)


async def test_each_notice_stands_with_its_number_and_its_mark(registry: Registry, teller: Teller) -> None:
    """The same that the registry keeps; other agreements' notices stand between them."""
    await teller.tell("agreement.signed", sister_city(), subject="P")
    await teller.tell("agreement.signed", sister_city(), subject="OTHER")
    await teller.tell("agreement.confirmed", {}, subject="P")
    page = await read(registry, PAGE)
    assert "O livro tem 3 avisos." in page.words
    head = await registry.json(f"/v1/ledger/{BELO_HORIZONTE}")
    assert page.words.count(head["head"]) == 2
    assert 'data-sequence="2"' not in page.markup
    assert "Tudo confere: 3 avisos" in (await read(registry, f"{PAGE}?conferir=sim")).words


async def test_those_concerned_get_what_the_marks_are_made_of(registry: Registry, teller: Teller) -> None:
    """Enough to compute them anew; who sent it, by which key, is not for everybody."""
    await teller.tell("agreement.signed", sister_city(title="<!-- </script>"), subject="P")
    await teller.tell("agreement.question_asked", {"text": "?"}, subject="P", by=("office", THE_STATE))
    (told,) = _ENTRIES.findall((await read(registry, PAGE, "own")).markup)
    verifier = ledger.Verifier(BELO_HORIZONTE)
    for entry in json.loads(told):
        opened = ledger.Disclosure(entry["disclosure"])
        text = entry["text"]
        verifier.take(text, sha256(text.encode()).digest(), opened)
    found = verifier.result()
    assert (found.intact, found.head.length) == (True, 2)
    assert (
        base64url(found.head.digest or b"") == (await registry.json(f"/v1/ledger/{BELO_HORIZONTE}"))["head"]
    )
    for asker in ("anonymous", "other"):
        page = await read(registry, PAGE, asker)
        assert _ENTRIES.findall(page.markup) == []
        assert 'data-sequence="2"' not in page.markup  # a question is between few


async def test_a_chain_that_was_tampered_with_is_said_to_be(
    registry: Registry, teller: Teller, database: str
) -> None:
    """Even by whoever may do everything in the database."""
    await teller.tell("agreement.signed", sister_city(), subject="P")
    await teller.tell("agreement.confirmed", {}, subject="P")
    async with connected(database) as connection:
        await connection.execute("ALTER TABLE disclosure DISABLE TRIGGER ALL")
        await connection.execute(
            "UPDATE disclosure SET fields = replace(fields::text, 'Porto', 'Braga')::json WHERE position = 1"
        )
    page = await read(registry, f"{PAGE}?conferir=sim")
    assert "Algo não confere, a partir do aviso 1." in page.words
