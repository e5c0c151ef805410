"""`/protocolos/{protocol}`: where a notice is, for whoever holds its number."""

from http import HTTPStatus

from shared.notices.protocol import protocol_of
from tests.integration.agreements.asking import read
from tests.support.registry import BELO_HORIZONTE, Registry, Teller, sister_city

PATH = f"/protocolos/{protocol_of(BELO_HORIZONTE, '/test', 'one')}"


async def test_a_number_that_is_on_its_way_is_no_error_to_its_holder(registry: Registry) -> None:
    """The page says so, looks again by itself, and is a 404 to programs."""
    page = await read(registry, PATH, status=HTTPStatus.NOT_FOUND)
    assert "Ainda não registrado." in page.words
    assert '<meta http-equiv="refresh" content="5">' in page.markup
    assert "/static/protocol.js" in page.markup


async def test_whoever_holds_the_number_sees_the_stages_and_nothing_else(
    registry: Registry, teller: Teller
) -> None:
    """What was told is for the sender, its member, the office and the coordination."""
    await teller.tell("agreement.signed", sister_city(), subject="P", id="one")
    for asker in ("anonymous", "other"):
        page = await read(registry, PATH, asker)
        assert "Está registrado." in page.words
        assert "Porto" not in page.words
        assert not page.leads_to("/acordos/AG-")
    for asker in ("own", "office", "coordination"):
        page = await read(registry, PATH, asker)
        assert "Belo Horizonte assinou acordo com Porto (Portugal)" in page.words
        assert page.leads_to("/acordos/AG-")
    own = await read(registry, PATH, "own")
    assert own.leads_to("/registrar/retirar?notice=MG-")
    assert [link for link in own.links if link.endswith("/documentos")]
    office = await read(registry, PATH, "office")
    assert not office.leads_to("/registrar/retirar")
    assert not [link for link in office.links if link.endswith("/documentos")]


async def test_a_number_typed_by_hand_is_understood(registry: Registry, teller: Teller) -> None:
    """Small letters, spaces; a mistyped one is no number, and the page says what one looks like."""
    told = await teller.tell("agreement.signed", sister_city(), subject="P", id="one")
    assert told is not None
    await read(registry, PATH.lower().replace("/protocolos/mg-", "/protocolos/mg-"))
    page = await read(registry, "/protocolos/MG-0000000000001", status=HTTPStatus.NOT_FOUND)
    assert "MG- e 13 letras" in page.words


async def test_remarks_say_what_to_check(registry: Registry, teller: Teller) -> None:
    """The sender reads them on the receipt; a stranger with the number does not."""
    await teller.tell("agreement.entered_into_force", {"effective_on": "2025-01-01"}, subject="P", id="one")
    assert "O que conferir" in (await read(registry, PATH, "own")).words
    assert "O que conferir" not in (await read(registry, PATH)).words


async def test_a_nil_return_has_a_receipt_too(registry: Registry, teller: Teller) -> None:
    """It tells of no agreement, so none is linked and no paper is asked for."""
    await teller.tell("municipality.nothing_to_declare", {"as_of": "2026-11-01"}, id="one")
    page = await read(registry, PATH, "own")
    assert "Está registrado." in page.words
    assert not page.leads_to("/acordos/AG-")
