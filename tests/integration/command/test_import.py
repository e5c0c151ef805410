"""`malha import`, as a clerk's assistant uses it: looked at, answered, sent, given back."""

import json
from pathlib import Path

from tests.integration.command.test_whole_way import House, house
from tests.support.sheets import text

__all__ = ["house"]

HEADER = "Processo;Tipo;Parceiro;País;Tipo do parceiro;Objeto;Data de assinatura"
CERTAIN = "P-1/2020;Memorando;Vila Inventada;Portugal;cidade;Águas (fictício);10/03/2020"
DOUBTFUL = "P-2/2021;Convênio;Torino / Milano;Itália;cidade;Trens (fictício);01/02/21"


async def test_a_sheet_is_looked_at_answered_sent_and_given_back(house: House, tmp_path: Path) -> None:
    """Nothing leaves before --confirm; what is doubtful waits for its answer; the report comes back."""
    sheet, answers, report = tmp_path / "acordos.csv", tmp_path / "respostas.json", tmp_path / "devolvida.csv"
    sheet.write_bytes(text(HEADER, CERTAIN, DOUBTFUL))
    preview = await house.malha("import", str(sheet), "--suggest", str(answers))
    assert preview.status == 0, preview.errors
    assert "2 linhas: 1 prontas, 1 com dúvidas, 0 com erros" in preview.output
    assert "Torino (city, IT); Milano (city, IT)" in preview.output
    suggested = json.loads(answers.read_text())
    assert suggested["3"]["Data de assinatura"] == "2021-02-01"
    sent = await house.malha("import", str(sheet), "--confirm", "--json")
    assert sent.status == 1
    assert [receipt["row"] for receipt in json.loads(sent.output)["receipts"]] == [2]
    given_back = await house.malha(
        "import", str(sheet), "--choices", str(answers), "--confirm", "--report", str(report)
    )
    assert given_back.status == 0, given_back.errors
    lines = report.read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(";")[-2] for line in lines[1:]] == ["já registrado, sem mudança", "registrado"]
    again = await house.malha("import", str(sheet), "--choices", str(answers), "--confirm", "--json")
    assert again.status == 0
    assert {receipt["outcome"] for receipt in json.loads(again.output)["receipts"]} == {"repeated"}


async def test_what_cannot_be_sent_is_said_in_words(house: House, tmp_path: Path) -> None:
    """A file that is not there, one that is no sheet, an answer about nothing, a report of nothing."""
    sheet, choices = tmp_path / "acordos.csv", tmp_path / "respostas.json"
    missing = await house.malha("import", str(sheet))
    assert missing.status == 1
    assert "Não consegui ler" in missing.errors
    sheet.write_bytes(b"%PDF-1.7")
    refused = await house.malha("import", str(sheet))
    assert (refused.status, "not_a_sheet" in refused.errors) == (1, True)
    sheet.write_bytes(text(HEADER, CERTAIN))
    choices.write_text('{"99": {"Cor": "azul"}}')
    nothing = await house.malha("import", str(sheet), "--choices", str(choices))
    assert (nothing.status, "/choices/99" in nothing.errors) == (1, True)
    unsent = await house.malha("import", str(sheet), "--report", str(tmp_path / "r.csv"))
    assert unsent.status == 1
