"""What is new, for feed readers (RFC 4287), and for search engines."""

import re
from typing import Any
from xml.etree import ElementTree as ET

from shared.notices.protocol import agreement_id
from tests.support.registry import BELO_HORIZONTE, UBERLANDIA, Registry, Teller, sister_city

ATOM = "{http://www.w3.org/2005/Atom}"
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
FEEDS = ("/estado/atom.xml", f"/municipios/{BELO_HORIZONTE}/atom.xml", "/paises/PT/atom.xml")


async def _feed(registry: Registry, path: str, asker: str = "anonymous") -> Any:
    answer = await registry.get(path, asker)
    assert answer.status == 200
    assert answer.content_type == "application/atom+xml"
    return ET.fromstring(await answer.read())  # noqa: S314 - our own


def _titles(feed: Any) -> list[str]:
    return [entry.findtext(f"{ATOM}title") for entry in feed.findall(f"{ATOM}entry")]


async def test_a_feed_is_what_the_standard_asks_for(registry: Registry, teller: Teller) -> None:
    """One id, title, updated and self; of each entry too, with an author, a link and ids that stay."""
    await teller.tell("agreement.signed", sister_city(themes=["CULT"]), subject="A")
    await teller.tell("agreement.confirmed", {}, subject="A")
    for path in FEEDS:
        feed = await _feed(registry, path)
        assert feed.tag == f"{ATOM}feed"
        for part in (feed, *feed.findall(f"{ATOM}entry")):
            for name in ("id", "title", "updated"):
                [only] = part.findall(f"{ATOM}{name}")
                assert only.text
            assert INSTANT.fullmatch(part.findtext(f"{ATOM}updated"))
            assert part.find(f"{ATOM}author/{ATOM}name").text
            alternates = [link for link in part.findall(f"{ATOM}link") if link.get("rel") == "alternate"]
            assert len(alternates) == 1
        assert feed.findtext(f"{ATOM}id") == f"http://malha.test{path}"
        assert [link.get("href") for link in feed.findall(f"{ATOM}link") if link.get("rel") == "self"] == [
            f"http://malha.test{path}"
        ]
        assert feed.findtext(f"{ATOM}rights") == "CC BY 4.0"
        ids = [entry.findtext(f"{ATOM}id") for entry in feed.findall(f"{ATOM}entry")]
        assert len(ids) == len(set(ids)) == 2
        assert feed.findtext(f"{ATOM}updated") == feed.findtext(f"{ATOM}entry/{ATOM}updated")


async def test_a_feed_holds_what_is_public_whoever_asks(registry: Registry, teller: Teller) -> None:
    """It is kept by caches and readers: even the office is told no more there than anybody."""
    await teller.tell("agreement.signed", sister_city(), subject="A")
    await teller.tell("agreement.signed", sister_city(visibility="network"), subject="B")
    await teller.tell("agreement.signed", sister_city(visibility="restricted"), subject="C")
    await teller.tell("member.contact_changed", {"office": "Setor fictício"})
    await teller.tell("agreement.question_asked", {"text": "?"}, subject="A", by=("coordination", "31"))
    for path in FEEDS:
        for asker in ("anonymous", "own", "office"):
            assert len(_titles(await _feed(registry, path, asker))) == 1, (path, asker)


async def test_what_becomes_restricted_leaves_the_feed(registry: Registry, teller: Teller) -> None:
    """An item is judged when it is read, by its agreement as it is then."""
    await teller.tell("agreement.signed", sister_city(), subject="A")
    changes = {"changes": {"visibility": "restricted"}, "reason": "sigilo (fictício)"}
    await teller.tell("agreement.corrected", changes, subject="A")
    for path in FEEDS:
        assert _titles(await _feed(registry, path)) == []


async def test_each_feed_is_of_its_place(registry: Registry, teller: Teller) -> None:
    """Another city's and another country's facts stand elsewhere; history being loaded is no news."""
    japan = [{"name": "Cidade Exemplo", "kind": "city", "country": "JP"}]
    await teller.tell("agreement.signed", sister_city(), subject="A")
    await teller.tell("agreement.signed", sister_city(partners=japan), subject="B", member=UBERLANDIA)
    await teller.tell("agreement.reported", sister_city(), subject="C", backfill=True)
    assert len(_titles(await _feed(registry, "/estado/atom.xml"))) == 2
    assert len(_titles(await _feed(registry, f"/municipios/{UBERLANDIA}/atom.xml"))) == 1
    [title] = _titles(await _feed(registry, "/paises/JP/atom.xml"))
    assert "Cidade Exemplo" in title
    assert len(_titles(await _feed(registry, "/paises/PT/atom.xml"))) == 2


async def test_hostile_text_does_not_break_a_feed(registry: Registry, teller: Teller) -> None:
    """Control characters stand in no XML document; marks of markup and of direction mean nothing."""
    name = "]]>&<script>\x01\x0b\ufffe\u202e'\""
    hostile = sister_city(title=name, partners=[{"name": name, "kind": "city", "country": "PT"}])
    await teller.tell("agreement.signed", hostile, subject="A")
    for path in FEEDS:
        [title] = _titles(await _feed(registry, path))
        assert "<script>" in title
        assert "\u202e" not in title


async def test_a_reader_that_has_it_is_not_sent_it_again(registry: Registry, teller: Teller) -> None:
    """Readers ask every few minutes, for ever (RFC 9110, section 13.1.2)."""
    await teller.tell("agreement.signed", sister_city(), subject="A")
    first = await registry.get("/estado/atom.xml")
    again = await registry.get("/estado/atom.xml", If_None_Match=first.headers["ETag"])
    assert (again.status, await again.read()) == (304, b"")
    await teller.tell("agreement.confirmed", {}, subject="A")
    changed = await registry.get("/estado/atom.xml", If_None_Match=first.headers["ETag"])
    assert changed.status == 200


async def test_search_engines_find_what_is_public(registry: Registry, teller: Teller) -> None:
    """Every place and every public agreement; nothing else, and no page for who is signed in."""
    await teller.tell("agreement.signed", sister_city(), subject="A")
    hidden = sister_city(visibility="network", partners=[{"name": "X", "kind": "city", "country": "JP"}])
    await teller.tell("agreement.signed", hidden, subject="B")
    index = await (await registry.get("/sitemap.xml")).text()
    places, agreements = re.findall(r"<loc>http://malha\.test([^<]+)</loc>", index)
    listed = re.findall(r"<loc>([^<]+)</loc>", await (await registry.get(agreements)).text())
    assert listed == [f"http://malha.test/acordos/{agreement_id(BELO_HORIZONTE, 'A')}"]
    found = await (await registry.get(places)).text()
    assert "/paises/PT<" in found
    assert "/paises/JP<" not in found
    assert found.count("/municipios/") == 853
    assert (await registry.get("/sitemaps/acordos-7.xml")).status == 404
    robots = await (await registry.get("/robots.txt")).text()
    assert "Disallow: /v1/" in robots
    assert "Sitemap: http://malha.test/sitemap.xml" in robots
