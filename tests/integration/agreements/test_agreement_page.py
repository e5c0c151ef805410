"""`/acordos/{agreement}`: what is known of it, for whom, and what may be told next."""

from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from services.registry.http.answers import today
from services.registry.network import electoral
from services.registry.writing.erasure import erase
from shared.notices.envelope import Role
from shared.notices.protocol import agreement_id
from tests.integration.agreements.asking import read
from tests.support.registry import (
    BELO_HORIZONTE,
    THE_STATE,
    UBERLANDIA,
    Registry,
    Teller,
    connected,
    sister_city,
)

SUBJECT = "PROC-1"
PAGE = f"/acordos/{agreement_id(BELO_HORIZONTE, SUBJECT)}"
OFFICE: tuple[Role, str] = ("office", THE_STATE)


async def test_a_citizen_reads_what_is_known_and_whose_word_it_is(registry: Registry, teller: Teller) -> None:
    """Partners, dates as told and no more, money, gates with where they wait, and the source of each."""
    await teller.tell(
        "agreement.signed",
        sister_city(
            signed_on="2025-03",
            themes=["AGUA"],
            sdgs=[6],
            amounts=[{"value": "1500.00", "currency": "BRL"}],
            gates={"federal": {"status": "informed", "body": "MRE", "since": "2026-01-05"}},
            provenance=[{"kind": "gazette", "url": "https://diario.exemplo.test/1"}],
            participants=[{"member": UBERLANDIA}],
        ),
        subject=SUBJECT,
    )
    page = await read(registry, PAGE)
    for words in (
        "Irmanamento com o Porto", "Belo Horizonte", "Portugal", "março de 2025", "1.500,00", "Uberlândia",
        "governo federal", "Ministério das Relações Exteriores", "diário oficial", "diario.exemplo.test",
        "Informado pelo próprio membro (sistema)",
    ):  # fmt: skip
        assert words in page.words, words
    assert "1 de março" not in page.words
    assert page.leads_to("/paises/pt")
    assert page.leads_to(f"/municipios/{UBERLANDIA}")
    assert not page.leads_to("/registrar")


async def test_the_history_says_what_was_before_and_after(registry: Registry, teller: Teller) -> None:
    """A correction is read as such; why it was made is not for everybody."""
    await teller.tell("agreement.signed", sister_city(), subject=SUBJECT)
    await teller.tell(
        "agreement.corrected",
        {"changes": {"title": "Irmandade"}, "reason": "Título trocado"},
        subject=SUBJECT,
    )
    page = await read(registry, PAGE)
    assert "Título: antes: Irmanamento com o Porto → depois: Irmandade" in page.words
    assert "Título trocado" not in page.words
    assert "Título trocado" in (await read(registry, PAGE, "own")).words


async def test_a_long_history_is_read_on_where_it_was_left(registry: Registry, teller: Teller) -> None:
    """Forty chapters at a time, none twice and none left out."""
    await teller.tell("agreement.signed", sister_city(), subject=SUBJECT)
    for number in range(45):
        await teller.tell("agreement.confirmed", {"note": f"nota {number}"}, subject=SUBJECT)
    first = await read(registry, PAGE, "own")
    (onward,) = [link for link in first.links if "historia=" in link]
    second = await read(registry, onward.partition("#")[0], "own")
    told = [f"nota {number} " for number in range(45)]
    assert [words for words in told if (words in first.words) == (words in second.words)] == []


async def test_what_may_not_be_seen_is_not_there(registry: Registry, teller: Teller) -> None:
    """Neither a restricted agreement, nor its place in the ledger, nor its form, for a stranger."""
    await teller.tell("agreement.signed", sister_city(visibility="restricted"), subject=SUBJECT)
    for asker in ("anonymous", "other"):
        await read(registry, PAGE, asker, status=HTTPStatus.NOT_FOUND)
        await read(registry, f"{PAGE}/livro", asker, status=HTTPStatus.NOT_FOUND)
    for asker in ("own", "office", "coordination"):
        assert "Irmanamento" in (await read(registry, PAGE, asker)).words
    for nothing in ("/acordos/AG-0000000000000", "/acordos/%00", "/acordos/x" * 500):
        await read(registry, nothing, status=HTTPStatus.NOT_FOUND)


