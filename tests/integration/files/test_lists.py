"""Any list as a file: the same rows, safe to open, seen by those who may see them."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from services.registry.http import files, tables
from services.registry.http.files import CSV, XLSX
from shared.notices.dates import day_of
from tests.support.registry import BELO_HORIZONTE, UBERLANDIA, Registry, Teller, sister_city

NASTY = ["=1+1", "+cmd|' /C calc'!A0", "-2", "@SUM(A1)", "＝1+1", "a;=1+1", 'com "aspas", vírgula\ne linha']


async def told_many(teller: Teller, how_many: int) -> None:
    """Registers so many agreements of Belo Horizonte."""
    for number in range(how_many):
        await teller.tell("agreement.signed", sister_city(), subject=f"P-{number:04}")


async def as_csv(registry: Registry, path: str, asker: str = "office") -> list[dict[str, str]]:
    """The rows of a list as a CSV file."""
    answer = await registry.get(path, asker, Accept=CSV)
    assert answer.status == 200, await answer.text()
    text = (await answer.read()).decode()
    assert not text.startswith("\ufeff")
    assert text.endswith("\r\n")
    return list(csv.DictReader(io.StringIO(text, newline="")))


async def as_xlsx(registry: Registry, path: str, asker: str = "office") -> dict[str, Worksheet]:
    """The sheets of a list as an XLSX file."""
    answer = await registry.get(path, asker, Accept=XLSX)
    assert answer.status == 200, await answer.text()
    book = load_workbook(io.BytesIO(await answer.read()))
    return {name: book[name] for name in book.sheetnames}


def rows_of(sheet: Worksheet) -> list[dict[str, Any]]:
    """The rows under the header."""
    header, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(map(str, header), row, strict=True)) for row in rows]


@pytest.mark.parametrize("media_type", [CSV, XLSX])
async def test_a_file_holds_all_pages_of_its_list(
    registry: Registry, teller: Teller, media_type: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever takes the file misses nothing and reads nothing twice, in the order of the list."""
    monkeypatch.setattr(files, "PAGE_ROWS", 7)
    await told_many(teller, 30)
    if media_type == CSV:
        subjects = [row["subject"] for row in await as_csv(registry, "/v1/agreements")]
    else:
        subjects = [row["subject"] for row in rows_of((await as_xlsx(registry, "/v1/agreements"))["Acordos"])]
    assert subjects == [f"P-{number:04}" for number in reversed(range(30))]


@pytest.mark.parametrize("path", ["/v1/agreements?", "/v1/feed?", "/v1/statistics?by=country&"])
async def test_an_address_can_name_its_form(registry: Registry, teller: Teller, path: str) -> None:
    """Somebody with a browser has no Accept to choose: the address says it, and goes before the header."""
    await told_many(teller, 1)
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    for form, media_type in files.FORMATS.items():
        answer = await registry.get(f"{path}format={form}", "office", Accept=browser)
        assert (answer.status, answer.content_type) == (200, media_type)
    answer = await registry.get(f"{path}format=json", "office", Accept=CSV)
    assert answer.content_type == "application/json"
    refused = await registry.json(f"{path}format=pdf", "office", status=400)
    assert refused["allowed"] == ["json", "csv", "xlsx"]


async def test_with_a_limit_the_file_is_that_page(registry: Registry, teller: Teller) -> None:
    """Page by page as in JSON, cursor included."""
    await told_many(teller, 5)
    page = await registry.json("/v1/agreements?limit=2", "office")
    first = await as_csv(registry, "/v1/agreements?limit=2")
    second = await as_csv(registry, f"/v1/agreements?limit=2&cursor={page['next']}")
    assert [row["subject"] for row in first + second] == ["P-0004", "P-0003", "P-0002", "P-0001"]


async def test_a_file_says_what_it_is(registry: Registry) -> None:
    """Its type, its encoding, a name with the day, nothing that a cache may keep."""
    for media_type, ending in ((CSV, "csv"), (XLSX, "xlsx")):
        answer = await registry.get("/v1/agreements", "office", Accept=media_type)
        day = day_of(datetime.now(UTC)).isoformat()
        assert answer.headers["Content-Disposition"] == f'attachment; filename="acordos-{day}.{ending}"'
        assert answer.content_type == media_type
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    answer = await registry.request("HEAD", "/v1/agreements", "office", Accept=CSV)
    assert (answer.status, answer.charset, await answer.read()) == (200, "utf-8", b"")


