"""`/convites`: letters for those who are not here yet, to be printed, or merged by a word processor."""

import asyncio
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import msgspec
from aiohttp import web

from services.registry.http.answers import PUBLIC_URL, connection_of, today
from services.registry.http.files import csv_text
from services.registry.http.turns import Turns
from services.registry.network import audit, invitations
from services.registry.network.invitations import Letter, Standing
from services.registry.pages.forms import fields, line
from services.registry.queries import folded
from shared import web as look
from shared.accounts import Caller
from shared.directory import FOLLOWER, IDENTITY
from shared.doors import see_other
from shared.formulas import safe
from shared.notices.dates import day_of
from shared.problems import NotFound

STATES: Final = ("none", "invited", "late", "inside")
PAGE_ROWS: Final = 50
LETTER_SECONDS: Final = 20.0
PRESS: web.AppKey[Turns] = web.AppKey("letters", Turns)
"""Who draws letters now."""


def press() -> Turns:
    """Letters are drawn for one reader at a time."""
    return Turns(in_all=1, each=1, strangers=0, retry_after_seconds=10)


class PrintedLetter(msgspec.Struct, frozen=True):
    """A letter as it is printed: *groups* are the code's, *qr* is an SVG of its address."""

    letter: Letter
    groups: str
    last_day: date
    qr: str


async def overview(request: web.Request, _caller: Caller) -> web.Response:
    """How the 853 municipalities and the organisations stand."""
    async with connection_of(request) as connection:
        found = await invitations.standings(connection, today())
    now = datetime.now(UTC)
    states = {each.id: each.state(now) for each in found}
    chosen, typed = request.query.get("estado", ""), line(request.query.get("q"))
    kind = request.query.get("tipo", "")
    shown = [
        each
        for each in found
        if (chosen not in STATES or states[each.id] == chosen)
        and kind in {"", each.kind}
        and folded(typed) in folded(each.name)
    ]
    first = _first(request, len(shown))
    context: dict[str, Any] = {
        "rows": [(each, states[each.id]) for each in shown[first : first + PAGE_ROWS]],
        "found": len(shown),
        "first": first,
        "before": _at(request, first - PAGE_ROWS) if first else None,
        "after": _at(request, first + PAGE_ROWS) if first + PAGE_ROWS < len(shown) else None,
        "counts": _counts(found, states),
        "chosen": chosen,
        "kind": kind,
        "typed": typed,
        "states": _state_words(request),
        "good": sum(state == "invited" for state in states.values()),
    }
    return look.page(request, "registry/entrance/invitations.html", context)


async def invite(request: web.Request, caller: Caller) -> web.Response:
    """New letters: for one member, or for all municipalities that have neither a person nor a good letter."""
    form = await fields(request)
    member = form.get("member", "")
    secret = request.app[IDENTITY].session_key
    async with connection_of(request, seconds=LETTER_SECONDS) as connection:
        if member == "all":
            found = await invitations.standings(connection, today())
            now = datetime.now(UTC)
            members = [
                each.id
                for each in found
                if each.kind == "municipality" and each.state(now) in {"none", "late"}
            ]
        else:
            known = request.app[FOLLOWER].require().member_by_id.get(member)
            if known is None or known.kind == "state":
                raise NotFound
            members = [member]
        async with connection.transaction():
            await invitations.invite(connection, secret, members, by=caller.person)
            await audit.note(connection, caller, "invite", member, f"cartas={len(members)}")
    return see_other("/convites/cartas" if member == "all" else f"/convites/cartas?member={member}")


async def printed(request: web.Request, caller: Caller) -> web.Response:
    """The letters that are good, each on a page of its own: one member's, or all."""
    found = await _letters(request, caller, "/convites/cartas")
    origin = request.app[PUBLIC_URL]
    # Drawing 853 QR codes takes seconds: for one reader at a time.
    with request.app[PRESS].taken(caller.actor):
        drawn = await asyncio.to_thread(lambda: [_drawn(origin, letter) for letter in found])
    context = {
        "letters": drawn,
        "origin": origin.partition("//")[2],
        "day": today(),
        "language": "pt",  # a city hall reads Portuguese, whoever prints
        "tag": "pt-BR",
    }
    return look.page(request, "registry/entrance/letters.html", context)


async def as_csv(request: web.Request, caller: Caller) -> web.Response:
    """The letters that are good, as rows for a word processor to merge."""
    found = await _letters(request, caller, "/convites.csv")
    origin = request.app[PUBLIC_URL]
    rows = [
        ["codigo_ibge", "nome", "codigo_do_convite", "endereco", "valido_ate"],
        *(
            [
                each.member,
                safe(each.name),
                grouped(each.code),
                _address(origin, each),
                f"{each.expires_at:%Y-%m-%d}",
            ]
            for each in found
        ),
    ]
    return web.Response(
        body=csv_text(rows),
        content_type="text/csv",
        charset="utf-8",
        headers={
            "Content-Disposition": 'attachment; filename="convites.csv"',
            "Cache-Control": "no-store",
        },
    )


def grouped(code: str) -> str:
    """*code* as people read and type it: CV-7FJR-XBPM-CRCB-7."""
    prefix, _, symbols = code.partition("-")
    return "-".join([prefix, *(symbols[at : at + 4] for at in range(0, len(symbols), 4))])


async def _letters(request: web.Request, caller: Caller, resource: str) -> list[Letter]:
    member = request.query.get("member")
    secret = request.app[IDENTITY].session_key
    async with connection_of(request, seconds=LETTER_SECONDS) as connection:
        found = await invitations.letters(connection, secret, [member] if member else None)
        await audit.note(connection, caller, "export", resource, f"cartas={len(found)}")
    return found


def _drawn(origin: str, letter: Letter) -> PrintedLetter:
    import segno  # noqa: PLC0415 (only who prints letters needs it)

    code = segno.make(_address(origin, letter), error="m", micro=False)
    last_day = day_of(letter.expires_at) - timedelta(days=1)  # a whole day, in São Paulo
    return PrintedLetter(letter, grouped(letter.code), last_day, code.svg_inline(border=0, omitsize=True))


def _address(origin: str, letter: Letter) -> str:
    return f"{origin}/convite?codigo={letter.code}"


def _counts(found: list[Standing], states: dict[str, str]) -> dict[str, int]:
    """How many municipalities stand how."""
    counted = Counter(states[each.id] for each in found if each.kind == "municipality")
    return {state: counted[state] for state in STATES}


def _state_words(request: web.Request) -> dict[str, str]:
    say = look.words_of(request)
    return {
        "none": say.gettext("sem carta"),
        "invited": say.gettext("carta válida"),
        "late": say.gettext("carta vencida"),
        "inside": say.gettext("com conta"),
    }


def _first(request: web.Request, found: int) -> int:
    text = request.query.get("de", "0")
    first = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0  # noqa: PLR2004
    return min(first, max(0, found - 1)) // PAGE_ROWS * PAGE_ROWS


def _at(request: web.Request, first: int) -> str:
    return str(request.rel_url.update_query(de=str(max(0, first))))
