"""What every problem has: a status, a code, and words in the caller's language (RFC 9457)."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import msgspec
from aiohttp import web

from shared.notices.findings import MOST_FINDINGS, FieldError
from shared.notices.sentences import Language, Sentence

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


class Passing(Problem):
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