async def test_what_is_wrong_is_told_before_a_file_begins(registry: Registry) -> None:
    """A problem is never a line of a file."""
    for accept, path, status in (
        (CSV, "/v1/agreements?colour=blue", 400),
        (XLSX, "/v1/agreements?cursor=nonsense", 400),
        (CSV, "/v1/feed?after=-1", 400),
        ("image/png", "/v1/agreements", 406),
    ):
        answer = await registry.get(path, "office", Accept=accept)
        assert (answer.status, answer.content_type) == (status, "application/problem+json"), path


async def test_no_cell_is_a_formula(registry: Registry, teller: Teller) -> None:
    """What a stranger wrote is read, not worked out; in XLSX it even stays as it was written."""
    for number, text in enumerate(NASTY):
        await teller.tell("agreement.signed", sister_city(title=text, object=text), subject=f"P-{number}")
    in_csv = [row["title"] for row in reversed(await as_csv(registry, "/v1/agreements"))]
    assert in_csv == [
        "'=1+1", "'+cmd|' /C calc'!A0", "'-2", "'@SUM(A1)", "'＝1+1", "a;'=1+1", NASTY[-1],
    ]  # fmt: skip
    sheet = (await as_xlsx(registry, "/v1/agreements"))["Acordos"]
    assert [row["title"] for row in reversed(rows_of(sheet))] == NASTY
    for row in sheet.iter_rows():
        for found in row:
            assert found.data_type != "f"
            assert found.hyperlink is None


async def test_dates_are_dates_and_never_more_than_is_known(registry: Registry, teller: Teller) -> None:
    """A whole day is a date, a month or a year is text; open-ended is not the same as not told."""
    await teller.tell(
        "agreement.reported",
        sister_city(signed_on="2014-03", effective_on="1996", ends_on=None),
        subject="reduced",
    )
    await teller.tell("agreement.signed", sister_city(ends_on="2030-12-31"), subject="whole")
    whole, reduced = rows_of((await as_xlsx(registry, "/v1/agreements"))["Acordos"])
    assert whole["signed_on"] == datetime(2025, 3, 1)  # noqa: DTZ001 (a cell has no zone)
    assert whole["ends_on"] == datetime(2030, 12, 31)  # noqa: DTZ001
    assert (whole["open_ended"], reduced["open_ended"]) == (False, True)
    assert (reduced["signed_on"], reduced["effective_on"], reduced["ends_on"]) == ("2014-03", "1996", None)
    whole, reduced = (dict(row) for row in await as_csv(registry, "/v1/agreements"))
    assert (whole["signed_on"], reduced["signed_on"], reduced["ends_on"]) == ("2025-03-01", "2014-03", "")


async def test_a_file_explains_itself(registry: Registry, teller: Teller) -> None:
    """Frozen header, filter, and a sheet about the day, the filters, the source and the meaning."""
    await told_many(teller, 3)
    sheets = await as_xlsx(registry, f"/v1/agreements?member={BELO_HORIZONTE}&country=PT")
    assert list(sheets) == ["Acordos", "Sobre"]
    sheet = sheets["Acordos"]
    assert sheet.freeze_panes == "A2"
    assert str(sheet.auto_filter.ref).endswith(str(sheet.max_row))
    about = {str(row[0]): row[1] for row in sheets["Sobre"].iter_rows(values_only=True)}
    assert about["filters"] == f"member = {BELO_HORIZONTE}\ncountry = PT"
    assert about["source"] == f"http://malha.test/v1/agreements?member={BELO_HORIZONTE}&country=PT"
    assert (about["rows"], about["seen_by"]) == ("3", "office")
    assert about["as_of"] == day_of(datetime.now(UTC)).isoformat()
    assert about["known_at"]
    assert "acordo" in str(about["definition"])
    for column in tables.AGREEMENTS.columns:
        assert about[column.name] == column.about.pt


