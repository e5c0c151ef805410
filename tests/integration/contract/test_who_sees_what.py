"""Every page and every address that can be read, asked for as everybody: who gets in, and what is in it.

Three agreements of Belo Horizonte carry a word each that stands nowhere else: one is public, one is for the
network, one is restricted. Whoever may not see an agreement finds its word in no answer, whatever its format.
"""

import asyncio
import io
import time
import zipfile
from collections.abc import Iterator, Mapping
from http.cookiejar import CookieJar
from itertools import product
from typing import Any, Final, NamedTuple
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, OpenerDirector, Request, build_opener

import pytest
from pypdf import PdfReader

from services.registry.network import people
from shared.directory import Role
from shared.doors import DOORS, Door
from shared.notices.protocol import agreement_id, protocol_of
from tests.support.contract import applications, operations
from tests.support.registry import BELO_HORIZONTE, THE_STATE, UBERLANDIA, connected
from tests.support.whole import Whole

KNOWN_SECONDS: Final = 60.0
PUBLIC, NETWORK, RESTRICTED = "aroeirapublica", "jatobadarede", "ipereservado"
ASKED: Final = "perguntareservada"
CONTACT: Final = "contatoreservado@prefeitura.example"
OF_ITS_OWN: Final = (RESTRICTED, ASKED, CONTACT)
"""Words for the member, the office and the coordination."""


class Asker(NamedTuple):
    """Somebody with a session, and the words that must not reach them."""

    role: Role | None
    member: str
    hidden: tuple[str, ...]


ASKERS: Final = {
    "citizen": Asker(None, "", (NETWORK, *OF_ITS_OWN)),
    "own member": Asker("member", BELO_HORIZONTE, ()),
    "another member": Asker("member", UBERLANDIA, OF_ITS_OWN),
    "office": Asker("office", THE_STATE, ()),
    "coordination": Asker("coordination", THE_STATE, ()),
    "operations": Asker("ops", THE_STATE, (NETWORK, *OF_ITS_OWN)),
}
SUBJECTS: Final = {PUBLIC: "P-1", NETWORK: "P-2", RESTRICTED: "P-3"}
AGREEMENTS: Final = [agreement_id(BELO_HORIZONTE, subject) for subject in SUBJECTS.values()]
PROTOCOLS: Final = [protocol_of(BELO_HORIZONTE, "/teste", word) for word in SUBJECTS]
SAMPLES: Final[Mapping[str, list[str]]] = {
    "agreement": AGREEMENTS,
    "protocol": PROTOCOLS,
    "member": [BELO_HORIZONTE],
    "municipality": [BELO_HORIZONTE],
    "organisation": ["org-matriz"],
    "country": ["PT"],
    "mesoregion": ["metropolitana-de-belo-horizonte"],
    "theme": ["AGUA"],
    "sdg": ["6"],
    "sha256": ["0" * 64],
    "type": ["br.malha.agreement.signed.v1"],
    "name": ["themes"],
    "text": ["1"],
    "review": ["1"],
    "key": ["aaaaaaaaaaaa"],
    "token": ["A" * 43],
    "id": ["1"],
    "report": ["1"],
    "sitemap": ["1"],
    "person": ["0123456789abcdef"],
    "message": ["0" * 64],
    "order": ["1"],
}
"""What stands in the place of a path's parameter."""
OF_THE_OWNER: Final = {"/acordos/{agreement}/documentos"}
"""Pages whose role is not enough: the agreement must be one's own."""
QUERIES: Final[Mapping[str, list[dict[str, str]]]] = {
    "/acordos": [{}, {"q": RESTRICTED}, {"q": NETWORK}],
    "/v1/agreements": [{}, {"q": RESTRICTED}, {"format": "csv"}, {"format": "xlsx"}],
    "/v1/feed": [{"after": "0"}, {"after": "0", "format": "csv"}],
}


class _Stay(HTTPRedirectHandler):
    """Follows nothing: where one is led tells who gets in."""

    def redirect_request(self, *_args: Any, **_named: Any) -> None:
        return None


@pytest.fixture(scope="module")
def told(whole: Whole) -> Whole:
    """The three agreements, a question about the first, an office's contact."""
    for word, visibility in ((PUBLIC, "public"), (NETWORK, "network"), (RESTRICTED, "restricted")):
        whole.send(_signed(word, visibility))
    whole.send(
        _event(f"pergunta {ASKED}", "question_asked", SUBJECTS[PUBLIC], {"text": ASKED}), asker="office"
    )
    whole.send(
        {
            **_event("contato", "", "", {"office": "Gabinete", "email": CONTACT}),
            "type": "br.malha.member.contact_changed.v1",
            "subject": "contato",
        }
    )
    return whole


@pytest.fixture(scope="module", params=ASKERS)
def asker(request: pytest.FixtureRequest, told: Whole) -> "Visit":
    """Each kind of caller, signed in."""
    return Visit(told, ASKERS[request.param])


