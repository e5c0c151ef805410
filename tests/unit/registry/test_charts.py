"""Columns over time: every year and month has its place, told or not."""

from datetime import date

from services.registry.pages.places import charts
from services.registry.pages.places.slugs import mesoregion_by_slug

DAY = date(2026, 11, 22)


def test_years_without_agreements_have_a_column_too() -> None:
    """A gap in time is seen as one; a year alone and its months fall together."""
    columns = charts.by_year([("2023", 1), ("2023-04", 2), ("2025-01", 6)], DAY)
    assert (columns[0].key, len(columns)) == ("2017", 10)
    assert [(one.key, one.n, one.height) for one in columns[-4:]] == [
        ("2023", 3, 50.0),
        ("2024", 0, 0.0),
        ("2025", 6, 100.0),
        ("2026", 0, 0.0),
    ]


def test_months_are_the_last_two_years() -> None:
    """What is known by its year alone stands in none of them: that would say more than is known."""
    columns = charts.by_month([("2026", 9), ("2026-11", 1), ("2024-12", 2), ("2024-11", 5)], DAY)
    assert (columns[0].key, columns[-1].key, len(columns)) == ("2024-12", "2026-11", 24)
    assert [(one.key, one.n) for one in columns if one.n] == [("2024-12", 2), ("2026-11", 1)]


def test_nothing_told_is_no_chart() -> None:
    """An empty frame would look like zero agreements."""
    assert charts.by_year([], DAY) == []
    assert charts.by_month([("2001-05", 3)], DAY) == []


def test_every_mesoregion_has_an_address_of_its_own() -> None:
    """Their names have slashes and accents; their addresses have neither."""
    slugs = mesoregion_by_slug()
    assert len(slugs) == 12
    assert slugs["triangulo-mineiro-alto-paranaiba"] == "Triângulo Mineiro/Alto Paranaíba"
    assert all(slug.isascii() and "/" not in slug for slug in slugs)