async def test_who_downloads_sees_only_what_they_may_see(registry: Registry, teller: Teller) -> None:
    """The same rows as in JSON, for each asker."""
    for visibility in ("public", "network", "restricted"):
        await teller.tell("agreement.signed", sister_city(visibility=visibility), subject=visibility)
    for asker in ("anonymous", "other", "own", "office"):
        page = await registry.json("/v1/agreements", asker)
        seen = [item["subject"] for item in page["items"]]
        assert [row["subject"] for row in await as_csv(registry, "/v1/agreements", asker)] == seen, asker
        sheet = (await as_xlsx(registry, "/v1/agreements", asker))["Acordos"]
        assert [row["subject"] for row in rows_of(sheet)] == seen, asker
    assert len(await as_csv(registry, "/v1/feed", "anonymous")) == 1


async def test_members_and_the_feed_are_files_too(registry: Registry, teller: Teller) -> None:
    """Numbers are numbers; of whom nothing is known, they are empty and not zero."""
    await teller.tell("agreement.signed", sister_city(), subject="P-1")
    await teller.tell("agreement.signed", sister_city(), subject="P-2", member=UBERLANDIA)
    members = {row["id"]: row for row in rows_of((await as_xlsx(registry, "/v1/members"))["Membros"])}
    assert len(members) == 854
    assert (members[BELO_HORIZONTE]["signed_ever"], members[BELO_HORIZONTE]["by_country"]) == (1, "PT 1")
    assert members["3100104"]["signed_ever"] is None
    heard = members[UBERLANDIA]["last_heard_at"]
    assert abs(heard - datetime.now(UTC).replace(tzinfo=None) + timedelta(hours=3)) < timedelta(minutes=5)
    notices = await as_csv(registry, "/v1/feed")
    assert [(row["position"], row["member"]) for row in notices] == [("1", BELO_HORIZONTE), ("2", UBERLANDIA)]
    assert await as_csv(registry, f"/v1/feed?after=1&member={UBERLANDIA}") == notices[1:]
    assert date.fromisoformat(notices[0]["registered_at"][:10])


async def test_figures_histories_and_reviews_are_files_too(registry: Registry, teller: Teller) -> None:
    """Each with its own columns, and figures with what they count."""
    await teller.tell("agreement.signed", sister_city(ends_on="2024-01-01"), subject="P-1")
    await teller.tell(
        "agreement.corrected", {"changes": {"ends_on": "2030-01-01"}, "reason": "Erro."}, subject="P-1"
    )
    sheets = await as_xlsx(registry, "/v1/statistics?by=country")
    assert [(row["key"], row["signed"], row["in_force"]) for row in rows_of(sheets["Estatísticas"])] == [
        ("PT", 1, 1)
    ]
    about = {str(row[0]): row[1] for row in sheets["Sobre"].iter_rows(values_only=True)}
    assert (about["total signed"], about["filters"]) == ("1", "by = country")
    assert "uma vez" in str(about["definition"])
    goals = await as_csv(registry, "/v1/statistics?by=sdg", "anonymous")
    assert [(row["key"], row["signed"]) for row in goals] == [(str(goal), "0") for goal in range(1, 18)]
    (agreement,) = (await registry.json("/v1/agreements", "office"))["items"]
    told, corrected = await as_csv(registry, f"/v1/agreements/{agreement['id']}/history")
    assert told["type"] == "br.malha.agreement.signed.v1"
    assert "ends_on: 2024-01-01 → 2030-01-01" in corrected["changes"]
    closed = await as_csv(registry, "/v1/reviews?status=closed")
    assert {row["closed_by"] for row in closed} == {"notice"}
    assert {row["subject"] for row in closed} == {"P-1"}
    assert (await registry.get("/v1/reviews", Accept=CSV)).status == 401


async def test_few_files_are_made_at_once(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for a page does not wait for who asks for files: beyond a few, they come again later."""
    app = registry.client.app
    assert app is not None
    turns = app[files.EXPORTS]
    monkeypatch.setattr(turns, "_strangers", 0)
    answer = await registry.get("/v1/agreements", Accept=CSV)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "30")
    assert (await registry.get("/v1/agreements", "office", Accept=CSV)).status == 200
    monkeypatch.setattr(turns, "_each", 0)
    answer = await registry.get("/v1/agreements", "office", Accept=XLSX)
    assert (answer.status, answer.headers["Retry-After"]) == (429, "30")
    assert (await registry.get("/v1/agreements", "office")).status == 200
