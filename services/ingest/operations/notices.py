"""The operations about notices: `/v1/notices`, `/v1/notices/validate`, `/v1/me`."""

from typing import Any, Final

from services.ingest.preferences import LONGEST_WAIT_SECONDS
from services.ingest.receipts import Me, Receipt, Receipts, RegisteredReceipt, Validated
from shared.notices.envelope import BATCH_TYPE, JSON_TYPE, STRUCTURED_TYPE
from shared.notices.sentences import Sentence
from shared.operations import (
    KEY_NEEDED,
    Answer,
    Content,
    Header,
    Operation,
    Parameter,
    Tag,
    answered_in_json,
    examples,
)
from shared.problems import (
    BadJson,
    Conflict,
    FactNotAllowed,
    InvalidNotice,
    MemberNotAllowed,
    OutcomeUnknown,
    PersonalDataInIdentifier,
    Problem,
    RequestTimeout,
    SourceReserved,
    TooLarge,
    TooManyRequests,
    UnsupportedMediaType,
)

EVENT: Final = "Notice"
"""The name under which the document has any notice; a batch is a list of them."""

TAGS: Final = (
    Tag(
        name="notices",
        title=Sentence("Avisos", "Notices"),
        says=Sentence(
            "Enviar avisos: um fato, um aviso (CloudEvents 1.0).",
            "Sending notices: one fact, one notice (CloudEvents 1.0).",
        ),
    ),
)

_SENDERS: Final = ("member", "office", "coordination")
_PREFER: Final = Parameter(
    name="Prefer",
    place="header",
    type=str,
    example="wait=10",
    says=Sentence(
        f"`wait=N`: espera até N segundos (no máximo {LONGEST_WAIT_SECONDS}) pelo registro; só para um "
        f"evento.",
        f"`wait=N`: wait up to N seconds (at most {LONGEST_WAIT_SECONDS}) for the registry; one event only.",
    ),
)
_BATCH_SCHEMA: Final[dict[str, Any]] = {
    "type": "array",
    "minItems": 1,
    "maxItems": 1000,
    "items": {"$ref": f"#/components/schemas/{EVENT}"},
}
_EVENT_SCHEMA: Final[dict[str, Any]] = {"$ref": f"#/components/schemas/{EVENT}"}
_BODY: Final = {
    STRUCTURED_TYPE: Content(
        schema=_EVENT_SCHEMA,
        examples={"signed": examples.SIGNED, "entered_into_force": examples.ENTERED_INTO_FORCE},
    ),
    BATCH_TYPE: Content(schema=_BATCH_SCHEMA, examples={"history": examples.BATCH}),
    JSON_TYPE: Content(schema=_EVENT_SCHEMA, examples={"signed": examples.SIGNED}),
}
_BODY_SAYS: Final = Sentence(
    "Um evento de até 256 KiB, ou um lote de 1 a 1.000 eventos e até 4 MiB. No modo binário os atributos "
    "vão em cabeçalhos `ce-*` e o corpo (`application/json`) é só `data`.",
    "One event of up to 256 KiB, or a batch of 1 to 1,000 events and up to 4 MiB. In binary mode the "
    "attributes "
    "are `ce-*` headers and the body (`application/json`) is `data` alone.",
)
_REFUSED: Final[tuple[type[Problem], ...]] = (
    BadJson,
    *KEY_NEEDED,
    SourceReserved,
    MemberNotAllowed,
    FactNotAllowed,
    RequestTimeout,
    TooLarge,
    UnsupportedMediaType,
    InvalidNotice,
    PersonalDataInIdentifier,
    TooManyRequests,
)
_APPLIED: Final = Header(
    name="Preference-Applied",
    says=Sentence("A espera que valeu.", "The wait that was applied."),
)
_REGISTERED: Final = {
    **examples.RECEIPT,
    "status": "registered",
    "registered_at": examples.REGISTERED_AT,
    "position": 4211,
    "digest": examples.DIGEST,
    "remarks": [],
}

