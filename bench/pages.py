"""How long each page takes, asked for the first time since anything was told, and again.

    python -m bench.pages DATABASE_URL [ROUNDS]

The database comes from `bench.million`. Each page is asked for by an anonymous reader, a city and the
coordination, of a registry that is a process of its own and has counted nothing yet; times are the client's,
over loopback. Nothing asked for twice at once: what comes first is paid for by whoever asks first.
"""

import asyncio
import re
import sys
import time
from http import HTTPStatus
from typing import Final

import aiohttp
from aiohttp import web

from bench.ground import answers, percentile, show
from bench.million import NOUNS
from deploy.local.layout import LOOPBACK
from services.registry.app import install
from services.registry.settings import Settings
from shared.accounts import ApiKey
from shared.directory import FOLLOWER, Directory, Key, Role
from shared.lifecycle import build_app
from shared.notices.canonical import base64url

PORT: Final = 28534
CITY: Final = "3106200"
THE_STATE: Final = "31"
ANYBODY: Final = (
    "/estado",
    "/municipios",
    "/municipios?order=signed",
    f"/municipios/{CITY}",
    "/municipios/3166600",
    "/organizacoes",
    "/paises",
    "/paises/PT",
    "/mesorregioes",
    "/mesorregioes/jequitinhonha",
    "/temas",
    "/temas/AGUA",
    "/ods",
    "/ods/6",
    "/acordos",
    "/acordos?country=PT&theme=AGUA",
    f"/acordos?member={CITY}&state=in_force",
    f"/acordos?q={NOUNS[0]}",
    "/acordos?as_of=2020-12-31",
    "/acordos/parceiros?nome=Porto",
    "{agreement}",
    "{agreement}/livro",
    "{protocol}",
    "/estado/atom.xml",
    f"/municipios/{CITY}/atom.xml",
    "/paises/PT/atom.xml",
    "/sitemap.xml",
    "/mapa/numeros",
    f"/incorporar/{CITY}",
    "/dados",
    "/privacidade",
    "/erro",
)
OF_CITY: Final = ("/membro", "/membro/avisos", "/membro/chaves", "/membro/delegacoes", "/pessoas")
OF_OFFICE: Final = (
    "/quadros",
    "/quadros/brasilia",
    "/quadros/vencimentos",
    "/quadros/pendencias",
    "/quadros/silencio",
    "/quadros/mesmo-texto",
    "/quadros/duplicatas",
    "/quadros/sem-objetivos",
    "/quadros/a-classificar",
    "/resumo/paises/PT.pdf",
    f"/resumo/municipios/{CITY}.pdf",
    "/resumo/temas/AGUA.pdf",
    "/convites",
    "/auditoria",
    "/erros",
    f"/membro?member={CITY}",
)
_HOLDERS: Final[tuple[tuple[Role, str], ...]] = (("member", CITY), ("coordination", THE_STATE))
_PROTOCOL: Final = re.compile("MG-[A-Z0-9-]+[A-Z0-9]")
PAGES: Final = {
    "anybody": ANYBODY,
    "member": (*ANYBODY, *OF_CITY),
    "coordination": (*ANYBODY, *OF_OFFICE),
}


async def serve(url: str, keys: list[str]) -> None:
    """A registry over *url* whose parts do not run, for ever."""
    app = build_app("test")
    install(
        app,
        Settings(
            environment="test",
            amqp_url="amqp://nobody@127.0.0.1:1/none",
            public_url="http://bench.test",
            session_key="A" * 43 + "=",
            database_url=url,
        ),
    )
    known = []
    for (role, member), text in zip(_HOLDERS, keys, strict=True):
        key = ApiKey.parse(text)
        assert key is not None
        known.append(Key(id=key.id, digest=base64url(key.digest), role=role, member=member))
    app[FOLLOWER].current = Directory(version=1, environment="test", keys=tuple(known))
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, LOOPBACK, PORT).start()
    await asyncio.Event().wait()


async def ask(session: aiohttp.ClientSession, path: str) -> float:
    """Milliseconds until the whole page was there."""
    began = time.perf_counter()
    async with session.get(f"http://{LOOPBACK}:{PORT}{path}", allow_redirects=False) as answer:
        body = await answer.read()
    took = (time.perf_counter() - began) * 1_000
    if answer.status != HTTPStatus.OK:
        print(f"{answer.status} {path} {took:.0f} ms {body[:80]!r}", file=sys.stderr, flush=True)
    return took


async def addresses(session: aiohttp.ClientSession) -> dict[str, str]:
    """An agreement, and the notice that it was told by."""
    async with session.get(f"http://{LOOPBACK}:{PORT}/v1/agreements?member={CITY}") as answer:
        agreement = (await answer.json())["items"][0]["id"]
    async with session.get(f"http://{LOOPBACK}:{PORT}/v1/agreements/{agreement}/history") as answer:
        protocol = next(iter(_PROTOCOL.findall(await answer.text())))
    return {"agreement": f"/acordos/{agreement}", "protocol": f"/protocolos/{protocol}"}


async def main(url: str, rounds: int) -> None:
    """Ask for every page, once and then again, as each kind of reader."""
    keys = [str(ApiKey.issue("test")) for _ in range(2)]
    server = await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.pages", "serve", url, *keys)
    rows: dict[str, list[str]] = {}
    try:
        await answers(PORT)
        for reader, key in zip(PAGES, (None, *keys), strict=True):
            headers = {"Accept": "text/html, */*;q=0.1"} | (
                {} if key is None else {"Authorization": f"Bearer {key}"}
            )
            async with aiohttp.ClientSession(headers=headers) as session:
                if reader == "anybody":
                    there = await addresses(session)
                for page in PAGES[reader]:
                    path = page.format(**there)
                    first = await ask(session, path)
                    again = [await ask(session, path) for _ in range(rounds)]
                    row = rows.setdefault(page, [page])
                    row += [""] * (2 * list(PAGES).index(reader) + 1 - len(row))
                    row += [f"{first:.0f}", f"{percentile(again, 50):.0f}"]
                    print(reader, path, *row[-2:], f"{max(again):.0f}", flush=True)
    finally:
        server.terminate()
        await server.wait()
    columns = ["page", *(f"{reader}{when}" for reader in PAGES for when in (", first", ", again"))]
    width = len(columns)
    show("Pages, ms", columns, [row + [""] * (width - len(row)) for row in rows.values()])


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        asyncio.run(serve(sys.argv[2], sys.argv[3:]))
    else:
        asyncio.run(main(sys.argv[1], int((*sys.argv, "7")[2])))
