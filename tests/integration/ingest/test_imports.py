"""Sheets through HTTP with the real registry: previewed, confirmed, sent again, corrected."""

import asyncio
import os
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

from tests.integration.ingest.conftest import CITY
from tests.support.city_hall import ROWS, CityHall, sheet


async def test_a_preview_says_what_will_be_sent_and_sends_nothing(clerk: CityHall) -> None:
    """What each row becomes is shown before anything leaves the city hall."""
    preview = await clerk.preview(sheet())
    assert preview["counts"] == {"rows": 3, "ready": 3, "doubtful": 0, "wrong": 0, "notices": 3}
    first = preview["rows"][0]
    assert (first["row"], first["status"], first["doubts"], first["errors"]) == (2, "ready", [], [])
    notice = first["notice"]
    assert (notice["member"], notice["subject"], notice["backfill"]) == (CITY, "P-1/2020", True)
    assert notice["data"]["partners"] == [{"name": "Cidade Fictícia", "kind": "city", "country": "PT"}]
    assert notice["data"]["ends_on"] is None
    assert await clerk.head() == 0


async def test_a_repeated_upload_changes_nothing(clerk: CityHall) -> None:
    """A clerk who is not sure whether the sheet went out sends it again."""
    sent = await clerk.confirm(sheet())
    assert [receipt["outcome"] for receipt in sent["receipts"]] == ["registered"] * 3
    head = await clerk.head()
    again = await clerk.confirm(sheet())
    assert [receipt["outcome"] for receipt in again["receipts"]] == ["repeated"] * 3
    assert [receipt["protocol"] for receipt in again["receipts"]] == [
        receipt["protocol"] for receipt in sent["receipts"]
    ]
    assert await clerk.head() == head == 3


@pytest.mark.parametrize(
    ("before", "after", "field", "value"),
    [
        ("Águas (fictício)", "Águas e saneamento (fictício)", "object", "Águas e saneamento (fictício)"),
        ("10/03/2020", "09/03/2018", "signed_on", "2018-03-09"),
        ("10/03/2020", "11/04/2022", "signed_on", "2022-04-11"),
        ("Indeterminado", "31/12/2030", "ends_on", "2030-12-31"),
    ],
)
async def test_of_a_corrected_sheet_only_the_changed_row_has_an_effect(
    clerk: CityHall, before: str, after: str, field: str, value: str
) -> None:
    """One new position, and the agreement shows what the sheet says now: the signature's day too."""
    await clerk.confirm(sheet())
    head = await clerk.head()
    corrected = sheet(ROWS[0].replace(before, after), *ROWS[1:])
    sent = await clerk.confirm(corrected)
    assert [receipt["outcome"] for receipt in sent["receipts"]] == ["corrected", "repeated", "repeated"]
    assert await clerk.head() == head + 1
    assert (await clerk.agreement("P-1/2020"))["data"][field] == value
    again = await clerk.confirm(corrected)
    assert [receipt["outcome"] for receipt in again["receipts"]] == ["repeated"] * 3
    assert await clerk.head() == head + 1


async def test_a_sheet_that_goes_back_and_forth_leaves_what_it_said_last(clerk: CityHall) -> None:
    """A correction taken back is a correction: one position each time, and a repeat stays a repeat."""
    first, second = sheet(ROWS[0]), sheet(ROWS[0].replace("Águas", "Rios"))
    outcomes = []
    for content in (first, second, first, first, second, first):
        (receipt,) = (await clerk.confirm(content))["receipts"]
        outcomes.append((receipt["outcome"], await clerk.head()))
    assert outcomes == [
        ("registered", 1), ("corrected", 2), ("corrected", 3), ("repeated", 3), ("corrected", 4),
        ("corrected", 5),
    ]  # fmt: skip
    assert (await clerk.agreement("P-1/2020"))["data"]["object"] == "Águas (fictício)"


async def test_live_or_history_the_row_is_the_same(clerk: CityHall) -> None:
    """Whether the feed is to ring is not what the sheet says."""
    await clerk.confirm(sheet())
    again = await clerk.confirm(sheet(), backfill="false")
    assert [receipt["outcome"] for receipt in again["receipts"]] == ["repeated"] * 3


