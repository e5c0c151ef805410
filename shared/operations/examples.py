"""The one story that all examples tell: an agreement that never was, with a partner that says so."""

from typing import Any, Final

from shared.notices.envelope import SPECVERSION
from shared.notices.protocol import agreement_id, protocol_of

MEMBER: Final = "3106200"
SOURCE: Final = "/convenios"
NOTICE_ID: Final = "convenio-2026-014"
SUBJECT: Final = "014/2026"
TYPE: Final = "br.malha.agreement.signed.v1"
PROTOCOL: Final = protocol_of(MEMBER, SOURCE, NOTICE_ID)
AGREEMENT: Final = agreement_id(MEMBER, SUBJECT)
DIGEST: Final = "mFqpJZ3sM1t0Wl4cA7uQ2yXkVd9bTnRhE5gCz8oLwIs"
ORIGIN: Final = "https://acordos.exemplo.mg.gov.br"

SIGNED_DATA: Final[dict[str, Any]] = {
    "instrument": "MOU",
    "title": "Memorando sobre saneamento (exemplo fictício)",
    "object": "Troca de experiências sobre redução de perdas na rede de água. Exemplo fictício.",
    "partners": [{"name": "Cidade Exemplo", "kind": "city", "country": "PT"}],
    "themes": ["AGUA"],
    "sdgs": [6],
    "signed_on": "2026-03-09",
    "ends_on": "2030-03-08",
}
SIGNED: Final[dict[str, Any]] = {
    "specversion": SPECVERSION,
    "id": NOTICE_ID,
    "source": SOURCE,
    "member": MEMBER,
    "type": TYPE,
    "subject": SUBJECT,
    "time": "2026-03-09T14:00:00-03:00",
    "data": SIGNED_DATA,
}
ENTERED_INTO_FORCE: Final[dict[str, Any]] = {
    "specversion": SPECVERSION,
    "id": "convenio-2026-014-vigencia",
    "source": SOURCE,
    "member": MEMBER,
    "type": "br.malha.agreement.entered_into_force.v1",
    "subject": SUBJECT,
    "time": "2026-03-10T09:00:00-03:00",
    "data": {"effective_on": "2026-03-10"},
}
REPORTED: Final[dict[str, Any]] = {
    "specversion": SPECVERSION,
    "id": "convenio-2014-003",
    "source": SOURCE,
    "member": MEMBER,
    "type": "br.malha.agreement.reported.v1",
    "subject": "003/2014",
    "backfill": True,
    "data": {
        "instrument": "IRM",
        "title": "Irmanamento (exemplo fictício)",
        "partners": [{"name": "Vila Exemplo", "kind": "city", "country": "IT"}],
        "signed_on": "2014-03",
        "ends_on": None,
    },
}
BATCH: Final[list[dict[str, Any]]] = [REPORTED, ENTERED_INTO_FORCE]
RECEIVED_AT: Final = "2026-03-09T17:00:03.120417Z"
REGISTERED_AT: Final = "2026-03-09T17:00:03.151009Z"
PUBLISHED_AT: Final = "2026-03-09T17:00:03.158220Z"
TODAY: Final = "2026-11-21"

RECEIPT: Final[dict[str, Any]] = {
    "protocol": PROTOCOL,
    "member": MEMBER,
    "id": NOTICE_ID,
    "source": SOURCE,
    "received_at": RECEIVED_AT,
    "environment": "test",
    "status": "accepted",
    "links": {"status": f"{ORIGIN}/v1/receipts/{PROTOCOL}"},
}
AGREEMENT_ITEM: Final[dict[str, Any]] = {
    "id": AGREEMENT,
    "subject": SUBJECT,
    "title": SIGNED_DATA["title"],
    "state": "signed",
    "instrument": "MOU",
}
FEED_ITEM: Final[dict[str, Any]] = {
    "position": 4211,
    "protocol": PROTOCOL,
    "type": TYPE,
    "member": {
        "id": MEMBER,
        "name": "Belo Horizonte",
        "kind": "municipality",
        "mesoregion": "Metropolitana de Belo Horizonte",
    },
    "agreement": AGREEMENT_ITEM,
    "countries": ["PT"],
    "themes": ["AGUA"],
    "sdgs": [6],
    "headline": {
        "pt": "Belo Horizonte assinou acordo com Cidade Exemplo (Portugal)",
        "en": "Belo Horizonte signed an agreement with Cidade Exemplo (Portugal)",
    },
    "visibility": "public",
    "remarks": 0,
    "backfill": False,
    "replayed": False,
    "occurred_at": "2026-03-09T17:00:00Z",
    "received_at": RECEIVED_AT,
    "registered_at": REGISTERED_AT,
}
