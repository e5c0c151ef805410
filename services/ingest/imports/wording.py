"""What is said about the rows of a sheet, to a clerk. Pure."""

from typing import Final

from shared.notices.sentences import Sentence

MEMBER_MISSING: Final = Sentence(
    "Falta dizer de que município (ou membro da rede) é este acordo.",
    "Whose agreement this is (which municipality or member) is missing.",
)
MEMBER_UNCLEAR: Final = Sentence(
    "Não reconheci este município. Escolha o certo, ou escreva o nome ou o código do IBGE.",
    "This municipality was not recognised. Choose the right one, or write its name or IBGE code.",
)
SUBJECT_SHARED: Final = Sentence(
    "Este número está em mais de uma linha. Se são acordos diferentes, cada um precisa de uma "
    "referência própria.",
    "This number stands on several rows. If they are different agreements each needs a reference of its own.",
)
EXCEL_LOST_DIGITS: Final = Sentence(
    "O Excel encurtou este número (notação científica). Escreva-o inteiro, como texto.",
    "Excel shortened this number (scientific notation). Write it in full, as text.",
)
RENUMBERED: Final = Sentence(
    "Esta linha já foi enviada ({protocol}) com outro número ou de outro membro. Com este, será "
    "outro acordo.",
    "This row was sent before ({protocol}) under another number or member. Under this one it will be "
    "another agreement.",
)
INSTRUMENT_UNKNOWN: Final = Sentence(
    "Que tipo de instrumento é este? OUT significa “outro” ou “não sei”.",
    "Which kind of instrument is this? OUT means “other” or “not known”.",
)
PARTNER_MISSING: Final = Sentence("Falta o parceiro.", "The partner is missing.")
PARTNER_UNCLEAR: Final = Sentence(
    "De que tipo é este parceiro e de que país? Responda no formato: Nome (tipo, país), por exemplo "
    "“Porto (city, PT)”.",
    "Of which kind is this partner, and of which country? Answer as: Name (kind, country), such as "
    "“Porto (city, PT)”.",
)
COUNTRY_UNCLEAR: Final = Sentence(
    "Não reconheci o país “{country}”. Responda no formato: Nome (tipo, país), por exemplo "
    "“Porto (city, PT)”.",
    "The country “{country}” was not recognised. Answer as: Name (kind, country), such as "
    "“Porto (city, PT)”.",
)
PARTNERS_UNCLEAR: Final = Sentence(
    "É um parceiro ou são vários? Separe-os com ponto e vírgula: “Torino (city, IT); Milano (city, IT)”.",
    "Is this one partner, or are they several? Divide them by semicolons: “Torino (city, IT); Milano "
    "(city, IT)”.",
)
TITLE_MISSING: Final = Sentence(
    "Falta um título ou o objeto do acordo.", "A title or the agreement's object is missing."
)
AMOUNT_UNCLEAR: Final = Sentence(
    "Qual é o valor, e em que moeda? Por exemplo: BRL 1234.56.",
    "What is the amount, and in which currency? For example: BRL 1234.56.",
)
THEME_UNCLEAR: Final = Sentence("Qual destes temas?", "Which of these themes?")
DATE_UNCLEAR: Final = Sentence(
    "Esta data pode ser lida de mais de um modo, ou de nenhum. Escreva-a como AAAA-MM-DD, ou só o "
    "mês ou o ano.",
    "This date can be read in several ways, or in none. Write it as YYYY-MM-DD, or the month or the "
    "year alone.",
)
AHEAD: Final = Sentence("Uma data futura precisa do dia.", "A date to come is told to the day.")
ENDS_BEFORE: Final = Sentence(
    "O fim vem antes do início. Qual é o fim?", "The end comes before the beginning. What is the end?"
)
TERM_NEEDS_A_START: Final = Sentence(
    "Este prazo não tem um início de que se possa contar. Qual é o último dia?",
    "This term has no beginning to be counted from. What is its last day?",
)
SITUATION_UNKNOWN: Final = Sentence(
    "O que significa esta situação? Um fim precisa do dia: “Encerrado em 2023-05-30”.",
    "What does this situation mean? An end needs its day: “Encerrado em 2023-05-30”.",
)
END_NEEDS_A_DAY: Final = Sentence(
    "Falta o dia do fim. Responda, por exemplo, “Rescindido em 2023-05-30”; ou “-” para registrar "
    "sem informar o fim.",
    "The day of the end is missing. Answer “Rescindido em 2023-05-30”, for example; or “-” to "
    "register without the end.",
)
SUSPENDED_NEEDS_A_DAY: Final = Sentence(
    "Falta o dia da suspensão. Responda, por exemplo, “Suspenso em 2023-05-30”; ou “-” para não a informar.",
    "The day of the suspension is missing. Answer “Suspenso em 2023-05-30”, for example; or “-” to "
    "leave it untold.",
)
OPEN_BUT_OVER: Final = Sentence(
    "A linha diz que está vigente, mas o prazo acabou. Corrija a data, ou confirme a situação.",
    "The row says that it is in force, but its term is over. Correct the date, or confirm the situation.",
)
VOID_IS_NOT_TOLD: Final = Sentence(
    "Só a coordenação anula um registro. Com “-” o acordo é registrado sem esta informação.",
    "Only the coordination voids a record. With “-” the agreement is registered without this information.",
)
REPEATED_ROW: Final = Sentence(
    "Esta linha repete a linha {row}: é enviada uma só vez.", "This row repeats row {row}: it is sent once."
)
NOT_ALLOWED: Final = {
    "member_not_allowed": Sentence(
        "Sua chave não pode falar por este membro.", "Your key may not speak for this member."
    ),
    "fact_not_allowed": Sentence(
        "Sua chave não pode informar isto por este membro: quem informa o fim de um acordo é o "
        "próprio membro. "
        "Deixe a situação em branco ou responda “-”.",
        "Your key may not tell this for this member: the end of an agreement is told by the member itself. "
        "Leave the situation blank or answer “-”.",
    ),
    "source_reserved": Sentence("Origem reservada.", "Reserved source."),
}

