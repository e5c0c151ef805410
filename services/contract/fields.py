"""What the fields of a notice's data are, in words; a field that is not here speaks for itself."""

from collections.abc import Mapping
from typing import Any, Final

from shared.notices.sentences import Sentence, in_line

WORDS: Final[Mapping[str, Sentence]] = {
    "amounts": Sentence("valores, cada um com a sua moeda", "amounts, each with its currency"),
    "answer_by": Sentence("até quando se espera a resposta", "until when an answer is expected"),
    "as_of": Sentence("o dia a que se refere", "the day that it is about"),
    "basis": Sentence("a base: bilateral, multilateral ou lei unilateral", "what it rests on"),
    "body": Sentence("o órgão federal", "the federal body"),
    "by": Sentence("o assunto (subject) do acordo que o sucede", "the subject of the one that succeeds it"),
    "changes": Sentence("campo do acordo e o novo valor; null apaga", "field: new value; null clears"),
    "confidence": Sentence("quão certa é a fonte", "how sure the source is"),
    "country": Sentence("país com duas letras (ISO 3166-1)", "country in two letters (ISO 3166-1)"),
    "currency": Sentence("moeda com três letras (ISO 4217)", "currency in three letters (ISO 4217)"),
    "date": Sentence("a data da publicação", "the day of publication"),
    "department": Sentence("a secretaria responsável", "the department in charge"),
    "document": Sentence("o documento, pelo resumo ou pelo endereço", "the document, by digest or address"),
    "documents": Sentence("documentos, pelo resumo ou pelo endereço", "documents, by digest or address"),
    "due": Sentence("até quando", "until when"),
    "effective_on": Sentence("desde que dia vale", "from which day it holds"),
    "email": Sentence("do setor, nunca de uma pessoa", "an office's, never a person's"),
    "ends_on": Sentence("o último dia; null: sem prazo", "the last day; null: open-ended"),
    "evidence": Sentence("onde isso consta", "where that is stated"),
    "gate": Sentence("qual etapa", "which gate"),
    "gates": Sentence("parecer, autorização, governo federal", "opinion, authorisation, federal government"),
    "gazette": Sentence("onde foi publicado", "where it was published"),
    "indicator": Sentence("como se vê que foi alcançado", "how one sees that it was reached"),
    "instrument": Sentence("o instrumento; OUT: não sei", "the instrument; OUT: not known"),
    "into": Sentence("o assunto (subject) do acordo que fica", "the subject of the one that stays"),
    "kind": Sentence("o tipo", "the kind"),
    "lang": Sentence("o idioma, como pt-BR", "the language, such as pt-BR"),
    "member": Sentence("outro membro da rede", "another member of the network"),
    "name": Sentence("o nome", "the name"),
    "note": Sentence("uma observação", "a note"),
    "notice": Sentence("o protocolo do aviso", "the protocol of the notice"),
    "object": Sentence("o objeto, em texto corrido", "the object, in prose"),
    "objectives": Sentence("o que se quer alcançar", "what is to be reached"),
    "office": Sentence("o cargo ou o setor", "the office"),
    "parent": Sentence("o assunto (subject) do acordo a que pertence", "the subject that it belongs to"),
    "participants": Sentence("outros membros que o compartilham", "other members that share it"),
    "partners": Sentence("quem está do outro lado", "who stands on the other side"),
    "phone": Sentence("do setor, nunca de uma pessoa", "an office's, never a person's"),
    "place": Sentence("cidade ou região do parceiro", "the partner's city or region"),
    "provenance": Sentence("como se sabe disso", "how it is known"),
    "reason": Sentence("o motivo", "the reason"),
    "renewal": Sentence("se e como se renova", "whether and how it is renewed"),
    "role": Sentence("o papel", "the role"),
    "sdgs": Sentence("Objetivos de Desenvolvimento Sustentável", "Sustainable Development Goals"),
    "sha256": Sentence("o resumo do arquivo em hexadecimal", "the file's digest in hexadecimal"),
    "side": Sentence("por qual das partes", "by which side"),
    "signatories": Sentence("quem assinou, pelo cargo", "who signed, by office"),
    "signed_on": Sentence("o dia da assinatura", "the day of signing"),
    "since": Sentence("desde quando", "since when"),
    "status": Sentence("a situação", "the status"),
    "target": Sentence("a meta", "the target"),
    "text": Sentence("o texto", "the text"),
    "themes": Sentence("os temas", "the themes"),
    "title": Sentence("o título", "the title"),
    "unit": Sentence("a unidade da meta", "the target's unit"),
    "url": Sentence("o endereço", "the address"),
    "value": Sentence("o valor, como texto decimal", "the amount, as a decimal string"),
    "visibility": Sentence("quem pode ver", "who may see it"),
    "wikidata": Sentence("o identificador no Wikidata", "the id in Wikidata"),
}


def describe(components: Mapping[str, Any], names: tuple[str, ...]) -> None:
    """Say in words what the fields of the components *names* are, and of what they are made of."""
    waiting, done = list(names), set[str]()
    while waiting:
        name = waiting.pop()
        if name in done:
            continue
        done.add(name)
        for field, schema in components[name].get("properties", {}).items():
            if field in WORDS:
                schema["description"] = in_line(WORDS[field])
            waiting += [reference.rpartition("/")[2] for reference in _references(schema)]


def _references(schema: Any) -> list[str]:
    if isinstance(schema, list):
        return [found for each in schema for found in _references(each)]
    if not isinstance(schema, dict):
        return []
    own = [schema["$ref"]] if "$ref" in schema else []
    return own + [found for each in schema.values() for found in _references(each)]
