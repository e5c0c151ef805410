"""`GET /v1/rules`: what is asked of each instrument at each gate, and since when."""

import msgspec
from aiohttp import web

from services.registry import rulebook
from services.registry.http.answers import connection_of
from services.registry.http.parameters import Parameters
from services.registry.shapes import RulesView, RuleView


async def get_rules(request: web.Request) -> RulesView:
    """All rules, of every period, with the version that all agreements were judged by."""
    Parameters(request.query, ())
    async with connection_of(request) as connection:
        stands = await rulebook.listed(connection)
    items = [msgspec.convert(rule, RuleView, from_attributes=True) for rule in stands.rules]
    return RulesView(version=stands.version, applied=stands.applied, items=items)
