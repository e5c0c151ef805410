"""How long a sheet and a board take, asked for the first time since anything was told, and again.

    python -m bench.briefing DATABASE_URL [ROUNDS]

The database comes from `bench.million`. The registry that answers is a process of its own; times are the
client's, over loopback. A sheet is to be there within two seconds.
"""

import asyncio
import sys
from typing import Final

import aiohttp

from bench.ground import answers, percentile, show
from bench.million import COUNTRIES
from bench.questions import THEMES, TOWNS, ask
from shared.accounts import ApiKey

PORT: Final = 28533
SHEETS: Final = {
    "a country's sheet": [f"/resumo/paises/{country}.pdf" for country in COUNTRIES],
    "a city's sheet": [f"/resumo/municipios/{town}.pdf" for town in ("3106200", *TOWNS[:14])],
    "a theme's sheet": [f"/resumo/temas/{theme}.pdf" for theme in THEMES[:15]],
}
BOARDS: Final = (
    "/quadros",
    "/quadros/brasilia",
    "/quadros/vencimentos",
    "/quadros/pendencias",
    "/quadros/silencio",
    "/quadros/mesmo-texto",
    "/quadros/duplicatas",
    "/quadros/sem-objetivos",
    "/quadros/a-classificar",
)


async def main(url: str, rounds: int) -> None:
    """Ask for each sheet and each board, once and then again."""
    key = ApiKey.issue("test")
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.questions", "serve", url, str(PORT), str(key)
    )
    rows = []
    try:
        await answers(PORT)
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}"}) as session:
            for name, paths in {**SHEETS, **{board: [board] for board in BOARDS}}.items():
                first = [await ask(session, PORT, path) for path in paths]
                again = [await ask(session, PORT, path) for _ in range(rounds) for path in paths]
                rows.append(
                    [name, f"{percentile(first, 50):.0f}", f"{max(first):.0f}",
                     f"{percentile(again, 50):.0f}", f"{max(again):.0f}"]
                )  # fmt: skip
                print(rows[-1], flush=True)
    finally:
        server.terminate()
        await server.wait()
    show("Sheets and boards, ms", ["", "p50, first", "slowest", "p50, again", "slowest"], rows)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int((*sys.argv, "3")[2])))
