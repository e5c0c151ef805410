"""The operations about documents: the signed paper itself."""

from typing import Any, Final

from services.registry.http.documents import DigestMismatch, DocumentView, RangeNotSatisfiable
from shared.notices.families.texts import Sha256
from shared.notices.sentences import Sentence
from shared.operations import (
    JSON,
    KEY_NEEDED,
    KEY_PROBLEMS,
    Answer,
    Content,
    Header,
    Operation,
    Parameter,
    Tag,
    examples,
)
from shared.problems import (
    Forbidden,
    InvalidParameter,
    NotFound,
    RequestTimeout,
    TooLarge,
    TooManyRequests,
    UnsupportedMediaType,
)

_KINDS: Final = ("application/pdf", "image/jpeg", "image/png")
_DIGEST: Final = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
_THE_DOCUMENT: Final = Parameter(
    name="sha256",
    place="path",
    type=Sha256,
    required=True,
    example=_DIGEST,
    says=Sentence(
        "O SHA-256 dos bytes do documento, em 64 algarismos hexadecimais minúsculos.",
        "The SHA-256 of the document's bytes, in 64 small hexadecimal digits.",
    ),
)
_EXAMPLE: Final[dict[str, Any]] = {
    "sha256": _DIGEST,
    "media_type": "application/pdf",
    "size": 48213,
    "links": {"self": f"{examples.ORIGIN}/v1/documents/{_DIGEST}"},
}
_BYTES: Final = {kind: Content(schema={}) for kind in _KINDS}
_TAG: Final = Header(name="ETag", says=Sentence("O SHA-256.", "The SHA-256."), always=True)
_RANGE: Final = Header(name="Content-Range", says=Sentence("Qual trecho.", "Which part."), always=True)

TAGS: Final = (
    Tag(
        name="documents",
        title=Sentence("Documentos", "Documents"),
        says=Sentence(
            "O papel assinado, pelo resumo dos seus bytes; um aviso o cita por `sha256`.",
            "The signed paper, by the digest of its bytes; a notice names it by `sha256`.",
        ),
    ),
)

OPERATIONS: Final = (
    Operation(
        id="putDocument",
        method="PUT",
        path="/v1/documents/{sha256}",
        tag="documents",
        summary=Sentence("Guardar um documento", "Keep a document"),
        says=Sentence(
            "PDF, JPEG ou PNG de até 20 MiB; o tipo é conferido pelo conteúdo. Enviar de novo não muda nada.",
            "PDF, JPEG or PNG of up to 20 MiB; its type is checked by its content. Sending again changes "
            "nothing.",
        ),
        callers=("member", "coordination"),
        parameters=(_THE_DOCUMENT,),
        body={**_BYTES, "application/octet-stream": Content(schema={})},
        body_says=Sentence("Os bytes do documento.", "The bytes of the document."),
        answers=(
            Answer(
                says=Sentence("Já estava guardado.", "It was kept already."),
                content={JSON: Content(type=DocumentView, examples={"kept": _EXAMPLE})},
            ),
            Answer(
                status=201,
                says=Sentence("Guardado.", "Kept."),
                content={JSON: Content(type=DocumentView, examples={"kept": _EXAMPLE})},
            ),
        ),
        problems=(
            InvalidParameter,
            *KEY_NEEDED,
            Forbidden,
            RequestTimeout,
            TooLarge,
            UnsupportedMediaType,
            DigestMismatch(
                Sentence(
                    "O SHA-256 do que chegou não é o do endereço. Envie de novo.",
                    "The SHA-256 of what arrived is not the address's. Send it again.",
                ),
                extra={"parameter": "sha256"},
            ),
            TooManyRequests,
        ),
    ),
    Operation(
        id="getDocument",
        method="GET",
        path="/v1/documents/{sha256}",
        tag="documents",
        summary=Sentence("Um documento", "One document"),
        says=Sentence(
            "O documento, como anexo; também um trecho dele (`Range`).",
            "The document, as an attachment; a part of it, too (`Range`).",
        ),
        sees=Sentence(
            "Quem pode ver um acordo que o cita, quem o enviou, o gabinete e a coordenação.",
            "Who may see an agreement that names it, who handed it in, office and coordination.",
        ),
        parameters=(
            _THE_DOCUMENT,
            Parameter(
                name="Range",
                place="header",
                says=Sentence("O trecho, como `bytes=0-1023`.", "The part, such as `bytes=0-1023`."),
            ),
            Parameter(
                name="If-None-Match",
                place="header",
                says=Sentence("O ETag que já se tem.", "The ETag that one has already."),
            ),
        ),
        answers=(
            Answer(
                says=Sentence("O documento.", "The document."),
                content=_BYTES,
                headers=(
                    _TAG,
                    Header(
                        name="Content-Disposition",
                        says=Sentence("Sempre um anexo.", "Always an attachment."),
                        always=True,
                    ),
                ),
            ),
            Answer(
                status=206,
                says=Sentence("O trecho pedido.", "The part asked for."),
                content=_BYTES,
                headers=(_TAG, _RANGE),
            ),
            Answer(status=304, says=Sentence("Não mudou.", "It has not changed."), headers=(_TAG,)),
        ),
        problems=(*KEY_PROBLEMS, NotFound, RangeNotSatisfiable),
    ),
)