OPERATIONS: Final = (
    Operation(
        id="postNotices",
        method="POST",
        path="/v1/notices",
        tag="notices",
        summary=Sentence("Enviar um aviso ou um lote", "Send a notice or a batch"),
        says=Sentence(
            "Responde 202 só depois que um quórum do mensageiro confirmou: o que teve 202 nunca se perde. "
            "O mesmo `member`, `source` e `id` com o mesmo conteúdo é o mesmo aviso, quantas vezes for "
            "enviado: "
            "na dúvida (tempo esgotado, 503), envie exatamente o mesmo de novo.",
            "Answers 202 only after a quorum of the broker has confirmed: what got a 202 is never lost. "
            "The same `member`, `source` and `id` with the same content are the same notice, however often "
            "sent: "
            "in doubt (a time-out, 503) send exactly the same again.",
        ),
        callers=_SENDERS,
        sessions=False,
        parameters=(_PREFER,),
        body=_BODY,
        body_says=_BODY_SAYS,
        answers=(
            Answer(
                status=201,
                says=Sentence(
                    "Registrado, com as observações que houver (com `Prefer: wait`). Uma repetição recebe "
                    "o mesmo.",
                    "Registered, with remarks, if any (with `Prefer: wait`). A repeat gets the same.",
                ),
                content={
                    JSON_TYPE: Content(type=RegisteredReceipt, examples={"registered": _REGISTERED}),
                },
                headers=(
                    Header(
                        name="Location",
                        says=Sentence("O endereço do recibo.", "The receipt's address."),
                        always=True,
                    ),
                    Header(
                        name="Preference-Applied",
                        says=Sentence("A espera que valeu.", "The wait that was applied."),
                        always=True,
                    ),
                ),
            ),
            Answer(
                status=202,
                says=Sentence(
                    "Aceito: um recibo, ou um por evento do lote, na ordem enviada.",
                    "Accepted: a receipt, or one for each event of the batch, in the order sent.",
                ),
                content={
                    JSON_TYPE: Content(
                        type=(Receipt, Receipts),
                        examples={"accepted": examples.RECEIPT, "batch": {"receipts": [examples.RECEIPT]}},
                    ),
                },
                headers=(_APPLIED,),
            ),
        ),
        problems=(*_REFUSED, Conflict, OutcomeUnknown),
    ),
    Operation(
        id="validateNotices",
        method="POST",
        path="/v1/notices/validate",
        tag="notices",
        summary=Sentence("Conferir sem enviar", "Check without sending"),
        says=Sentence(
            "Os mesmos erros que o envio daria, ou os protocolos que os avisos teriam. Nada é enviado.",
            "The same errors that sending would give, or the protocols that the notices would get. Nothing "
            "is sent.",
        ),
        callers=_SENDERS,
        sessions=False,
        body=_BODY,
        body_says=_BODY_SAYS,
        answers=(
            answered_in_json(
                Validated,
                Sentence("Tudo em ordem.", "All is well."),
                example={"protocols": [examples.PROTOCOL], "valid": True},
            ),
        ),
        problems=_REFUSED,
    ),
    Operation(
        id="getMe",
        method="GET",
        path="/v1/me",
        tag="notices",
        summary=Sentence("O que a chave pode", "What the key may do"),
        says=Sentence(
            "Por quais membros a chave fala, com quais fatos e até quando; os seus limites e o ambiente. "
            "`facts` null: todos os que um membro pode enviar.",
            "The members that the key speaks for, with which facts and until when; its limits and its "
            "environment. "
            "`facts` null: all that a member may tell.",
        ),
        callers=_SENDERS,
        sessions=False,
        answers=(
            answered_in_json(
                Me,
                Sentence("A chave, como a rede a conhece.", "The key, as the network knows it."),
                example={
                    "key": "k7q2mzx4c5td",
                    "role": "member",
                    "member": examples.MEMBER,
                    "environment": "test",
                    "speaks_for": [{"member": examples.MEMBER, "facts": None, "until": None}],
                    "limits": {"requests_per_second": 100, "events_per_second": 1000},
                },
            ),
        ),
        problems=(*KEY_NEEDED, TooManyRequests),
    ),
)
