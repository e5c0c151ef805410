"""What may go wrong for a caller, as problem details (RFC 9457): one class for each thing to act on."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, ClassVar

import msgspec
import structlog
from aiohttp import web

from shared.notices.findings import MOST_FINDINGS, FieldError, InvalidEvents
from shared.notices.sentences import Language, Sentence

log = structlog.get_logger(__name__)

_TAGS: dict[Language, str] = {"pt": "pt-BR", "en": "en"}
_RETRY_SECONDS = 5


class Problem(Exception):  # noqa: N818 - RFC 9457 calls it a problem
    """An answer that is not the one asked for, ready to be rendered in the caller's language."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    title: ClassVar[Sentence] = Sentence("Erro interno", "Internal error")
    default_detail: ClassVar[Sentence] = Sentence(
        "Algo falhou do nosso lado. Tente de novo; se continuar, avise a coordenação.",
        "Something failed on our side. Try again; if it goes on, tell the coordination.",
    )

    def __init__(
        self,
        detail: Sentence | None = None,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self.detail = detail or self.default_detail
        self.errors = list(errors)[:MOST_FINDINGS]
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})
        super().__init__(f"{self.status} {self.code}")

    def body(self, language: Language) -> dict[str, Any]:
        """The members of the problem document, in *language*."""
        told: dict[str, Any] = {
            "type": f"/problems/{self.code}",
            "title": self.title.in_language(language),
            "status": self.status,
            "detail": self.detail.in_language(language),
            "code": self.code,
            **self.extra,
        }
        if self.errors:
            told["errors"] = [error.shown(language) for error in self.errors]
        return told

    def response(self, language: Language) -> web.Response:
        """The problem as ``application/problem+json``."""
        return web.Response(
            body=msgspec.json.encode(self.body(language)),
            status=self.status,
            headers={
                "Content-Type": "application/problem+json",
                "Content-Language": _TAGS[language],
                "Cache-Control": "no-store",
                "Vary": "Accept-Language",
                **self.headers,
            },
        )


