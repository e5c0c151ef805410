"""To the letter: of whatever is erased nothing is found again, in no table, answer, file or line of log."""

import json
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from services.registry.writing.erasure import erase
from services.registry.writing.registrar import Registrar
from shared.notices.envelope import Notice
from shared.notices.families import FACTS
from shared.notices.families.fact import BY_SYSTEM
from tests.support.indexed import indexed
from tests.support.markers import Markers
from tests.support.registered import Sql, delivered, require_sound
from tests.support.registry import running_registry
from tests.support.told import MEMBER, signed

SUBJECTS = ("PROC-1", "PROC-2")
LIVING = ("reported", "amended", "corrected", "gate_updated", "document_attached", "question_asked")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def everything(markers: Markers) -> list[Notice]:
    """A notice of each type, with every field told; of one agreement all, of another what leaves it alive."""
    notices: list[Notice] = []
    for subject in SUBJECTS:
        for type_, fact in sorted(FACTS.items(), key=lambda item: item[1].rank):
            if fact.senders == BY_SYSTEM or (subject == SUBJECTS[1] and fact.name not in LIVING):
                continue
            told = {"notice": notices[2].protocol} if fact.name == "retracted" else {}
            notices.append(
                Notice(
                    member=MEMBER,
                    source="/convenios",
                    id=f"{subject}-{fact.name}",
                    type=type_,
                    subject=subject if fact.of_agreement else None,
                    data=markers.data_of(fact, **told),
                )
            )
    return notices


async def tables(sql: Sql) -> dict[str, str]:
    """All that is stored, as text, by table."""
    names = await sql.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    stored = {}
    for (name,) in names:
        rows = await sql.fetch(f'SELECT to_jsonb(t)::text FROM "{name}" t')  # noqa: S608 - names of ours
        parts = await sql.fetch(f'SELECT t::text FROM "{name}" t')  # noqa: S608 - as above, dates as written
        stored[name] = "\n".join(row[0] for row in (*rows, *parts)).lower()
    return stored


def found_in(text: str, markers: Markers) -> list[str]:
    """The markers that stand in *text*, dates also as people write them."""
    return [
        marker
        for marker in markers.texts
        if marker.lower() in text or (marker[4:5] == "-" and "/".join(reversed(marker.split("-"))) in text)
    ]


async def erase_all(sql: Sql, fields: dict[int, list[str]]) -> None:
    """Erase *fields* by sequence."""
    for sequence, names in fields.items():
        await erase(
            sql, MEMBER, sequence, names, ground="court_order", decided_by="coordination", request="SEI 1"
        )


async def test_of_every_field_of_every_fact_nothing_is_left(
    registrar: Registrar, sql: Sql, database: str
) -> None:
    """Markers in all of them, told in and out of order, in conflict, reviewed, indexed: then erased."""
    markers = Markers()
    notices = everything(markers)
    await registrar.register([delivered(notice) for notice in notices[::2]])
    await registrar.register([delivered(notice) for notice in notices[1::2]])
    contested = [msgspec.structs.replace(notice, backfill=True) for notice in notices]
    await registrar.register([delivered(notice) for notice in contested])
    await indexed(database)
    await sql.execute(
        "UPDATE review SET closed_at = now(), closed_by = 'coordination', reason = $1 WHERE id = "
        "(SELECT min(id) FROM review)",
        f"Conforme {markers.texts[0]}, visto",
    )
    planted = "\n".join((await tables(sql)).values())
    assert set(found_in(planted, markers)) == set(markers.texts)
    assert await sql.fetchval("SELECT count(*) FROM conflict") == len(notices)

    sequences = await sql.fetch("SELECT sequence, fields FROM entry JOIN disclosure USING (position)")
    fields = {sequence: sorted(json.loads(told)) for sequence, told in sequences}
    with capture_logs() as logs:
        await erase_all(sql, fields)
        await indexed(database)
        answers = await _answers(sql, database)
    left = {name: found_in(text, markers) for name, text in (await tables(sql)).items()}
    assert {name: found for name, found in left.items() if found} == {}
    assert found_in(answers.lower(), markers) == []
    assert found_in(json.dumps(logs, default=str).lower(), markers) == []
    await require_sound(sql)


