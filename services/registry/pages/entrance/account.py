"""`/conta`: who I am here, until when, and where I am signed in."""

from typing import Final

from aiohttp import web

from services.registry.http.answers import connection_of
from services.registry.network import audit, people, sessions
from services.registry.network.people import Person
from services.registry.pages.entrance import letters, signing
from services.registry.pages.forms import fields
from services.registry.queries import Connection
from shared import web as look
from shared.accounts import Caller
from shared.doors import see_other
from shared.problems import Forbidden
from shared.web.wording import Words

_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS: Final = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


async def account(request: web.Request, caller: Caller) -> web.Response:
    """The person's own page."""
    async with connection_of(request) as connection:
        person = await own(connection, caller)
        running = await sessions.running(connection, person.id)
    say = look.words_of(request)
    context = {
        "person": person,
        "member": letters.name_of(request, person.member),
        "role": role_words(say)[person.role],
        "sessions": [
            {"told": each, "device": device(say, each.device), "way": way_words(say).get(each.way, each.way)}
            for each in running
        ],
        "current": caller.session,
    }
    return look.page(request, "registry/entrance/account.html", context)


async def choose_language(request: web.Request, caller: Caller) -> web.Response:
    """Write to the person in this language, and show pages in it."""
    form = await fields(request)
    language = form.get("language")
    if language not in {"pt", "en"}:
        language = "pt"
    async with connection_of(request) as connection:
        person = await own(connection, caller)
        await people.speak(connection, person.id, "en" if language == "en" else "pt")
    return see_other(f"/conta?lang={language}")


async def end_sessions(request: web.Request, caller: Caller) -> web.Response:
    """End one session of the person's own, or all the others."""
    form = await fields(request)
    sid = form.get("session", "")
    async with connection_of(request) as connection:
        person = await own(connection, caller)
        if sid == "others":
            await sessions.end_others(connection, person.id, caller.session or "")
        elif sid != caller.session:
            await sessions.end(connection, person.id, sid)
        await audit.note(connection, caller, "sign_out", person.member, sid)
    return await signing.sign_out(request, caller) if sid == caller.session else see_other("/conta")


async def own(connection: Connection, caller: Caller) -> Person:
    """The person who asks. Raises Forbidden for a key, which is nobody's account."""
    person = None if caller.person is None else await people.find(connection, caller.person)
    if person is None:
        raise Forbidden
    return person


def role_words(say: Words) -> dict[str, str]:
    """What the roles are called."""
    return {
        "member": say.gettext("registra pelo órgão"),
        "office": say.gettext("gabinete do governador"),
        "coordination": say.gettext("coordenação da rede"),
        "ops": say.gettext("operação do sistema"),
    }


def way_words(say: Words) -> dict[str, str]:
    """How somebody came in."""
    return {
        "mail": say.gettext("por um link enviado por e-mail"),
        "provider": say.gettext("por um provedor de identidade"),
        "letter": say.gettext("pelo código de uma carta"),
        "command": say.gettext("por um link de quem opera o sistema"),
    }


def device(say: Words, told: str) -> str:
    """What a browser calls itself, as people call it."""
    browser = next((name for mark, name in _BROWSERS if mark in told), None)
    system = next((name for mark, name in _SYSTEMS if mark in told), None)
    if browser is None:
        return say.gettext("Navegador desconhecido")
    if system is None:
        return browser
    return say.gettext("{browser} em {system}").format(browser=browser, system=system)
