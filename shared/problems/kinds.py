"""One class for each thing that a caller can act on; its docstring says when."""

from collections.abc import Sequence
from typing import Any, ClassVar

from shared.notices.sentences import Sentence
from shared.problems.problem import Passing, Problem


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


class NotYetKnown(Passing):
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


class TooManyRequests(Passing):
    """The key sends faster than its rate."""

    status = 429
    code = "too_many_requests"
    title = Sentence("Muitas requisições", "Too many requests")
    default_detail = Sentence(
        "O limite desta chave foi atingido. Espere o tempo de Retry-After e continue.",
        "This key's rate is reached. Wait as long as Retry-After says, then go on.",
    )


class Unavailable(Passing):
    """A part that this answer needs is down for the moment."""

    status = 503
    code = "unavailable"
    title = Sentence("Indisponível no momento", "Unavailable for the moment")
    default_detail = Sentence(
        "Uma parte do sistema está fora do ar. Tente de novo em instantes.",
        "A part of the system is down. Try again in a moment.",
    )


class OutcomeUnknown(Passing):
    """The broker did not confirm in time: the notice may have arrived or not. Send the same again."""

    status = 503
    code = "outcome_unknown"
    title = Sentence("Resultado desconhecido", "Outcome unknown")
    default_detail = Sentence(
        "O recebimento não pôde ser confirmado. Envie exatamente o mesmo de novo: a repetição não duplica.",
        "The arrival could not be confirmed. Send exactly the same again: a repeat is never counted twice.",
    )
