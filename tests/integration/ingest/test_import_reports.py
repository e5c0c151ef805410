"""What comes back of a sheet that was sent: the sheet itself, with a protocol and a word for each row."""

import csv
import io

import openpyxl

from tests.support.city_hall import CityHall, sheet


async def test_the_report_is_the_sheet_with_its_protocols(clerk: CityHall) -> None:
    """Sent again as it came back, nothing changes; with a cell put right, that row is corrected."""
    content = sheet("S/N;MOU;Vila Inventada;Itália;cidade;Café (fictício);2019;;", "S/N;MOU;-;;;;;;")
    digest = (await clerk.preview(content))["digest"]
    status, report = await clerk.post(content, confirm=digest, report="csv")
    rows = list(csv.reader(io.StringIO(report.decode("utf-8-sig")), delimiter=";"))
    assert (status, rows[0][-3:]) == (202, ["protocolo", "situacao_envio", "observacao"])
    assert rows[1][-3].startswith("MG-")
    assert [row[-2] for row in rows[1:]] == ["registrado", "com erros"]
    assert "Parceiro" in rows[2][-1]
    again = await clerk.confirm(report)
    assert [receipt["outcome"] for receipt in again["receipts"]] == ["repeated"]
    put_right = report.replace("Café".encode(), b"Cacau").replace(b"2019;;;MG", b"2018;;;MG")
    sent = await clerk.confirm(put_right)
    assert [receipt["outcome"] for receipt in sent["receipts"]] == ["corrected"]
    agreement = await clerk.agreement(rows[1][-3])
    assert (agreement["data"]["object"], agreement["data"]["signed_on"]) == ("Cacau (fictício)", "2018")
    assert await clerk.head() == 2


async def test_a_row_that_waits_for_an_answer_again_keeps_its_protocol(clerk: CityHall) -> None:
    """The report sent back without the answers asks again, and forgets nothing that it held."""
    content = sheet("P-3/2021;MOU;Torino / Milano;Itália;cidade;Trens (fictício);2021;;")
    answers = {"2": {"Parceiro": "Torino (city, IT); Milano (city, IT)"}}
    digest = (await clerk.preview(content))["digest"]
    _, report = await clerk.post(content, choices=answers, confirm=digest, report="csv")
    digest = (await clerk.preview(report))["digest"]
    _, again = await clerk.post(report, confirm=digest, report="csv")
    first, second = (
        list(csv.reader(io.StringIO(each.decode("utf-8-sig")), delimiter=";"))[1] for each in (report, again)
    )
    assert (first[-2], second[-2]) == ("registrado", "com dúvidas")
    assert first[-3] == second[-3] != ""


async def test_the_report_may_be_a_workbook(clerk: CityHall) -> None:
    """By `Accept`, as for every list."""
    digest = (await clerk.preview(sheet()))["digest"]
    xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    status, report = await clerk.post(sheet(), confirm=digest, headers={"Accept": xlsx})
    book = openpyxl.load_workbook(io.BytesIO(report))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert (status, len(rows)) == (202, 4)
    assert all(str(row[-3]).startswith("MG-") for row in rows[1:])
    preview = await clerk.preview(report)
    assert preview["counts"]["ready"] == 3
