"""The texts that payloads are made of, each with its limit in characters."""

from typing import Annotated

from msgspec import Meta

from shared.notices.texts import formed

NOT_BLANK = r"\S"

Code = Annotated[str, Meta(pattern=NOT_BLANK, max_length=60)]
Short = Annotated[str, Meta(pattern=NOT_BLANK, max_length=200)]
Title = Annotated[str, Meta(pattern=NOT_BLANK, max_length=500)]
Prose = Annotated[str, Meta(pattern=NOT_BLANK, max_length=5_000)]
Subject = Annotated[str, Meta(pattern=NOT_BLANK, max_length=200)]
# One [^\s/] and not several: two greedy runs over the same letters would be tried in every combination.
Address = Annotated[str, formed(r"https?://[^\s/]\S*", 2_000, "https://www.cidade.mg.gov.br/acordo.pdf")]
ProtocolNumber = Annotated[str, formed(r"MG-[0-9A-HJKMNP-TV-Z]{13}", 16, "MG-7FJRXBPMCRCB7")]
Sha256 = Annotated[
    str, formed(r"[0-9a-f]{64}", 64, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
]
WikidataId = Annotated[str, formed(r"Q[1-9][0-9]{0,11}", 13, "Q36433")]
LanguageTag = Annotated[str, formed(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", 35, "pt-BR")]
Decimal = Annotated[str, formed(r"[0-9]{1,18}(\.[0-9]{1,6})?", 25, "1250000.00")]
Email = Annotated[str, formed(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+", 254, "convenios@cidade.mg.gov.br")]
Phone = Annotated[str, formed(r"\+?[0-9][0-9 ().-]{6,28}[0-9]", 31, "+55 31 3277-0000")]
Digest = Annotated[str, formed(r"[A-Za-z0-9_-]{43}", 43, "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU")]
