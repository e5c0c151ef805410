"""What the coordination and the office work through: what waits, ends, contradicts or is missing."""

from aiohttp import web

from services.registry.pages.boards import (
    brasilia,
    duplicates,
    expiring,
    lacking,
    overview,
    reviews,
    same_text,
    silence,
)
from shared.doors import COORDINATION, OFFICE, add_page


def install(app: web.Application) -> None:
    """Add `/quadros` and below to *app*."""
    for path, page in {
        "/quadros": overview.get_overview,
        "/quadros/brasilia": brasilia.get_waiting,
        "/quadros/vencimentos": expiring.get_expiring,
        "/quadros/pendencias": reviews.get_reviews,
        "/quadros/silencio": silence.get_silence,
        "/quadros/mesmo-texto": same_text.get_texts,
        "/quadros/mesmo-texto/{text}": same_text.get_text,
        "/quadros/duplicatas": duplicates.get_duplicates,
        "/quadros/sem-objetivos": lacking.get_without_objectives,
        "/quadros/a-classificar": lacking.get_unclassified,
    }.items():
        add_page(app, "GET", path, page, allowed=OFFICE)
    add_page(app, "POST", "/quadros/pendencias/{review}/fechar", reviews.post_closing, allowed=COORDINATION)
