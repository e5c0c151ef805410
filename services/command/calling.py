"""Calling the services over HTTP, and showing the problems that they answer."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec

from services.command.failure import Failure
from services.command.output import as_table, errors
from shared.tls import explained, trust_of

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 45.0  # longer than the longest `Prefer: wait`


class Refused(Failure):
    """A service answered with a problem."""

    def __init__(self, status: int, problem: Mapping[str, Any], retry_after_seconds: float | None) -> None:
        sentence = str(problem.get("detail") or problem.get("title") or f"HTTP {status}")
        code = str(problem.get("code", status))
        super().__init__(f"{sentence} ({code})", f"HTTP {status} {code}")
        self.status = status
        self.errors: list[Mapping[str, Any]] = list(problem.get("errors") or [])
        self.retry_after_seconds = retry_after_seconds

    def show_errors(self) -> None:
        """Each fault of what was sent, on standard error."""
        if not self.errors:
            return
        as_table(
            ("#", "onde · where", "código · code", "o quê · what"),
            (
                (error.get("index"), error.get("pointer"), error.get("code"), _with_allowed(error))
                for error in self.errors
            ),
            to=errors,
        )


def _with_allowed(error: Mapping[str, Any]) -> str:
    allowed = error.get("allowed")
    detail = str(error.get("detail", ""))
    return f"{detail} [{', '.join(map(str, allowed))}]" if allowed else detail


def language() -> str:
    """The Accept-Language of this terminal: English only for those whose locale says so."""
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "en" if spoken.startswith("en") else "pt-BR"


@asynccontextmanager
async def calling(
    key: str | None, *, answer_seconds: float = ANSWER_SECONDS
) -> AsyncIterator[aiohttp.ClientSession]:
    """An HTTP session that speaks with *key* (None: anonymous), patient for *answer_seconds*."""
    headers = {"Accept-Language": language(), "User-Agent": "malha"}
    if key is not None:
        headers["Authorization"] = f"Bearer {key}"
    timeout = aiohttp.ClientTimeout(total=answer_seconds, sock_connect=CONNECT_SECONDS)
    connector = aiohttp.TCPConnector(ssl=trust_of(os.environ.get("MALHA_TLS_CA")))
    async with aiohttp.ClientSession(headers=headers, timeout=timeout, connector=connector) as http:
        yield http


async def ask(
    http: aiohttp.ClientSession,
    method: str,
    url: str,
    *,
    params: Mapping[str, str] | None = None,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> tuple[int, Any]:
    """The status and JSON of an answer; Refused for a problem, Failure when nobody answers."""
    try:
        async with http.request(method, url, params=params, data=body, headers=headers) as answer:
            content = await answer.read()
            if not answer.ok:
                raise refusal(answer, content)
            return answer.status, msgspec.json.decode(content)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise unreachable(url, error) from None
    except msgspec.DecodeError:
        raise Failure(f"{url} não respondeu em JSON.", f"{url} did not answer in JSON.") from None


def refusal(answer: aiohttp.ClientResponse, content: bytes) -> Refused:
    """The problem that *answer* carries."""
    try:
        problem = msgspec.json.decode(content, type=dict[str, Any])
    except msgspec.DecodeError:
        problem = {}
    try:
        retry_after = float(answer.headers["Retry-After"])
    except (KeyError, ValueError):
        retry_after = None
    return Refused(answer.status, problem, retry_after)


def unreachable(url: str, error: Exception) -> Failure:
    """Nobody answered at *url*."""
    why = explained(error) or str(error) or type(error).__name__
    return Failure(f"{url} não responde: {why}.", f"{url} does not answer: {why}.")
