"""A database of a million agreements and three million notices, to measure questions on.

    python -m bench.million DATABASE_URL [TEMPLATES] [COPIES]

TEMPLATES agreements are registered by the product itself, then multiplied inside PostgreSQL: each copy has
its own identity, positions and made-up words. What is copied answers questions as if it had been registered;
its chains do not verify, since nobody computed their digests.
"""

import asyncio
import random
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import asyncpg

from services.registry.finding import indexing
from services.registry.migrate import upgrade
from services.registry.writing.registrar import Registrar
from shared import data
from shared.database import Database
from shared.notices.envelope import Delivery, Notice, Sender
from shared.notices.protocol import agreement_id

SQL: Final = ";\n".join(
    Path(__file__).with_name(name).read_text(encoding="utf-8")
    for name in ("million.sql", "million_search.sql")
)
SEED: Final = 853
BATCH: Final = 250
INSTRUMENTS: Final = ("MOU", "IRM", "PI", "ACT", "ACAD", "DOA", "EMP", "ADES", "CONV", "AMI")
COUNTRIES: Final = ("PT", "IT", "CN", "JP", "US", "AR", "DE", "FR", "ES", "UY", "CL", "MZ", "IN", "KR", "CA")
KINDS: Final = ("city", "region", "university", "company", "agency")
NOUNS: Final = (
    "cooperação", "intercâmbio", "gestão", "formação", "pesquisa", "inovação", "turismo", "cultura",
    "saneamento", "mobilidade", "mineração", "café", "queijo", "energia", "saúde", "educação", "patrimônio",
)  # fmt: skip
_LETTERS: Final = "bcdfghjklm"


def made_up(number: int) -> str:
    """A word that no language has, for *number*: letters alone, and nothing for a stemmer to cut."""
    return "xz" + "".join(_LETTERS[int(digit)] for digit in str(number)) + "k"


def templates(count: int) -> Iterator[list[Notice]]:
    """The notices of *count* agreements, three each on average; number N carries the word `made_up(N)`."""
    draw = random.Random(SEED)
    towns = list(data.municipalities())
    themes = [row["code"] for row in data.code_tables()["themes"]]
    for number in range(count):
        member = "3106200" if number % 50 == 0 else draw.choice(towns)
        day = date(1996, 1, 1) + timedelta(days=draw.randrange(11_000))
        told = _telling(draw, made_up(number), day, themes)
        subject = f"{number}/{day.year}"
        kind = "negotiation_opened" if number % 12 == 0 else "signed"
        yield [
            _notice(member, subject, kind, told, day),
            *(_later(draw, member, subject, day) for _ in range(draw.choice((1, 2, 2, 3)))),
        ]


def _telling(draw: random.Random, word: str, day: date, themes: list[str]) -> dict[str, Any]:
    nouns = draw.sample(NOUNS, 3)
    return {
        "instrument": draw.choice(INSTRUMENTS),
        "title": f"Acordo fictício de {nouns[0]} com {word}",
        "object": f"Promover {nouns[1]} e {nouns[2]} entre as cidades, com {word}, nos termos deste acordo.",
        "partners": [
            {"name": f"Cidade {word}", "kind": draw.choice(KINDS), "country": draw.choice(COUNTRIES)}
        ],
        "themes": draw.sample(themes, draw.choice((0, 1, 1, 2))),
        "sdgs": draw.sample(range(1, 18), draw.choice((0, 1, 2))),
        "signed_on": day.isoformat(),
        "effective_on": (day + timedelta(days=draw.randrange(90))).isoformat(),
        "ends_on": draw.choice((None, (day + timedelta(days=draw.randrange(400, 9_000))).isoformat())),
        "visibility": draw.choice(("public", "public", "public", "network")),
    }


def _later(draw: random.Random, member: str, subject: str, day: date) -> Notice:
    after = day + timedelta(days=draw.randrange(1, 800))
    match draw.randrange(5):
        case 0:
            return _notice(member, subject, "confirmed", {"note": "Segue ativo (fictício)."}, after)
        case 1:
            changes = {"department": f"Secretaria fictícia {after.year}"}
            return _notice(member, subject, "corrected", {"changes": changes, "reason": "fictício"}, after)
        case 2:
            told = {"effective_on": after.isoformat(), "changes": {"themes": ["TUR"]}}
            return _notice(member, subject, "amended", told, after)
        case 3:
            told = {"gate": "federal", "status": "consulted", "body": "MRE", "since": after.isoformat()}
            return _notice(member, subject, "gate_updated", told, after)
        case _:
            ends_on = (after + timedelta(days=2_000)).isoformat()
            return _notice(
                member, subject, "renewed", {"signed_on": after.isoformat(), "ends_on": ends_on}, after
            )


def _notice(member: str, subject: str, fact: str, told: dict[str, Any], day: date) -> Notice:
    return Notice(
        member=member,
        source="/bench",
        id=f"{subject}#{fact}#{day}",
        type=f"br.malha.agreement.{fact}.v1",
        subject=subject,
        time=datetime(day.year, day.month, day.day, 15, tzinfo=UTC),
        backfill=True,
        data=told,
    )


async def register(url: str, count: int) -> None:
    """Register the templates, mixed as they would come."""
    every = [notice for notices in templates(count) for notice in notices]
    random.Random(SEED).shuffle(every)
    database = Database(url, "malha-bench", most_connections=1)
    registrar = Registrar(database)
    sender = Sender(role="coordination", member="31", key="bench", door="import")
    for first in range(0, len(every), BATCH):
        now = datetime.now(UTC)
        part = every[first : first + BATCH]
        found = await registrar.register(
            [Delivery(notice=one, sender=sender, received_at=now, environment="test") for one in part]
        )
        for outcome in found:
            if isinstance(outcome, Exception):
                raise outcome
    await registrar.close()
    await database.close()


async def multiply(connection: "asyncpg.Connection[asyncpg.Record]", copies: int) -> None:
    """Make *copies* of every template, the first of which is the template itself."""
    await connection.execute(
        "CREATE TEMP TABLE copy (agreement text, k int, id text, subject text, old_word text, word text)"
    )
    rows = await connection.fetch(
        "SELECT id, member, subject, substring(fold::text FROM 'xz[bcdfghjklm]+k') AS word FROM agreement"
    )
    total = len(rows)
    for k in range(1, copies):
        records = []
        for number, row in enumerate(rows):
            subject = f"{row['subject']}/{k}"
            word = made_up(k * total + number)
            records.append((row["id"], k, agreement_id(row["member"], subject), subject, row["word"], word))
        await connection.copy_records_to_table("copy", records=records)
    await connection.execute("CREATE INDEX ON copy (agreement); ANALYZE copy")
    for statement in SQL.split(";\n"):
        if statement.strip():
            began = asyncio.get_running_loop().time()
            await connection.execute(statement.replace(":copies", str(copies)))
            took = asyncio.get_running_loop().time() - began
            print(f"{took:7.1f} s  {' '.join(statement.split())[:90]}", flush=True)


async def main(url: str, count: int, copies: int) -> None:
    """From an empty database to a full one."""
    await asyncio.to_thread(upgrade, url)
    await register(url, count)
    connection = await asyncpg.connect(url)
    try:
        await indexing.begin(connection)
        while await indexing.advance(connection):
            pass
        await multiply(connection, copies)
    finally:
        await connection.close()


if __name__ == "__main__":
    _, address, *numbers = sys.argv
    asyncio.run(main(address, *(int(number) for number in numbers or ("2000", "500"))))