# About the file as a whole.

EMPTY: Final = Sentence("O arquivo está vazio.", "The file is empty.")
NOT_A_SHEET: Final = Sentence(
    "Isto não é uma planilha que se possa ler. Salve como CSV ou XLSX e envie de novo.",
    "This is no spreadsheet that can be read. Save it as CSV or XLSX and send it again.",
)
ANOTHER_KIND: Final = Sentence(
    "Isto é um arquivo {kind}, não uma planilha. Salve como CSV ou XLSX e envie de novo.",
    "This is a {kind} file, no spreadsheet. Save it as CSV or XLSX and send it again.",
)
PROTECTED: Final = Sentence(
    "A planilha está protegida por senha. Salve uma cópia sem senha e envie de novo.",
    "The workbook is protected by a password. Save a copy without one and send it again.",
)
TOO_MANY_ROWS: Final = Sentence(
    "A planilha tem mais de 50.000 linhas. Divida-a em arquivos menores.",
    "The sheet has more than 50,000 rows. Divide it into smaller files.",
)
TOO_WIDE: Final = Sentence(
    "A planilha tem mais de 200 colunas. Deixe só as que interessam.",
    "The sheet has more than 200 columns. Keep only those that matter.",
)
TOO_LARGE_INSIDE: Final = Sentence(
    "A planilha, descompactada, é grande demais. Copie só os dados para uma planilha nova.",
    "The workbook, unpacked, is too large. Copy the data alone to a new one.",
)
NO_HEADER: Final = Sentence(
    "Não reconheci a linha de títulos: é preciso ao menos uma coluna do parceiro e uma que diga o que é o "
    "acordo (título, objeto, instrumento ou número). Corrija os títulos, ou diga na parte mapping qual "
    "coluna é qual.",
    "No header row was recognised: there must be a column for the partner and one that says what the "
    "agreement is (title, object, instrument or number). Correct the titles, or say in the part mapping "
    "which column is which.",
)
NO_ROWS: Final = Sentence(
    "A planilha tem títulos, mas nenhuma linha de dados.", "The sheet has a header and no rows below it."
)
UNKNOWN_COLUMN: Final = Sentence("A planilha não tem esta coluna.", "The sheet has no such column.")
UNKNOWN_FIELD: Final = Sentence("Este campo não existe.", "There is no such field.")
