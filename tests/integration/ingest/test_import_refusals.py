"""What an import refuses, and in which words: nothing that is sent in is a failure of ours."""

import io
import zipfile
from typing import Any

import aiohttp
import msgspec
import openpyxl
import pytest

from services.ingest.http import INTAKE
from shared.problems import OutcomeUnknown
from tests.integration.ingest.conftest import (
    CITY_KEY,
    COORDINATION_KEY,
    OFFICE_KEY,
    VENDOR_KEY,
    Ingest,
    Starter,
    messages_in,
)
from tests.support.sheets import saved, text

HEADER = "Município;Processo;Tipo;Parceiro;Objeto;Situação"
GOOD = text(HEADER, "Belo Horizonte;P-1;MOU;Rede Fictícia;Objeto fictício;")


async def post(ingest: Ingest, content: bytes, path: str = "/v1/imports", **more: Any) -> tuple[int, Any]:
    """The status and the decoded answer for a raw CSV."""
    status, body, _ = await ingest.post(content, path=path, **{"content_type": "text/csv", **more})
    return status, body


def bomb() -> bytes:
    """A workbook that unpacks to far more than it says."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * (300 * 1024 * 1024))
    return file.getvalue()


def far_cell() -> bytes:
    """A workbook whose last cell is the last that there is."""
    book = openpyxl.Workbook()
    book.worksheets[0]["A1"] = "Parceiro"
    book.worksheets[0]["XFD1048576"] = "longe"
    return saved(book)


def lying_bomb() -> bytes:
    """A workbook whose archive says that its sheet is small."""
    content = bytearray(bomb())
    true_size, told = (300 * 1024 * 1024).to_bytes(4, "little"), (1_000).to_bytes(4, "little")
    return bytes(content.replace(true_size, told))


async def test_a_hostile_file_is_refused_in_words(ingest: Ingest) -> None:
    """Whatever it does to the process that reads it; and the next file is read."""
    for content, statuses in (
        (b"", {422}), (b"%PDF-1.7", {415}), (b"a;b\n1;2\n", {422}), (bomb(), {413}), (far_cell(), {413}),
        (lying_bomb(), {413, 422}), (b"PK\x03\x04" + b"\0" * 1_000, {422}),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 5_000, {422}),
        (b"Parceiro;Objeto;Tipo\n" + b"a;b;MOU\n" * 50_001, {413}),
        (b"Parceiro;Objeto;Tipo\n" + b'"' * 200_001, {422}),
    ):  # fmt: skip
        status, problem = await post(ingest, content)
        assert status in statuses, problem
        assert problem["status"] == status
        assert problem["detail"]
    status, preview = await post(ingest, GOOD)
    assert (status, preview["counts"]["ready"]) == (200, 1)


async def test_a_malformed_request_is_refused_in_words(ingest: Ingest) -> None:
    """With the parameter or the part that is wrong."""
    form = "multipart/form-data; boundary=x"
    unknown = b'--x\r\nContent-Disposition: form-data; name="cor"\r\n\r\n1\r\n'
    for query, content_type, body, status, code in (
        ("", "application/json", b"{}", 415, "unsupported_media_type"),
        ("", "", b"{}", 415, "unsupported_media_type"),
        ("", form, b"--x--\r\n", 400, "bad_upload"),
        ("", form, b"nothing of it", 400, "bad_upload"),
        ("", "multipart/form-data", b"", 400, "bad_upload"),
        ("", form, unknown + b"--x--\r\n", 400, "bad_upload"),
        ("", form, unknown.replace(b"cor", b"file") * 2 + b"--x--\r\n", 400, "bad_upload"),
        ("", form, unknown.replace(b"cor", b"fi\0le") + b"--x--\r\n", 400, "bad_upload"),
        ("", form, unknown.replace(b"Content", b"Con tent") + b"--x--\r\n", 400, "bad_upload"),
        ("", form, b"--x\r\n" + b"a" * 100_000 + b"\r\n\r\n1\r\n--x--\r\n", 400, "bad_upload"),
        ("?report=pdf", "text/csv", GOOD, 400, "invalid_parameter"),
        ("?backfill=perhaps", "text/csv", GOOD, 400, "invalid_parameter"),
        ("?member=99", "text/csv", GOOD, 400, "invalid_parameter"),
        ("?member=3170206", "text/csv", GOOD, 403, "member_not_allowed"),
        ("?colour=red", "text/csv", GOOD, 400, "invalid_parameter"),
        ("?confirm=a&confirm=b", "text/csv", GOOD, 400, "invalid_parameter"),
        ("?confirm=0", "text/csv", GOOD, 409, "file_changed"),
        ("", "text/csv", b"x" * (20 * 1024 * 1024 + 1), 413, "too_large"),
    ):
        found, problem = await post(ingest, body, f"/v1/imports{query}", content_type=content_type)
        assert (found, problem["code"]) == (status, code)


async def test_malformed_parts_are_refused_in_words(ingest: Ingest) -> None:
    """The part is named."""
    for part, content, status in (
        ("choices", "{", 400),
        ("choices", "[1]", 422),
        ("choices", '{"99": {"Tipo": "MOU"}}', 422),
        ("choices", '{"2": {"Cor": "MOU"}}', 422),
        ("mapping", '{"Tipo": 1}', 422),
        ("mapping", '{"Tipo": "colour"}', 422),
        ("mapping", '{"Cor": "title"}', 422),
    ):
        form = aiohttp.FormData()
        form.add_field("file", io.BytesIO(GOOD), filename="a.csv")
        form.add_field(part, content, content_type="application/json")
        headers = {"Authorization": f"Bearer {CITY_KEY}"}
        async with ingest.http.post(f"{ingest.url}/v1/imports", data=form, headers=headers) as answer:
            problem = msgspec.json.decode(await answer.read())
        assert (answer.status, problem["errors"][0]["pointer"].startswith(f"/{part}")) == (status, True), (
            problem
        )


async def test_who_may_import_for_whom(ingest: Ingest) -> None:
    """The same doors as for notices: nobody without a key, nothing for the office, no row for another."""
    assert (await post(ingest, GOOD, key=None))[0] == 401
    assert (await post(ingest, GOOD, key=OFFICE_KEY))[0] == 403
    other = GOOD.replace(b"Belo Horizonte", "Uberlândia".encode())
    ended = GOOD.replace(b";\r\n", b";Rescindido em 2020-01-01\r\n")
    for content, key, status, code in (
        (GOOD, CITY_KEY, "ready", None),
        (other, CITY_KEY, "wrong", "member_not_allowed"),
        (other, COORDINATION_KEY, "ready", None),
        (ended, CITY_KEY, "ready", None),
        (ended, COORDINATION_KEY, "wrong", "fact_not_allowed"),
        (GOOD, VENDOR_KEY, "wrong", "fact_not_allowed"),
    ):
        _, preview = await post(ingest, content, key=key)
        (row,) = [row for row in preview["rows"] if row["row"] == 2]
        assert (row["status"], row["errors"][0]["code"] if row["errors"] else None) == (status, code), row


async def test_words_come_in_the_askers_language(ingest: Ingest) -> None:
    """Doubts, errors and what the columns mean."""
    unclear = text(HEADER, "Belo Horizonte;P-1;MOU;Torino e Milano;Objeto fictício;")
    for language, meaning, doubt in (("pt-BR", "parceiro", "vários"), ("en", "partner", "several")):
        _, preview = await post(ingest, unclear, headers={"Accept-Language": language})
        assert preview["columns"][3]["meaning"] == meaning
        assert doubt in preview["rows"][0]["doubts"][0]["detail"]


async def test_while_the_registry_is_silent_rows_are_taken_in_and_named(
    ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are on the broker; whether one was a change is settled by the same file, later."""
    monkeypatch.setattr("services.ingest.imports.sending.ASK_SECONDS", 0.5)
    rows = [f"Belo Horizonte;P-{at};MOU;Rede Fictícia;Objeto fictício;" for at in range(1_200)]
    content = text(HEADER, *rows)
    _, preview = await post(ingest, content)
    status, sent = await post(ingest, content, f"/v1/imports?confirm={preview['digest']}")
    assert status == 202
    assert {(receipt["status"], receipt["outcome"]) for receipt in sent["receipts"]} == {
        ("accepted", "accepted")
    }
    assert sent["unsettled"] == [row["row"] for row in preview["rows"]]
    assert sent["note"]
    first, *_ = await messages_in(ingest.vhost, "registry.backfill", len(rows))
    told = msgspec.json.decode(first.body)
    assert (told["door"], told["senderkey"], "time" in told) == ("import", CITY_KEY.id, False)


async def test_a_broker_that_is_away_is_a_503_before_anything_was_sent(start: Starter) -> None:
    """And the same file, sent again, loses nothing."""
    ingest = await start()
    _, preview = await post(ingest, GOOD)
    publisher = ingest.app[INTAKE].publisher

    async def unknown(*_: object) -> None:
        raise OutcomeUnknown

    publisher.ask = unknown
    status, problem = await post(ingest, GOOD, f"/v1/imports?confirm={preview['digest']}")
    assert (status, problem["code"]) == (503, "outcome_unknown")
