"""Places and what they have in common: the number, and one click further what stands behind it."""

from aiohttp import web

from services.registry.pages.places import city_list, group_lists, group_pages, member_pages, state_page
from shared import doors


def install(app: web.Application) -> None:
    """Add the pages of places to *app*."""
    for path, handler in {
        "/estado": state_page.state,
        "/municipios": city_list.cities,
        "/municipios/{municipality}": member_pages.city,
        "/organizacoes": city_list.organisations,
        "/organizacoes/{organisation}": member_pages.organisation,
        "/paises": group_lists.countries,
        "/paises/{country}": group_pages.country,
        "/mesorregioes": group_lists.mesoregions,
        "/mesorregioes/{mesoregion}": group_pages.mesoregion,
        "/temas": group_lists.themes,
        "/temas/{theme}": group_pages.theme,
        "/ods": group_lists.goals,
        "/ods/{sdg}": group_pages.goal,
    }.items():
        doors.add_page(app, "GET", path, handler, allowed=doors.EVERYBODY)
