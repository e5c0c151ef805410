"""What is public may be taken away: every list as a file, explained and licensed."""

import csv
import io
import json
import re
from html import unescape

import pytest

from services.registry.pages.citizens.open_data import DATASETS
from tests.support.reading_pages import page_of, text_of
from tests.support.registry import Registry, Teller, sister_city


async def test_every_file_that_is_offered_is_there(registry: Registry, teller: Teller) -> None:
    """Links lead to files, whose columns are those that the page explains."""
    await teller.tell("agreement.signed", sister_city(), subject="A")
    html = await page_of(registry, "/dados")
    links = {unescape(link) for link in re.findall(r'href="(/v1/[^"]+format=csv)"', html)}
    assert len(links) == 3 + 7
    for link in links:
        answer = await registry.get(link)
        assert (answer.status, answer.content_type) == (200, "text/csv"), link
        assert answer.headers["Link"] == '<https://creativecommons.org/licenses/by/4.0/>; rel="license"'
        [dataset] = [one for one in DATASETS if link.startswith(one.address)]
        [head, *_] = csv.reader(io.StringIO(await answer.text()))
        assert head == [column.name for column in dataset.table.columns]
        assert all(f"<code>{name}</code>" in html for name in head)


async def test_the_page_says_what_may_be_done_with_it(registry: Registry) -> None:
    """In words for people, and in the form that catalogues of data read."""
    html = await page_of(registry, "/dados")
    assert "CC BY 4.0" in html
    assert 'rel="license"' in html
    [told] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    datasets = json.loads(told)
    assert {one["@type"] for one in datasets} == {"Dataset"}
    assert {one["license"] for one in datasets} == {"https://creativecommons.org/licenses/by/4.0/"}


@pytest.mark.parametrize(
    "path", ["/dados", "/privacidade", "/acessibilidade", "/erro", "/periodo-eleitoral", "/estado"]
)
async def test_everybody_may_read_it_in_both_languages(registry: Registry, path: str) -> None:
    """Without an account, and with one heading that says what it is."""
    for language, asker in (("pt", "anonymous"), ("en", "anonymous"), ("pt", "own"), ("pt", "office")):
        html = await page_of(registry, f"{path}?lang={language}", asker)
        assert html.count("<h1>") == 1
    assert await text_of(registry, f"{path}?lang=pt") != await text_of(registry, f"{path}?lang=en")


async def test_a_shared_address_says_what_it_is(registry: Registry) -> None:
    """One address for one place, whatever was asked of it; what other sites show of it is in its words."""
    html = await page_of(registry, "/municipios/3106200?as_of=2020-01-01&utm_source=x")
    assert '<link rel="canonical" href="http://malha.test/municipios/3106200">' in html
    assert '<meta property="og:title" content="Belo Horizonte">' in html
    assert 'type="application/atom+xml"' in html
