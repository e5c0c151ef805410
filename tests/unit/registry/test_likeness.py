"""How alike texts are, and which are compared at all."""

from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from services.registry.finding import likeness

KEY: Final = b"k" * 16
FORM: Final = (
    "O presente acordo tem por objeto promover a cooperação técnica, científica e cultural entre {ours} e "
    "{theirs}, mediante o intercâmbio de experiências, a realização de projetos conjuntos, a troca de "
    "informações e de publicações, a visita de delegações e a promoção do comércio e do turismo, "
    "respeitada a legislação."
)
OTHER: Final = (
    "Contrato de empréstimo externo destinado a financiar a modernização da gestão fiscal, a ampliação da "
    "rede de saneamento das bacias do norte, a pavimentação de rodovias vicinais e a capacitação "
    "de servidores."
)
words = st.lists(st.text("abcdefgh", min_size=2, max_size=6), min_size=likeness.FEWEST_WORDS, max_size=80)


def filled(ours: str, theirs: str) -> list[str]:
    """The form with these parties, as a sketch is made of it."""
    names = [" ".join(likeness.words(name)) for name in (ours, theirs)]
    return likeness.pattern(likeness.words(FORM.format(ours=ours, theirs=theirs)), names)


def test_words_know_neither_accents_nor_marks() -> None:
    """However it is written, in whatever capitals, it is the same word."""
    assert likeness.words("COOPERAÇÃO técnico-científica, nº 014/2026…") == [
        "cooperacao", "tecnico", "cientifica", "no", "014", "2026",
    ]  # fmt: skip


def test_a_form_filled_in_twice_is_found() -> None:
    """Other cities, the same text: every band is shared, since the names are left out."""
    one = likeness.sketch(filled("Belo Horizonte", "Porto"), KEY)
    two = likeness.sketch(filled("Ouro Preto", "Universidade de Łódź"), KEY)
    assert one == two
    assert len(one) == likeness.BANDS


def test_an_edited_text_shares_a_band_and_another_text_none() -> None:
    """A few words changed leave some bands as they were."""
    said = likeness.words(FORM)
    edited = [*said[:10], "ainda", *said[10:30], *said[32:]]
    assert set(likeness.sketch(said, KEY)) & set(likeness.sketch(edited, KEY))
    assert not set(likeness.sketch(said, KEY)) & set(likeness.sketch(likeness.words(OTHER), KEY))
    assert likeness.share_percent(said, edited) > likeness.SAME_TEXT_PERCENT
    assert likeness.share_percent(said, likeness.words(OTHER)) < likeness.SAME_TEXT_PERCENT // 2


def test_a_short_text_is_nobodys_pattern() -> None:
    """There are not many ways to say it."""
    assert likeness.sketch(likeness.words("Intercâmbio cultural e educacional entre as cidades"), KEY) == ()


@given(words)
def test_a_sketch_is_of_what_is_said_and_of_the_key(said: list[str]) -> None:
    """The same for the same text; with another key it tells nothing of this one; bigint has room for it."""
    sketch = likeness.sketch(said, KEY)
    assert sketch == likeness.sketch(list(said), KEY)
    assert not set(sketch) & set(likeness.sketch(said, b"another key"))
    assert all(-(2**63) <= band < 2**63 for band in sketch)


@given(words, words)
def test_a_share_is_the_same_from_both_sides(ours: list[str], theirs: list[str]) -> None:
    """Whoever is compared with whom."""
    share = likeness.share_percent(ours, theirs)
    assert share == likeness.share_percent(theirs, ours)
    assert 0 <= share <= 100
    assert likeness.share_percent(ours, ours) == 100