async def _answers(sql: Sql, database: str) -> str:
    """What the doors say of it now and as known before, to whoever may see everything."""
    instants = [
        row[0].isoformat().replace("+00:00", "Z")
        for row in await sql.fetch("SELECT DISTINCT registered_at FROM entry ORDER BY 1")
    ]
    ids = [row[0] for row in await sql.fetch("SELECT id FROM agreement")]
    told: list[str] = []
    async with running_registry(database) as registry:
        for path in [
            *(f"/v1/agreements/{one}{tail}" for one in ids for tail in ("", "/history", "/similar")),
            *(f"/v1/agreements/{one}?known_at={at}" for one in ids for at in instants[:3]),
            *(f"/v1/agreements?known_at={at}" for at in instants[:3]),
            "/v1/agreements", "/v1/feed", "/v1/reviews?status=all", "/v1/texts", f"/v1/members/{MEMBER}",
        ]:  # fmt: skip
            answer = await registry.get(path, "coordination")
            assert answer.status == 200, (path, await answer.text())
            told.append(await answer.text())
        for path in ("/v1/agreements", f"/v1/agreements/{ids[0]}/history", "/v1/reviews", "/v1/feed"):
            answer = await registry.get(path, "coordination", Accept="text/csv")
            assert answer.status == 200, path
            told.append(await answer.text())
    return "\n".join(told)


@pytest.mark.parametrize(
    ("field", "about"), [("title", set()), ("partners", {"partner", "country"}), ("themes", {"theme"})]
)
async def test_what_is_not_erased_is_remembered_as_before(
    registrar: Registrar, sql: Sql, field: str, about: set[str]
) -> None:
    """One field is gone at every instant; the agreement counts, and is found by the others, as known then."""
    for notice in everything(Markers()):
        if notice.subject == SUBJECTS[1]:
            await registrar.register([delivered(notice)])
    before = await _past(sql)
    await erase_all(sql, {1: [field]})
    after = await _past(sql)
    assert after["states"] == before["states"]
    for known in (before, after):
        known["facets"] = {row for row in known["facets"] if row[0] not in about}
    assert after["facets"] == before["facets"]
    await require_sound(sql)


async def _past(sql: Sql) -> dict[str, Any]:
    """What was known when."""
    facets = await sql.fetch(
        """SELECT name, value, since, NULL AS until, from_day, to_day FROM facet
           UNION ALL SELECT name, value, since, until, from_day, to_day FROM facet_past"""
    )
    states = await sql.fetch(
        """SELECT from_day, to_day, state, counted, since, NULL AS until FROM segment
           UNION ALL SELECT from_day, to_day, state, counted, since, until FROM segment_past"""
    )
    return {"facets": {tuple(row) for row in facets}, "states": {tuple(row) for row in states}}


@pytest.mark.parametrize(("other", "kept"), [(None, False), ("3170206", False), (MEMBER, True)])
async def test_a_document_goes_with_the_last_reference_of_who_handed_it_in(
    registrar: Registrar, sql: Sql, other: str | None, *, kept: bool
) -> None:
    """Whoever merely names its digest does not keep what a court ordered away; another of its own does."""
    digest = "ab" * 32
    await sql.execute(
        "INSERT INTO document (sha256, media_type, size) VALUES ($1, 'application/pdf', 4)", digest
    )
    await sql.execute("INSERT INTO document_part (sha256, part, bytes) VALUES ($1, 0, 'data')", digest)
    await sql.execute(
        "INSERT INTO document_holder (sha256, member, key) VALUES ($1, $2, 'k')", digest, MEMBER
    )
    signature = signed("2020", documents=[{"kind": "agreement", "sha256": digest}])
    await registrar.register([delivered(signature)])
    if other is not None:
        naming = msgspec.structs.replace(signature, member=other, subject="PROC-9", id="other")
        await registrar.register([delivered(naming)])
    await erase_all(sql, {1: ["documents"]})
    assert await sql.fetchval("SELECT count(*) FROM document") == kept
    assert await sql.fetchval("SELECT count(*) FROM document_part") == kept
