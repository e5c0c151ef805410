"""The peer of ingest: the same promise with FastAPI, pydantic and FastStream.

The same schema, an in-memory key check, and a 202 after the broker's confirm. Run by
`bench/accept.py` under uvicorn with uvloop and httptools, one process, access log off.
"""

import hashlib
import hmac
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import uuid4

from fastapi import FastAPI, Header, HTTPException
from faststream.rabbit import ExchangeType, RabbitBroker, RabbitExchange
from pydantic import BaseModel, ConfigDict, Field

Text = Annotated[str, Field(min_length=1, max_length=2000)]
Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]
Day = Annotated[str, Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")]


class Strict(BaseModel):
    """Refuses what the schema does not name, as ingest does."""

    model_config = ConfigDict(extra="forbid")


class Partner(Strict):
    """One partner of an agreement."""

    name: Text
    kind: Literal[
        "city", "region", "state", "nation", "university", "company", "agency", "bank", "network",
        "international_organisation", "other",
    ]  # fmt: skip
    country: Country | None = None
    place: Text | None = None
    wikidata: Text | None = None


class Participant(Strict):
    """Another member that shares the agreement."""

    member: Text
    role: Text


class Objective(Strict):
    """What is to be reached."""

    text: Text
    indicator: Text | None = None
    target: Text | None = None
    unit: Text | None = None
    due: Day | None = None


class Signatory(Strict):
    """Who signed."""

    office: Text
    name: Text | None = None


class Amount(Strict):
    """Money."""

    value: Decimal
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    kind: Text


class Document(Strict):
    """A text of the agreement."""

    kind: Text
    lang: Text | None = None
    sha256: Text | None = None
    url: Text | None = None


class Signed(Strict):
    """The data of `agreement.signed`."""

    instrument: Literal[
        "IRM", "IRM_DECL", "AMI", "MOU", "PI", "CI", "ACT", "AC", "CONV", "TC", "ACAD", "ADES", "DOA",
        "EMP", "ADT", "OUT",
    ]  # fmt: skip
    title: Text
    partners: Annotated[list[Partner], Field(min_length=1, max_length=50)]
    basis: Literal["bilateral", "multilateral", "unilateral_law"] | None = None
    object: Text | None = None
    participants: list[Participant] | None = None
    themes: list[Text] | None = None
    sdgs: list[Annotated[int, Field(ge=1, le=17)]] | None = None
    objectives: list[Objective] | None = None
    signed_on: Day | None = None
    effective_on: Day | None = None
    ends_on: Day | None = None
    renewal: Literal["auto", "manual", "none"] | None = None
    department: Text | None = None
    signatories: list[Signatory] | None = None
    amounts: list[Amount] | None = None
    documents: list[Document] | None = None
    parent: Text | None = None
    visibility: Literal["public", "network", "restricted"] | None = None


class Notice(BaseModel):
    """A CloudEvent in structured mode."""

    specversion: Literal["1.0"]
    id: Annotated[str, Field(min_length=1, max_length=200)]
    source: Annotated[str, Field(min_length=1, max_length=200)]
    type: Literal["br.malha.agreement.signed.v1"]
    member: Annotated[str, Field(pattern=r"^(31|\d{7}|org-[a-z0-9-]+)$")]
    subject: Annotated[str, Field(max_length=200)] | None = None
    time: datetime | None = None
    backfill: bool | None = None
    data: Signed


class Receipt(BaseModel):
    """What a sender keeps."""

    protocol: str
    member: str
    id: str
    source: str
    received_at: datetime
    environment: str
    status: Literal["accepted"]
    links: dict[str, str]


KEYS = {
    os.environ["BENCH_KEY_ID"]: (bytes.fromhex(os.environ["BENCH_KEY_DIGEST"]), os.environ["BENCH_MEMBER"])
}
broker = RabbitBroker(os.environ["MALHA_AMQP_URL"])
notices = RabbitExchange("notices", type=ExchangeType.TOPIC, durable=True)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Connect before the first request, as a real service does."""
    await broker.start()
    yield
    await broker.stop()


app = FastAPI(lifespan=lifespan)


def member_of(authorization: str) -> str:
    """The member whose key this is; 401 otherwise."""
    _, _, token = authorization.partition(" ")
    _, _, key_id, secret = token.split("_", 3)
    digest, member = KEYS.get(key_id, (b"", ""))
    if not hmac.compare_digest(hashlib.sha256(secret.encode()).digest(), digest):
        raise HTTPException(401)
    return member


@app.post("/v1/notices", status_code=202)
async def post_notice(notice: Notice, authorization: Annotated[str, Header()]) -> Receipt:
    """Accept one notice once the broker has confirmed it."""
    if member_of(authorization) != notice.member:
        raise HTTPException(403)
    identity = f"{notice.member}\n{notice.source}\n{notice.id}"
    protocol = "MG-" + hashlib.sha256(identity.encode()).hexdigest()[:13].upper()
    await broker.publish(
        notice,
        exchange=notices,
        routing_key=f"live.{notice.member}.agreement.signed",
        persist=True,
        mandatory=True,
        message_id=uuid4().hex,
        headers={"member": notice.member, "source": notice.source, "id": notice.id, "protocol": protocol},
        timeout=5,
    )
    return Receipt(
        protocol=protocol,
        member=notice.member,
        id=notice.id,
        source=notice.source,
        received_at=datetime.now(UTC),
        environment="test",
        status="accepted",
        links={"status": f"http://127.0.0.1/v1/receipts/{protocol}"},
    )
