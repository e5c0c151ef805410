"""What a column may tell, and how people call it. Pure; a name that is missing is one more line here."""

from typing import Final, NamedTuple

from shared.notices.sentences import Sentence


class Field(NamedTuple):
    """Something that a column may tell. Several columns may tell it together only where it is *many*."""

    name: str
    meaning: Sentence
    titles: tuple[str, ...]
    many: bool = False


def _field(name: str, pt: str, en: str, titles: str, *, many: bool = False) -> Field:
    return Field(name, Sentence(pt, en), tuple(title.strip() for title in titles.split("|")), many)


FIELDS: Final[dict[str, Field]] = {
    field.name: field
    for field in (
        _field(
            "subject",
            "número do processo",
            "process number",
            "numero sei|num sei|n sei|no sei|sei|processo sei|numero processo sei|processo|numero processo"
            "|num processo|n processo|no processo|numero do processo|processo administrativo|processo n"
            "|protocolo sei|subject|process number|identificador|id|codigo|cod|codigo do acordo|referencia"
            "|id acordo|numero interno|controle|id do acordo|reference|process|n do processo sei",
        ),
        _field(
            "number",
            "número do termo",
            "number of the instrument",
            "numero termo|num termo|n termo|no termo|termo|numero do termo|termo n|numero acordo|numero do acordo"
            "|n acordo|no acordo|num acordo|acordo n|acordo|numero instrumento|numero do instrumento"
            "|n instrumento|numero convenio|numero do convenio|n convenio|convenio n|numero|num|nr|agreement number"
            "|numero ano|n ano|numero contrato|contrato|numero do contrato|n do termo|n do acordo|n do instrumento",
        ),
        _field("year", "ano do termo", "year of the instrument", "ano|year|exercicio|ano termo|ano do termo"
               "|ano acordo|ano do acordo|ano celebracao|ano de celebracao|ano assinatura|ano de assinatura"),
        _field(
            "member",
            "município ou membro da rede",
            "municipality or member of the network",
            "municipio|cidade|nome municipio|nome do municipio|municipio mg|municipio mineiro|cidade mineira"
            "|membro|member|municipality|ibge|codigo ibge|cod ibge|codigo do municipio|cod municipio|ibge code"
            "|prefeitura|ente|ente federado|ente federativo|ente subnacional|municipio signatario"
            "|municipio de minas|cidade de minas|municipio interessado|municipio brasileiro|cidade brasileira"
            "|codigo municipio ibge|geocodigo|municipio uf|cidade mg|nome da cidade|municipio solicitante"
            "|codigo municipio|cd municipio|nm municipio|nome cidade",
        ),
        _field(
            "department",
            "órgão responsável",
            "department in charge",
            "orgao acordo|orgao do acordo|orgao|orgao responsavel|secretaria|secretaria responsavel|setor"
            "|setor responsavel|unidade|unidade responsavel|departamento|department|orgao estadual"
            "|orgao entidade|orgao gestor|area responsavel|orgao celebrante|orgao signatario|area|gestor"
            "|unidade gestora|orgao municipal|secretaria gestora|orgao proponente|entidade",
        ),
        _field(
            "partner",
            "parceiro",
            "partner",
            "parceiro acordo|parceiro do acordo|parceiro|parceiros|parceria|parceira|partner|partners|partner name"
            "|nome parceiro|nome do parceiro|nome da parceira|parte|outra parte|contraparte|parceiro estrangeiro"
            "|parceiro internacional|parceria com|entidade parceira|instituicao parceira|instituicao estrangeira"
            "|instituicao|conveniado|convenente|cooperante|cidade irma|cidade parceira|cidade estrangeira"
            "|municipio estrangeiro|signatario estrangeiro|organizacao parceira|orgao parceiro|com quem|participes"
            "|participe|partes|partes envolvidas|parceiro externo|ente estrangeiro|governo estrangeiro"
            "|cidade internacional|instituicao internacional|organismo|organismo internacional|acordante"
            "|cidade coirma|parte estrangeira|celebrado com|firmado com|entidade estrangeira|nome da instituicao"
            "|parceiro 1|parceiro 2|parceiro 3|segundo parceiro|outro parceiro|outros parceiros"
            "|demais participes|cidade provincia|cidade regiao|ente parceiro|razao social|rede",
            many=True,
        ),
        _field(
            "partner_kind",
            "tipo do parceiro",
            "kind of partner",
            "tipo parceiro|tipo do parceiro|tipo de parceiro|partner kind|partner type|natureza parceiro"
            "|natureza do parceiro|tipo instituicao|tipo de instituicao|tipo entidade|tipo de entidade"
            "|natureza juridica|categoria do parceiro|tipo da instituicao|kind|tipo de organizacao",
        ),
        _field(
            "country",
            "país do parceiro",
            "country of the partner",
            "pais|pais parceiro|pais do parceiro|partner country|country|nacao|pais de origem|pais origem"
            "|paises|pais estrangeiro|pais da instituicao|pais contraparte|nacionalidade|pais da cidade irma",
        ),
        _field(
            "place",
            "lugar do parceiro",
            "place of the partner",
            "local|localidade|cidade do parceiro|cidade parceiro|place|cidade sede|sede|local do parceiro"
            "|partner place|provincia|estado provincia|provincia estado",
        ),
        _field(
            "title",
            "título",
            "title",
            "titulo|title|nome|nome acordo|nome do acordo|assunto|denominacao|ementa|titulo do acordo"
            "|nome do instrumento|nome do projeto|projeto|title or object|titulo ou objeto|designacao",
        ),
        _field(
            "object",
            "objeto",
            "object",
            "objeto|object|objetivo|objetivos|finalidade|descricao|objeto do acordo|descricao do objeto"
            "|objeto resumido|resumo|escopo|purpose|description|objeto do termo|objeto convenio|conteudo"
            "|objetivo geral|objeto da parceria|objeto do instrumento|sintese do objeto|resumo do objeto",
        ),
        _field(
            "instrument",
            "tipo de instrumento",
            "kind of instrument",
            "instrumento|tipo|tipo instrumento|tipo de instrumento|tipo do instrumento|tipo acordo|tipo de acordo"
            "|tipo do acordo|instrument|instrument type|modalidade|especie|natureza|natureza do acordo"
            "|tipo de termo|tipo documento|tipo de documento|tipo de parceria|instrumento juridico|forma"
            "|natureza do instrumento|categoria|tipo de ajuste|especie de acordo|type",
        ),
        _field(
            "signed_on",
            "data de assinatura",
            "day of signature",
            "data assinatura|data de assinatura|data da assinatura|dt assinatura|assinatura|assinado em"
            "|data celebracao|data de celebracao|data da celebracao|celebracao|celebrado em|firmado em|signed on"
            "|date signed|signature date|data|data do acordo|data acordo|data de firmatura|data do termo"
            "|data do instrumento|dt celebracao|data de formalizacao|dt assin|data assin|data da lei|data firmado",
        ),
        _field(
            "effective_on",
            "início da vigência",
            "first day in force",
            "inicio vigencia|inicio da vigencia|inicio de vigencia|data inicio vigencia|dt inicio vigencia"
            "|data de inicio|data inicio|inicio|dt inicio|vigencia inicio|vigencia inicial|vigencia de"
            "|inicio da validade|effective on|start date|em vigor desde|entrada em vigor|data de entrada em vigor"
            "|data de inicio da vigencia|data inicial|vigente desde|inicio do prazo|vigencia a partir de|desde"
            "|dt ini vigencia|dt inicial|data inicial vigencia|data do inicio da vigencia|vigencia data inicio",
        ),
        _field(
            "ends_on",
            "fim da vigência",
            "last day in force",
            "fim vigencia|fim da vigencia|fim de vigencia|data fim vigencia|dt fim vigencia|termino vigencia"
            "|termino da vigencia|data termino|data de termino|data fim|fim|termino|vigencia fim|vigencia final"
            "|vigencia ate|validade|valido ate|vencimento|data vencimento|data de vencimento|data final|ends on"
            "|end date|expira em|expiracao|vigencia|prazo|prazo de vigencia|prazo vigencia|encerramento"
            "|data de encerramento|data de validade|ate|dt termino|dt final|data final vigencia|dt vencimento"
            "|data do fim da vigencia|data de fim|data do termino|termino do prazo|data encerramento|dt fim",
        ),
        _field(
            "situation",
            "situação",
            "situation",
            "situacao|status|estado atual|situacao atual|situacao acordo|situacao do acordo|state|andamento"
            "|fase|situacao do instrumento|status do acordo|situacao vigencia|estado do acordo|etapa|situacao termo",
        ),
        _field(
            "ended_on",
            "dia da rescisão ou do encerramento",
            "day on which it was ended",
            "data rescisao|data de rescisao|data da rescisao|rescindido em|dt rescisao|data denuncia"
            "|data da denuncia|data do distrato|data de distrato|rescisao|distrato|denuncia|encerrado em"
            "|data de conclusao|data da conclusao|concluido em|data do encerramento",
        ),
        _field(
            "link",
            "endereço do documento",
            "address of the document",
            "link documento|link do documento|link|url|links|documento|endereco documento|link sei|link acesso"
            "|link para o documento|arquivo|anexo|document|document url|hiperlink|link do acordo|link do termo"
            "|site|endereco eletronico|link da publicacao|link integra|integra|inteiro teor|pdf|link pdf",
            many=True,
        ),
        _field(
            "document_number",
            "número do documento",
            "number of the document",
            "numero documento|numero do documento|n documento|num documento|documento sei|numero documento sei"
            "|n doc|numero doc|doc sei|id documento|documento n|codigo do documento|documento numero",
        ),
        _field("themes", "temas", "themes", "tema|temas|theme|themes|area tematica|areas tematicas|eixo"
               "|eixo tematico|assuntos|area de atuacao|area de cooperacao|areas de cooperacao|setor tematico", many=True),
        _field("sdgs", "objetivos de desenvolvimento sustentável", "sustainable development goals",
               "ods|sdg|sdgs|objetivos de desenvolvimento sustentavel|ods relacionados|ods vinculados|ods onu", many=True),
        _field("objectives", "metas", "objectives", "metas|meta|resultados esperados|objectives|objetivos especificos"
               "|indicadores|entregas"),
        _field("amount", "valor", "amount", "valor|valor total|valor global|valor do acordo|montante|amount|recursos"
               "|valor r|valor us|valor do contrato|valor estimado|valor do emprestimo|valor em reais|valor total r"
               "|valor financeiro|valor do convenio|recurso financeiro|aporte"),
        _field("currency", "moeda", "currency", "moeda|currency|moeda do valor"),
        _field("renewal", "renovação", "renewal", "renovacao|prorrogacao|renewal|renovavel|prorrogavel|renovacao automatica"
               "|forma de renovacao"),
        _field("visibility", "quem pode ver", "who may see it", "visibilidade|visibility|sigilo|acesso|restricao|publicidade"),
        _field("basis", "base", "basis", "base|basis|base legal do acordo|lateralidade"),
        _field("signatory", "quem assinou (cargo)", "who signed (office)", "signatario|signatarios|assinado por|cargo"
               "|cargo do signatario|autoridade signatoria|signatory|representante|assinante"),
        _field("parent", "acordo principal", "main agreement", "acordo principal|termo principal|processo principal|parent"
               "|acordo original|termo original|instrumento principal|instrumento original|acordo de origem|vinculado a"),
        _field("gazette", "publicação", "publication", "publicacao|data publicacao|data da publicacao|data de publicacao"
               "|dt publicacao|diario oficial|publicado em|publicacao diario oficial|doe|dou|gazette|publicacao no doe"
               "|publicacao no diario oficial"),
        _field("source", "fonte", "source", "fonte|source|fonte da informacao|origem da informacao|fonte dos dados"),
        _field("confidence", "confiança", "confidence", "confianca|confidence|grau de confianca|confiabilidade"),
        _field("protocol", "protocolo da Malha", "Malha's protocol", "protocolo|protocol|protocolo malha|numero de protocolo"
               "|protocolo mg"),
        _field("sent", "situação do envio", "what became of it", "situacao envio|situacao do envio"),
        _field("remark", "observação", "remark", "observacao|observacoes|obs|notas|nota|comentario|comentarios|remarks|notes"),
    )
}  # fmt: skip

IGNORED: Final = frozenset({"sent", "remark", "document_number"})
"""Understood, and told to nobody: what is ours already, or meant for colleagues alone."""
