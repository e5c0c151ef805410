"""Every fault that the door tells, in words that a town clerk can act on."""

from collections.abc import Iterable, Sequence
from typing import Any

from shared.notices.findings import FieldError, pointer_to
from shared.notices.sentences import Sentence

SENTENCES: dict[str, Sentence] = {
    # the body
    "bad_json": Sentence(
        "O texto não é JSON válido (linha {line}, coluna {column}).",
        "The text is not valid JSON (line {line}, column {column}).",
    ),
    "unreadable": Sentence("O texto não pôde ser lido como JSON.", "The text could not be read as JSON."),
    "not_utf8": Sentence(
        "O texto não está em UTF-8. Salve-o ou envie-o nessa codificação.",
        "The text is not in UTF-8. Save it or send it in that encoding.",
    ),
    "too_deep": Sentence(
        "Há estruturas dentro de estruturas demais (no máximo {most}).",
        "Structures are nested too deeply (at most {most}).",
    ),
    "too_many_parts": Sentence(
        "O evento tem elementos demais (no máximo {most}).", "The event has too many parts (at most {most})."
    ),
    "event_too_large": Sentence("O evento tem mais de {most} KiB.", "The event is larger than {most} KiB."),
    "repeated_name": Sentence(
        "Este nome aparece mais de uma vez no mesmo lugar; só pode haver um.",
        "This name stands more than once in the same place; there can be only one.",
    ),
    "nul_character": Sentence(
        "O texto contém o caractere nulo (U+0000), que não pode ser guardado.",
        "The text holds the NUL character (U+0000), which cannot be kept.",
    ),
    "lone_surrogate": Sentence(
        "O texto contém meio caractere (surrogate isolado): foi cortado ou mal codificado.",
        "The text holds half a character (a lone surrogate): it was cut or badly encoded.",
    ),
    "number_out_of_range": Sentence(
        "Este número é grande demais para ser guardado.", "This number is too large to be kept."
    ),
    "unsupported_media_type": Sentence(
        "Use application/cloudevents+json, application/cloudevents-batch+json ou application/json, em UTF-8.",
        "Use application/cloudevents+json, application/cloudevents-batch+json or application/json, in UTF-8.",
    ),
    "not_an_event": Sentence(
        "Esperava-se um evento: um objeto JSON, entre chaves.",
        "An event was expected: a JSON object, in braces.",
    ),
    "not_a_batch": Sentence(
        "Esperava-se um lote: uma lista JSON de eventos, entre colchetes.",
        "A batch was expected: a JSON list of events, in brackets.",
    ),
    "empty_batch": Sentence("O lote está vazio.", "The batch is empty."),
    "too_many_events": Sentence(
        "O lote tem mais de {most} eventos. Divida-o.",
        "The batch has more than {most} events. Split it.",
    ),
    "identity_repeated": Sentence(
        "Outro evento do lote tem os mesmos member, source e id e conteúdo diferente (o de índice {other}).",
        "Another event of the batch has the same member, source and id and other content (index {other}).",
    ),
    # attributes
    "required": Sentence("Falta este campo, que é obrigatório.", "This field is missing, and is required."),
    "blank": Sentence("Este campo não pode ficar em branco.", "This field cannot be blank."),
    "too_long": Sentence(
        "O texto tem mais de {most} caracteres.", "The text is longer than {most} characters."
    ),
    "control_character": Sentence(
        "Aqui não cabem quebras de linha, tabulações ou outros caracteres de controle.",
        "Line breaks, tabs and other control characters have no place here.",
    ),
    "invalid_percent_encoding": Sentence(
        "O valor do cabeçalho não é UTF-8 codificado com %, como em S%C3%A3o.",
        "The header's value is not percent-encoded UTF-8, as in S%C3%A3o.",
    ),
    "unsupported_specversion": Sentence(
        "A versão do CloudEvents deve ser 1.0.", "The CloudEvents version must be 1.0."
    ),
    "unknown_type": Sentence(
        "Este tipo de aviso não existe. Confira a grafia.",
        "There is no such type of notice. Check its spelling.",
    ),
    "unknown_member": Sentence(
        "Não é um membro da rede: use o código IBGE de 7 dígitos do município mineiro, 31 para o Estado, "
        "ou org-… para uma organização.",
        "Not a member of the network: use the 7-digit IBGE code of a municipality of Minas Gerais, 31 for "
        "the state, or org-… for an organisation.",
    ),
    "personal_data_in_identifier": Sentence(
        "Há um CPF aqui, e identificadores são públicos. Use o número do processo.",
        "There is a CPF here, and identifiers are public. Use the process number.",
    ),
    "subject_required": Sentence(
        "Diga em subject de qual acordo se trata: a mesma referência com que ele foi informado.",
        "Say in subject which agreement this is about: the reference under which it was first told.",
    ),
    "invalid_time": Sentence(
        "Escreva o instante com fuso horário, como 2026-11-21T14:03:07-03:00 (RFC 3339).",
        "Write the instant with its offset, as in 2026-11-21T14:03:07-03:00 (RFC 3339).",
    ),
    "time_ahead": Sentence(
        "O instante está mais de 24 horas no futuro. Confira o relógio e o fuso horário.",
        "The instant is more than 24 hours ahead. Check the clock and the offset.",
    ),
    "unsupported_datacontenttype": Sentence(
        "Os dados devem ser JSON: omita datacontenttype ou use application/json.",
        "The data must be JSON: leave datacontenttype out or use application/json.",
    ),
    "data_base64_not_supported": Sentence(
        "Dados em base64 não são aceitos: envie-os como JSON em data.",
        "Data in base64 are not taken: send them as JSON in data.",
    ),
    "invalid_attribute_name": Sentence(
        "Nomes de atributos do CloudEvents têm só letras minúsculas sem acento e algarismos.",
        "Names of CloudEvents attributes have only lower-case letters a to z and digits.",
    ),
    # data
    "invalid_type": Sentence("Esperava-se {expected}; veio {found}.", "Expected {expected}; found {found}."),
    "unknown_field": Sentence(
        "Este campo não existe aqui. Confira a grafia.", "There is no such field here. Check its spelling."
    ),
    "unknown_code": Sentence(
        "Este código não está na lista; os aceitos estão em allowed.",
        "This code is not in the list; allowed names those that are.",
    ),
    "too_few_items": Sentence("A lista precisa de ao menos {least}.", "The list needs at least {least}."),
    "too_many_items": Sentence("A lista tem mais de {most} itens.", "The list has more than {most} items."),
    "too_short": Sentence(
        "O texto precisa de ao menos {least} caracteres.", "The text needs at least {least} characters."
    ),
    "invalid_format": Sentence(
        "O valor não tem a forma esperada. Por exemplo: {example}.",
        "The value does not have the expected form. For example: {example}.",
    ),
    "malformed": Sentence(
        "O valor não tem a forma que o esquema deste tipo pede (veja /v1/schemas).",
        "The value does not have the form that this type's schema asks for (see /v1/schemas).",
    ),
    "too_small": Sentence("O menor valor aceito é {least}.", "The smallest value taken is {least}."),
    "too_great": Sentence("O maior valor aceito é {most}.", "The greatest value taken is {most}."),
    "country_required": Sentence(
        "Informe o país do parceiro com duas letras, como PT (ISO 3166-1); só redes, bancos, organismos "
        "internacionais e outros podem ficar sem país.",
        "Give the partner's country in two letters, such as PT (ISO 3166-1); only networks, banks, "
        "international organisations and others may be without one.",
    ),
    "nothing_changed": Sentence(
        "Diga ao menos um campo do acordo e o seu novo valor.",
        "Name at least one field of the agreement and its new value.",
    ),
    "invalid_data": Sentence(
        "Os dados não seguem o esquema deste tipo (veja /v1/schemas).",
        "The data do not follow this type's schema (see /v1/schemas).",
    ),
}


def fault(
    path: Sequence[str | int],
    code: str,
    *,
    index: int | None = None,
    allowed: Iterable[Any] | None = None,
    sentence: Sentence | None = None,
    **values: Any,
) -> FieldError:
    """The fault *code* at *path* of the event *index*; its sentence filled in with *values*."""
    detail = SENTENCES[code] if sentence is None else sentence
    return FieldError(
        pointer=pointer_to(path),
        code=code,
        detail=detail.format(**values) if values else detail,
        allowed=None if allowed is None else tuple(allowed),
        index=index,
    )
