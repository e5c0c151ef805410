"""Whatever people type stands on the boards as what it is: text."""

from typing import Any

from tests.integration.boards.test_doors import BOARDS
from tests.integration.search.test_texts import FORM
from tests.support.indexed import indexed
from tests.support.pages import read
from tests.support.registry import UBERLANDIA, Registry, Teller, sister_city

SCRIPT = '"><script>alert(1)</script>'
TURNED = "\u202eodarugsni"
FORMULA = '=HYPERLINK("http://x.example","y")'


def hostile(**more: Any) -> dict[str, Any]:
    """An agreement with a script, a mark that turns text around, a formula, and words without end."""
    partner = {"name": f"{SCRIPT}{TURNED}", "kind": "city", "country": "PT"}
    text = f"{SCRIPT} {TURNED} {FORMULA} {FORM} " + "x" * 9_000
    return sister_city(title=f"{FORMULA}{SCRIPT}{TURNED}", object=text, partners=[partner], **more)


async def test_hostile_words_are_harmless_on_every_board(
    registry: Registry, teller: Teller, database: str
) -> None:
    """No script of theirs in any markup, nor an attribute that ends where it should not."""
    federal = {"federal": {"status": "consulted", "body": "MRE"}}
    subject = f"P {SCRIPT}"
    await teller.tell("agreement.signed", hostile(ends_on="2024-01-01"), subject=subject)
    await teller.tell("agreement.reported", hostile(ends_on="2024-01-01"), subject=f"{subject}2")
    await teller.tell("agreement.signed", hostile(instrument="OUT", gates=federal), subject=f"{subject}3")
    await teller.tell("agreement.signed", hostile(instrument="ACT"), subject=f"{subject}4", member=UBERLANDIA)
    contact = {"office": SCRIPT[:80], "email": "a@b.example", "phone": "(31) 3333-0000"}
    await teller.tell("member.contact_changed", contact, member=UBERLANDIA)
    await indexed(database)
    seen = ""
    for path in (*BOARDS, "/quadros/mesmo-texto/1", "/quadros/silencio?voice=heard"):
        markup = await read(registry, path)
        assert "<script>alert" not in markup, path
        assert '"><script' not in markup, path
        seen += markup
    assert seen.count("&lt;script&gt;alert(1)") > 10
