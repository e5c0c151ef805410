"""The texts that payloads are made of, each with its limit in characters."""

from typing import Annotated

from msgspec import Meta

NOT_BLANK = r"\S"

Code = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Short = Annotated[str, Meta(pattern=NOT_BLANK, max_length=200)]
Title = Annotated[str, Meta(pattern=NOT_BLANK, max_length=500)]
Prose = Annotated[str, Meta(pattern=NOT_BLANK, max_length=5_000)]
Address = Annotated[str, Meta(pattern=r"^https?://[^\s/]+\S*$", max_length=2_000)]
Subject = Annotated[str, Meta(pattern=NOT_BLANK, max_length=200)]
MemberId = Annotated[str, Meta(pattern=r"^(31|[0-9]{7}|org-[a-z0-9]+(-[a-z0-9]+)*)$", max_length=80)]
Protocol = Annotated[str, Meta(pattern=r"^MG-[0-9A-HJKMNP-TV-Z]{13}$")]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
Wikidata = Annotated[str, Meta(pattern=r"^Q[1-9][0-9]{0,11}$")]
LanguageTag = Annotated[str, Meta(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)]
Decimal = Annotated[str, Meta(pattern=r"^[0-9]{1,18}(\.[0-9]{1,6})?$")]