class _Retryable(Problem):
    """A problem that goes away: the answer says in how many seconds to try again."""

    def __init__(
        self,
        detail: Sentence | None = None,
        *,
        retry_after_seconds: int = _RETRY_SECONDS,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        told = {"Retry-After": str(retry_after_seconds), **(headers or {})}
        super().__init__(detail, errors=errors, headers=told, extra=extra)


class BadJson(Problem):
    """The body cannot be read as JSON, or not in one way only."""

    status = 400
    code = "bad_json"
    title = Sentence("JSON inválido", "Bad JSON")
    default_detail = Sentence(
        "O corpo da requisição não pôde ser lido como JSON.", "The body could not be read as JSON."
    )


class InvalidParameter(Problem):
    """A parameter of the address has a value that means nothing here."""

    status = 400
    code = "invalid_parameter"
    title = Sentence("Parâmetro inválido", "Invalid parameter")

    def __init__(self, name: str, detail: Sentence, allowed: Sequence[Any] | None = None) -> None:
        extra: dict[str, Any] = {"parameter": name}
        if allowed is not None:
            extra["allowed"] = list(allowed)
        super().__init__(detail, extra=extra)


class _Unauthorised(Problem):
    """The caller did not show who it is."""

    status = 401
    challenge: ClassVar[str] = 'Bearer realm="malha"'

    def __init__(self, detail: Sentence | None = None) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": self.challenge})


class MissingKey(_Unauthorised):
    """No key was shown."""

    code = "missing_key"
    title = Sentence("Falta a chave", "No key")
    default_detail = Sentence(
        "Envie a chave no cabeçalho Authorization: Bearer mlh_…",
        "Send your key in the header Authorization: Bearer mlh_…",
    )


class UnknownKey(_Unauthorised):
    """The key that was shown is not a valid one, or no longer."""

    code = "unknown_key"
    title = Sentence("Chave desconhecida", "Unknown key")
    challenge = 'Bearer realm="malha", error="invalid_token"'
    default_detail = Sentence(
        "Esta chave não é válida ou foi revogada.", "This key is not valid or was revoked."
    )


class WrongEnvironment(_Unauthorised):
    """A live key at a test stack, or the other way round."""

    code = "wrong_environment"
    title = Sentence("Chave de outro ambiente", "Key of another environment")
    challenge = 'Bearer realm="malha", error="invalid_token"'
    default_detail = Sentence(
        "Esta chave é de outro ambiente (live ou test). Use a chave deste ambiente.",
        "This key belongs to the other environment (live or test). Use the key of this one.",
    )


class Forbidden(Problem):
    """The caller is known and may not do this."""

    status = 403
    code = "not_allowed"
    title = Sentence("Não permitido", "Not allowed")
    default_detail = Sentence("Seu acesso não permite isto.", "Your access does not allow this.")


class MemberNotAllowed(Forbidden):
    """The key may not speak for this member."""

    code = "member_not_allowed"
    title = Sentence("Membro não permitido", "Member not allowed")
    default_detail = Sentence(
        "Esta chave não pode falar por este membro. Peça a delegação ao próprio membro.",
        "This key may not speak for this member. Ask the member itself for a delegation.",
    )


class FactNotAllowed(Forbidden):
    """The key may speak for the member, but may not tell this fact."""

    code = "fact_not_allowed"
    title = Sentence("Fato não permitido", "Fact not allowed")
    default_detail = Sentence(
        "Esta chave não pode enviar este tipo de fato.", "This key may not send this type of fact."
    )


class SourceReserved(Forbidden):
    """Only the system itself speaks as ``/malha``."""

    code = "source_reserved"
    title = Sentence("Origem reservada", "Reserved source")
    default_detail = Sentence(
        'A origem "/malha" é reservada ao próprio sistema. Use a sua em source.',
        'The source "/malha" is reserved to the system itself. Use your own.',
    )


class NotFound(Problem):
    """There is nothing here, or nothing that this caller may see."""

    status = 404
    code = "not_found"
    title = Sentence("Não encontrado", "Not found")
    default_detail = Sentence("Não há nada neste endereço.", "There is nothing at this address.")


class NotYetKnown(_Retryable):
    """A well-formed protocol that the registry has not met: it may be on its way."""

    status = 404
    code = "not_yet_known"
    title = Sentence("Ainda não conhecido", "Not yet known")
    default_detail = Sentence(
        "O registro ainda não conhece este protocolo. Se o aviso acabou de ser enviado, espere um instante.",
        "The registry does not know this protocol yet. If the notice was just sent, wait a moment.",
    )


class MethodNotAllowed(Problem):
    """The address exists, the method does not belong to it."""

    status = 405
    code = "method_not_allowed"
    title = Sentence("Método não permitido", "Method not allowed")
    default_detail = Sentence(
        "Este endereço não aceita este método.", "This address does not take this method."
    )


class NotAcceptable(Problem):
    """None of the asked media types can be had here."""

    status = 406
    code = "not_acceptable"
    title = Sentence("Formato não disponível", "Not acceptable")
    default_detail = Sentence(
        "Este endereço não responde no formato pedido em Accept.",
        "This address does not answer in the format asked for in Accept.",
    )


class RequestTimeout(Problem):
    """The body did not arrive in time."""

    status = 408
    code = "request_timeout"
    title = Sentence("Tempo esgotado", "Request timeout")
    default_detail = Sentence(
        "O corpo da requisição demorou demais para chegar. Envie de novo.",
        "The body took too long to arrive. Send it again.",
    )


class Conflict(Problem):
    """The same identity is already registered with another content."""

    status = 409
    code = "conflict"
    title = Sentence("Conflito", "Conflict")
    default_detail = Sentence(
        "Já existe um aviso com os mesmos member, source e id e outro conteúdo. O primeiro vale; "
        "para um novo fato, use outro id.",
        "A notice with the same member, source and id is registered with other content. "
        "The first one holds; for a new fact use another id.",
    )


class TooLarge(Problem):
    """The body, or one event in it, is larger than is taken."""

    status = 413
    code = "too_large"
    title = Sentence("Grande demais", "Too large")
    default_detail = Sentence(
        "Um aviso tem no máximo 256 KiB; um lote, 4 MiB.", "A notice has at most 256 KiB; a batch, 4 MiB."
    )


class UnsupportedMediaType(Problem):
    """The body is of a kind that is not read here."""

    status = 415
    code = "unsupported_media_type"
    title = Sentence("Tipo de conteúdo não suportado", "Unsupported media type")
    default_detail = Sentence(
        "Use application/cloudevents+json, application/cloudevents-batch+json ou application/json, em UTF-8.",
        "Use application/cloudevents+json, application/cloudevents-batch+json or application/json, in UTF-8.",
    )


class InvalidNotice(Problem):
    """The notice can be read, and ``errors`` says what is wrong with it."""

    status = 422
    code = "invalid_notice"
    title = Sentence("Aviso com erros", "Invalid notice")
    default_detail = Sentence(
        "Nada foi enviado. Corrija o que está em errors e envie de novo.",
        "Nothing was sent on. Put right what errors names and send again.",
    )


class PersonalDataInIdentifier(InvalidNotice):
    """A person's CPF stands where a reference belongs, and references are public."""

    code = "personal_data_in_identifier"
    title = Sentence("CPF em identificador", "Personal data in an identifier")
    default_detail = Sentence(
        "Há um CPF em id, source ou subject. Identificadores são públicos: use o número do processo.",
        "There is a CPF in id, source or subject. Identifiers are public: use the process number.",
    )


class TooManyRequests(_Retryable):
    """The key sends faster than its rate."""

    status = 429
    code = "too_many_requests"
    title = Sentence("Muitas requisições", "Too many requests")
    default_detail = Sentence(
        "O limite desta chave foi atingido. Espere o tempo de Retry-After e continue.",
        "This key's rate is reached. Wait as long as Retry-After says, then go on.",
    )


class Unavailable(_Retryable):
    """A part that this answer needs is down for the moment."""

    status = 503
    code = "unavailable"
    title = Sentence("Indisponível no momento", "Unavailable for the moment")
    default_detail = Sentence(
        "Uma parte do sistema está fora do ar. Tente de novo em instantes.",
        "A part of the system is down. Try again in a moment.",
    )


class OutcomeUnknown(_Retryable):
    """The broker did not confirm in time: the notice may have arrived or not. Send the same again."""

    status = 503
    code = "outcome_unknown"
    title = Sentence("Resultado desconhecido", "Outcome unknown")
    default_detail = Sentence(
        "O recebimento não pôde ser confirmado. Envie exatamente o mesmo de novo: a repetição não duplica.",
        "The arrival could not be confirmed. Send exactly the same again: a repeat is never counted twice.",
    )


class _Refused(Problem):
    """An error that the HTTP library itself answered, of no kind of its own here."""

    code = "request_refused"
    title = Sentence("Requisição recusada", "Request refused")
    default_detail = Sentence("A requisição não pôde ser atendida.", "The request could not be served.")

    def __init__(self, status: int) -> None:
        self.http_status = status
        super().__init__()

    def body(self, language: Language) -> dict[str, Any]:
        return {**super().body(language), "status": self.http_status}

    def response(self, language: Language) -> web.Response:
        answer = super().response(language)
        answer.set_status(self.http_status)
        return answer


_OF_STATUS: dict[int, type[Problem]] = {
    kind.status: kind
    for kind in (NotFound, MethodNotAllowed, NotAcceptable, RequestTimeout, TooLarge, UnsupportedMediaType)
}


def problem_of(invalid: InvalidEvents) -> Problem:
    """The problem to answer with when the door found a request's events *invalid*."""
    if invalid.status == UnsupportedMediaType.status:
        return UnsupportedMediaType(errors=invalid.errors)
    if invalid.status == BadJson.status:
        return BadJson(errors=invalid.errors)
    if any(error.code == PersonalDataInIdentifier.code for error in invalid.errors):
        return PersonalDataInIdentifier(errors=invalid.errors)
    return InvalidNotice(errors=invalid.errors)


def language_of(request: web.BaseRequest) -> Language:
    """The caller's language, by ``Accept-Language`` (RFC 9110, section 12.5.4); Portuguese by default."""
    best: Language = "pt"
    best_weight = 0.0
    for choice in ",".join(request.headers.getall("Accept-Language", [])).split(","):
        tag, _, parameter = choice.partition(";")
        name = tag.strip().lower().partition("-")[0]
        weight = _weight(parameter)
        if name in {"pt", "en"} and weight > best_weight:
            best = "en" if name == "en" else "pt"
            best_weight = weight
    return best


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


@web.middleware
async def problem_middleware(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Render every error as a problem in the caller's language; what nobody foresaw is logged, not told."""
    try:
        return await handler(request)
    except Problem as problem:
        return problem.response(language_of(request))
    except InvalidEvents as invalid:
        return problem_of(invalid).response(language_of(request))
    except web.HTTPException as answer:
        if answer.status < web.HTTPBadRequest.status_code:
            raise
        return _library_problem(answer).response(language_of(request))
    except ConnectionError:
        raise
    except Exception:
        log.exception("request_failed", method=request.method, path=request.path)
        return Problem().response(language_of(request))


def _library_problem(answer: web.HTTPException) -> Problem:
    kind = _OF_STATUS.get(answer.status)
    problem = _Refused(answer.status) if kind is None else kind()
    if "Allow" in answer.headers:
        problem.headers["Allow"] = answer.headers["Allow"]
    return problem
