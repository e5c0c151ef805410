"""The notice that the measurements send: an ordinary agreement of about 1 KB, plainly fictional."""

import json
from datetime import date, timedelta
from typing import Any

DATA: dict[str, Any] = {
    "instrument": "MOU",
    "basis": "bilateral",
    "title": "Memorando de entendimento sobre água e saneamento (fictício, medição)",
    "object": "Troca de técnicos, dados e experiências de gestão da água entre as duas administrações. " * 3,
    "partners": [{"name": "Cidade Fictícia", "kind": "city", "country": "PT", "place": "Distrito Fictício"}],
    "themes": ["AGUA", "CLIMA"],
    "sdgs": [6, 11, 13],
    "signed_on": "2025-03-09",
    "effective_on": "2025-04-01",
    "ends_on": "2030-03-31",
    "renewal": "manual",
    "department": "Secretaria fictícia",
    "objectives": [{"text": "Reduzir perdas na rede", "indicator": "perdas", "target": "20", "unit": "%"}],
}
DATA_JSON = json.dumps(DATA, ensure_ascii=False)


def signed(member: str, source: str, number: int) -> dict[str, Any]:
    """Notice *number* of *source*: an agreement of its own."""
    return {
        "specversion": "1.0",
        "id": f"{number}",
        "source": source,
        "member": member,
        "type": "br.malha.agreement.signed.v1",
        "subject": f"{source}-{number}",
        "time": "2025-03-09T12:00:00Z",
        "data": DATA,
    }


def amended(member: str, source: str, number: int, *, late: bool = False) -> dict[str, Any]:
    """Notice *number* of the long life of one agreement; *late*: it takes effect before others that came."""
    day = date(1995, 1, 1) + timedelta(number - 20 if late else number)
    return {
        "specversion": "1.0",
        "id": f"{number}",
        "source": source,
        "member": member,
        "type": "br.malha.agreement.amended.v1",
        "subject": f"{source}-long",
        "time": "1995-01-01T12:00:00Z",
        "data": {
            "effective_on": day.isoformat(),
            "changes": {"title": f"Título fictício número {number}", "department": f"Secretaria {number}"},
        },
    }
