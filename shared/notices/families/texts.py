"""The texts that payloads are made of, each with its limit in characters."""

from typing import Annotated

from msgspec import Meta

from shared.notices.texts import END

NOT_BLANK = r"\S"

Code = Annotated[str, Meta(pattern=NOT_BLANK, max_length=60)]
Short = Annotated[str, Meta(pattern=NOT_BLANK, max_length=200)]
Title = Annotated[str, Meta(pattern=NOT_BLANK, max_length=500)]
Prose = Annotated[str, Meta(pattern=NOT_BLANK, max_length=5_000)]
Subject = Annotated[str, Meta(pattern=NOT_BLANK, max_length=200)]
Address = Annotated[str, Meta(pattern=r"^https?://[^\s/]+\S*" + END, max_length=2_000)]
ProtocolNumber = Annotated[str, Meta(pattern=r"^MG-[0-9A-HJKMNP-TV-Z]{13}" + END)]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}" + END)]
WikidataId = Annotated[str, Meta(pattern=r"^Q[1-9][0-9]{0,11}" + END)]
LanguageTag = Annotated[str, Meta(pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*" + END, max_length=35)]
Decimal = Annotated[
    str,
    Meta(pattern=r"^[0-9]{1,18}(\.[0-9]{1,6})?" + END, description="a decimal number as text: 1250000.00"),
]