class Visit:
    """A browser without a screen."""

    def __init__(self, whole: Whole, asker: Asker) -> None:
        self.asker = asker
        self._url = whole.url
        self._browser: OpenerDirector = build_opener(HTTPCookieProcessor(CookieJar()), _Stay())
        if asker.role is not None:
            token = asyncio.run(_link(whole.database_url, asker.role, asker.member))
            assert self.ask("GET", f"/entrar/{token}")[0] == 303
            until = time.monotonic() + KNOWN_SECONDS
            while self.ask("GET", "/conta")[0] != 200:  # a new person is known a moment after
                assert time.monotonic() < until, "the session is not known"
                time.sleep(0.1)

    @property
    def role(self) -> str:
        """As doors name it."""
        return self.asker.role or "anonymous"

    def ask(self, method: str, path: str, *, accept: str = "text/html") -> tuple[int, str, str]:
        """Status, where it leads, and all that can be read in the answer."""
        body = b"" if method == "POST" else None
        request = Request(self._url + path, body, {"Accept": accept}, method=method)  # noqa: S310 - our own
        try:
            with self._browser.open(request, timeout=60) as answer:
                return answer.status, "", _readable(answer.headers.get_content_type(), answer.read())
        except HTTPError as other:
            with other:
                text = other.read().decode()
                return other.code, other.headers.get("Location", ""), text


def _doors() -> list[Door]:
    return [door for app in applications().values() for door in app[DOORS]]


def test_every_door_lets_in_whom_it_says(asker: Visit) -> None:
    """Whoever is not meant is led to the entrance, or told so; whoever is, is let in."""
    wrong = []
    for door in _doors():
        if door.method == "POST" and asker.role in door.allowed:
            continue  # what a form does with nothing in it is its own test's concern
        for path in _addresses(door.path):
            status, leads_to, _ = asker.ask(door.method, path)
            refused = status == 403 or leads_to.startswith("/entrar?")
            if status == 403 and door.path in OF_THE_OWNER and asker.asker.member == UBERLANDIA:
                continue
            if refused == (asker.role in door.allowed):
                wrong.append(f"{door.method} {path}: {status} {leads_to}")
            if status >= 500:
                wrong.append(f"{door.method} {path}: {status}")
    assert wrong == []


def test_nothing_tells_what_its_reader_may_not_see(asker: Visit) -> None:
    """Pages, documents, files: the words of what is hidden stand in none of them."""
    wrong = []
    for path in _readings():
        status, _, text = asker.ask("GET", path, accept="*/*")
        if status >= 500:
            wrong.append(f"{path}: {status}")
        wrong += [f"{path}: {word}" for word in asker.asker.hidden if word in text and word not in path]
    assert wrong == []


def test_who_may_see_it_finds_it(told: Whole) -> None:
    """The words are really told: a test that looks for what is nowhere would hold anything."""
    office = Visit(told, ASKERS["office"])
    own = Visit(told, ASKERS["own member"])
    for visit in (office, own):
        seen = " ".join(visit.ask("GET", path, accept="*/*")[2] for path in _readings())
        assert all(word in seen for word in (PUBLIC, NETWORK, *OF_ITS_OWN))


def _readings() -> Iterator[str]:
    """Every address that a GET reads and that ends by itself, with samples for its parameters."""
    pages = {door.path for door in _doors() if door.method == "GET"}
    documents = {path for method, path, _ in operations() if method == "GET" and path != "/v1/stream"}
    for path in sorted(pages | documents):
        for address in _addresses(path):
            for query in QUERIES.get(path, [{}]):
                yield f"{address}?{urlencode(query)}" if query else address


def _addresses(path: str) -> list[str]:
    """*path* with each sample of its parameters. A parameter without one is a new page: give it one."""
    names = [part[1:-1] for part in path.replace(".", "/").split("/") if part.startswith("{")]
    return [
        _filled(path, dict(zip(names, chosen, strict=True)))
        for chosen in product(*(SAMPLES[name] for name in names))
    ]


def _filled(path: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    return path


def _readable(content_type: str, body: bytes) -> str:
    if content_type == "application/pdf":
        return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(body)).pages)
    if "spreadsheetml" in content_type:
        with zipfile.ZipFile(io.BytesIO(body)) as book:
            return " ".join(book.read(name).decode() for name in book.namelist())
    return body.decode(errors="replace")


def _signed(word: str, visibility: str) -> dict[str, Any]:
    return _event(
        word,
        "signed",
        SUBJECTS[word],
        {
            "instrument": "MOU",
            "title": f"Cooperação fictícia {word}",
            "object": f"Troca de experiências: {word}",
            "partners": [{"name": f"Parceiro {word}", "kind": "city", "country": "PT"}],
            "themes": ["AGUA"],
            "sdgs": [6],
            "signed_on": "2026-01-02",
            "effective_on": "2026-01-02",
            "ends_on": "2026-12-31",
            "visibility": visibility,
        },
    )


def _event(id_: str, fact: str, subject: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": id_,
        "source": "/teste",
        "member": BELO_HORIZONTE,
        "type": f"br.malha.agreement.{fact}.v1",
        "subject": subject,
        "data": data,
    }


async def _link(database_url: str, role: Role, member: str) -> str:
    async with connected(database_url) as connection:
        token = await people.create_link(connection, role, member)
    return str(token)