async def test_reading_a_restricted_agreement_is_noted(
    registry: Registry, teller: Teller, database: str
) -> None:
    """Reading a public one is not: only what is entrusted to few is accounted for."""
    await teller.tell("agreement.signed", sister_city(visibility="restricted"), subject=SUBJECT)
    await teller.tell("agreement.signed", sister_city(), subject="OTHER")
    await read(registry, PAGE, "office")
    await read(registry, f"/acordos/{agreement_id(BELO_HORIZONTE, 'OTHER')}", "office")
    async with connected(database) as connection:
        noted = await connection.fetch("SELECT DISTINCT act, resource, role FROM audit")
    assert [tuple(row) for row in noted] == [("read", agreement_id(BELO_HORIZONTE, SUBJECT), "office")]


async def test_a_question_is_for_its_member_office_and_coordination(
    registry: Registry, teller: Teller
) -> None:
    """The member answers where it reads; the office asks where it reads; nobody else knows."""
    await teller.tell("agreement.signed", sister_city(), subject=SUBJECT)
    await teller.tell("agreement.question_asked", {"text": "Houve visita?"}, subject=SUBJECT, by=OFFICE)
    own = await read(registry, PAGE, "own")
    assert "Houve visita?" in own.words
    assert own.leads_to("/registrar/resposta")
    office = await read(registry, PAGE, "office")
    assert "Sem resposta ainda." in office.words
    assert office.leads_to("/registrar/pergunta")
    for asker in ("anonymous", "other"):
        page = await read(registry, PAGE, asker)
        assert "Houve visita?" not in page.words
        assert not page.leads_to("/registrar/")
    await teller.tell("agreement.question_answered", {"text": "Sim, em maio."}, subject=SUBJECT)
    answered = await read(registry, PAGE, "own")
    assert "Sim, em maio." in answered.words
    assert not answered.leads_to("/registrar/resposta")


async def test_each_is_offered_what_it_may_tell(registry: Registry, teller: Teller) -> None:
    """The member its agreement's next steps, the coordination its own, the office and strangers none."""
    await teller.tell("agreement.signed", sister_city(), subject=SUBJECT)
    own = await read(registry, PAGE, "own")
    assert own.leads_to("/registrar/fato?type=renewed&member=3106200&subject=PROC-1")
    assert own.leads_to("/registrar/corrigir")
    assert own.leads_to("/registrar/retirar?notice=MG-")
    assert (own.fields["member"], own.fields["subject"], own.fields["back"]) == (
        BELO_HORIZONTE,
        SUBJECT,
        PAGE,
    )
    coordination = await read(registry, PAGE, "coordination")
    assert coordination.leads_to("/registrar/fato?type=merged")
    assert not coordination.leads_to("/registrar/fato?type=renewed")
    assert not coordination.leads_to("/registrar/retirar")
    for asker in ("office", "other", "anonymous"):
        page = await read(registry, PAGE, asker)
        assert not page.leads_to("/registrar/fato")
        assert not page.leads_to("/registrar/corrigir")


async def test_a_negotiation_becomes_a_signature_without_typing_it_again(
    registry: Registry, teller: Teller
) -> None:
    """The form begins with what is known, under the same process number; it has room for three partners."""
    partner = {"name": "Porto", "kind": "city", "country": "PT"}
    opened = {"instrument": "MOU", "title": "Águas", "partners": [partner]}
    await teller.tell("agreement.negotiation_opened", opened, subject=SUBJECT)
    (form,) = [link for link in (await read(registry, PAGE, "own")).links if link.startswith("/registrar?")]
    known = parse_qs(urlsplit(form).query)
    assert known["subject"] == [SUBJECT]
    assert known["partners.0.country"] == ["PT"]
    assert known["instrument"] == ["MOU"]
    await teller.tell("agreement.negotiation_opened", {**opened, "partners": [partner] * 4}, subject=SUBJECT)
    assert not (await read(registry, PAGE, "own")).leads_to("/registrar?")


async def test_what_does_not_fit_is_said_to_those_who_can_mend_it(registry: Registry, teller: Teller) -> None:
    """With the notice that it is about; a citizen meets the facts, not the office's doubts."""
    await teller.tell("agreement.entered_into_force", {"effective_on": "2025-01-01"}, subject=SUBJECT)
    await teller.tell("agreement.signed", sister_city(signed_on="2025-03-01"), subject=SUBJECT)
    assert "O que não combina" in (await read(registry, PAGE, "own")).words
    assert "O que não combina" not in (await read(registry, PAGE)).words


async def test_a_day_in_the_past_is_shown_as_such(registry: Registry, teller: Teller) -> None:
    """As it stood then; nothing can be told of it from there, and a day that is none is said to be wrong."""
    await teller.tell("agreement.signed", sister_city(ends_on="2025-12-31"), subject=SUBJECT)
    assert "encerrado" in (await read(registry, PAGE)).words
    then = await read(registry, f"{PAGE}?as_of=2025-06-01", "own")
    assert "Como estava em 1 de junho de 2025" in then.words
    assert "vigente" in then.words
    assert not then.leads_to("/registrar/fato")
    await read(registry, f"{PAGE}?as_of=junho", status=HTTPStatus.BAD_REQUEST)