async def test_doubtful_rows_wait_for_an_answer(clerk: CityHall) -> None:
    """Nothing is guessed silently: without an answer a row stays at home, with one it goes."""
    content = sheet(
        ROWS[0], "P-9/2019;Convênio;Torino / Milano;Itália;cidade;Trens (fictício);01/02/19;;Rescindido"
    )
    preview = await clerk.preview(content)
    assert [row["status"] for row in preview["rows"]] == ["ready", "doubtful"]
    answers = {doubt["column"]: doubt["candidates"][0] for doubt in preview["rows"][1]["doubts"]}
    assert answers["Parceiro"] == "Torino (city, IT); Milano (city, IT)"
    assert answers["Situação"] == "-"
    sent = await clerk.confirm(content)
    assert [receipt["row"] for receipt in sent["receipts"]] == [2]
    assert [(row["row"], row["status"]) for row in sent["skipped"]] == [(3, "doubtful")]
    answers["Situação"] = "Rescindido em 2021-05-06"
    answered = await clerk.confirm(content, choices={"3": answers})
    assert [(receipt["row"], receipt["outcome"]) for receipt in answered["receipts"]] == [
        (2, "repeated"), (3, "registered"), (3, "registered"),
    ]  # fmt: skip
    agreement = await clerk.agreement("P-9/2019")
    assert (agreement["state"], len(agreement["data"]["partners"])) == ("terminated", 2)
    assert agreement["contradictions"] == []


async def test_an_end_told_for_another_day_is_taken_back_and_told_anew(clerk: CityHall) -> None:
    """And what the row says otherwise is corrected although the agreement has ended."""
    row = "P-9/2019;Convênio;Rede Fictícia;;rede;Trens (fictício);01/02/2019;;Rescindido em {}"
    await clerk.confirm(sheet(row.format("06/05/2021")))
    changed = row.replace("Trens", "Bondes").format("07/06/2022")
    await clerk.confirm(sheet(changed))
    agreement = await clerk.agreement("P-9/2019")
    assert (agreement["state"], agreement["data"]["object"]) == ("terminated", "Bondes (fictício)")
    assert agreement["contradictions"] == []
    head = await clerk.head()
    await clerk.confirm(sheet(changed))
    assert await clerk.head() == head
    async with clerk.http.get(
        "/v1/agreements", params={"subject": "P-9/2019", "as_of": "2022-01-01"}
    ) as answer:
        (before,) = (await answer.json())["items"]
    assert before["state"] == "signed"


async def test_a_blank_answer_is_none(clerk: CityHall) -> None:
    """It leaves the doubt as it is, and never the cell out."""
    content = sheet("P-3/2021;MOU;Torino / Milano;Itália;cidade;Trens (fictício);2021;;")
    _, body = await clerk.post(content, choices={"2": {"Parceiro": " "}})
    (row,) = msgspec.json.decode(body)["rows"]
    assert (row["status"], row["doubts"][0]["column"]) == ("doubtful", "Parceiro")


async def test_what_was_not_previewed_is_not_confirmed(clerk: CityHall) -> None:
    """Another file, or the same read in another way."""
    digest = (await clerk.preview(sheet()))["digest"]
    for content, mapping in ((sheet(ROWS[0]), None), (sheet(), {"Situação": None})):
        status, body = await clerk.post(content, mapping=mapping, confirm=digest)
        assert (status, msgspec.json.decode(body)["code"]) == (409, "file_changed")
    assert await clerk.head() == 0


async def test_a_client_that_leaves_takes_its_worker_along(clerk: CityHall) -> None:
    """A city hall that hangs up does not leave a process behind."""
    rows = [f"P-{at};MOU;Rede {at};;rede;Objeto fictício {at};2020;;" for at in range(50_000)]
    asking = asyncio.create_task(clerk.preview(sheet(*rows)))
    async with asyncio.timeout(60):
        while not workers_running():  # noqa: ASYNC110 - it is asked of the operating system
            await asyncio.sleep(0.01)
    asking.cancel()
    async with asyncio.timeout(60):
        while workers_running():  # noqa: ASYNC110 - the same
            await asyncio.sleep(0.01)


def workers_running() -> list[str]:
    """The workers that are children of this process."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        with suppress(OSError):
            parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
            if int(parent) == os.getpid() and b"imports.worker" in (entry / "cmdline").read_bytes():
                found.append(entry.name)
    return found