async def test_parent_children_and_successor_lead_to_each_other(registry: Registry, teller: Teller) -> None:
    """Who opens one of them finds the others."""
    await teller.tell("agreement.signed", sister_city(), subject=SUBJECT)
    await teller.tell("agreement.signed", sister_city(instrument="ADT", parent=SUBJECT), subject="ADT-1")
    addition = f"/acordos/{agreement_id(BELO_HORIZONTE, 'ADT-1')}"
    assert (await read(registry, PAGE)).leads_to(addition)
    assert (await read(registry, addition)).leads_to(PAGE)
    await teller.tell("agreement.merged", {"into": "ADT-1"}, subject=SUBJECT)
    merged = await read(registry, PAGE)
    assert "Era o mesmo acordo que outro" in merged.words


async def test_hostile_text_is_shown_harmlessly(registry: Registry, teller: Teller) -> None:
    """A script, marks that turn the words around, a formula, five thousand letters: words among words."""
    evil = "<script>alert(1)</script>\u202e=cmd|'/C calc'!A0 \"onload=x"
    await teller.tell(
        "agreement.signed",
        sister_city(
            title=evil,
            object=evil + "x" * 4_900,
            partners=[{"name": evil, "kind": "company", "country": "FR"}],
            documents=[{"kind": evil[:60], "url": 'https://exemplo.test/"><script>alert(1)</script>'}],
            objectives=[{"text": evil, "indicator": evil, "target": evil, "unit": evil}],
            gazette={"name": evil, "url": "https://exemplo.test/'onclick='x"},
        ),
        subject=evil,
    )
    await teller.tell("agreement.question_asked", {"text": evil}, subject=evil, by=OFFICE)
    page = f"/acordos/{agreement_id(BELO_HORIZONTE, evil)}"
    for path in (page, f"{page}/livro", "/acordos?q=alert"):
        for asker in ("anonymous", "own", "coordination"):
            found = await read(registry, path, asker)
            assert "<script>alert" not in found.markup
            assert not found.attributes & {"onload", "onclick"}


async def test_what_was_erased_reads_as_erased(registry: Registry, teller: Teller, database: str) -> None:
    """On the page, in its history and in the ledger: the words are gone, that they are is said."""
    await teller.tell("agreement.signed", sister_city(object="Nome de alguém"), subject=SUBJECT)
    async with connected(database) as connection:
        await erase(
            connection, BELO_HORIZONTE, 1, ["title", "object"],
            ground="court_order", decided_by="coordination", request="SEI 1",
        )  # fmt: skip
    for asker in ("anonymous", "own", "office"):
        page = await read(registry, PAGE, asker)
        assert "Nome de alguém" not in page.markup
        assert "Do que trata apagado" in page.words
        assert "Apagado por decisão registrada no livro:" in page.words
        place = await read(registry, f"{PAGE}/livro?conferir=sim", asker)
        assert "Apagado: Do que trata, Título" in place.words
        assert "2 campos foram apagados" in place.words


async def test_an_election_leaves_facts(registry: Registry, teller: Teller, database: str) -> None:
    """In those months a citizen reads who, with whom and when, and nothing in the member's own words."""
    await teller.tell(
        "agreement.signed",
        sister_city(
            title="O maior acordo", object="Nunca se fez tanto", objectives=[{"text": "Brilhar mais"}]
        ),
        subject=SUBJECT,
    )
    async with connected(database) as connection:
        await electoral.decide(connection, today(), today(), "coordination")
    page = await read(registry, PAGE)
    for words in ("O maior acordo", "Nunca se fez tanto", "Brilhar mais"):
        assert words not in page.markup
        assert words in (await read(registry, PAGE, "office")).words
        assert words not in (await read(registry, "/acordos")).markup
    assert "Porto" in page.words


async def test_english_is_english(registry: Registry, teller: Teller) -> None:
    """From headings to the history; what members wrote stays in their words."""
    await teller.tell("agreement.signed", sister_city(), subject=SUBJECT)
    page = await read(registry, PAGE, "own", language="en")
    for words in ("What is known", "Told by the member itself", "in force", "1 March 2025", "It was renewed"):
        assert words in page.words, words
    for words in ("O que se sabe", "Informado", "Etapas", "Foi "):
        assert words not in page.words, words
