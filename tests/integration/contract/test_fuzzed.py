"""The running services against their document: whatever is asked, the answer is one that it names."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from tests.support.by_document import asked_by_document
from tests.support.whole import ROLES, Whole

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
)
ENDLESS = "/v1/stream"
LONG = ("/v1/notices", "/v1/notices/validate", "/v1/imports")
"""Of these each body has so many parts, or costs so much, that their limits are left to unit tests."""
EXAMPLES = "--max-examples=12"
SECONDS = 1800
AT_ONCE = 2
SEED = os.environ.get("MALHA_TEST_SEED", "853")
BRIEFLY = "--phases=examples,fuzzing"
TO_EVERY_LIMIT = "--phases=examples,coverage,fuzzing"
REST = tuple(f"--exclude-path={path}" for path in (*LONG, ENDLESS))
THESE = tuple(f"--include-path={path}" for path in LONG)
ROUNDS = (
    *((asker, (BRIEFLY, *THESE)) for asker in ROLES),
    *((asker, (TO_EVERY_LIMIT, *REST)) for asker in ("anonymous", "coordination")),
    *((asker, (BRIEFLY, *REST)) for asker in ("member", "office")),
)
"""Who asks what: member and office may do a part of what the coordination may."""


async def fuzz(
    whole: Whole, asker: str, which: Sequence[str], turn: asyncio.Semaphore, folder: Path
) -> str | None:
    """What schemathesis found when it asked as *asker*; None if nothing. It keeps its notes in *folder*."""
    async with turn:
        said = await asked_by_document(
            whole.url,
            folder,
            *(f"--header={name}: {value}" for name, value in whole.headers(asker).items()),
            *which,
            f"--checks={','.join(CHECKS)}",
            EXAMPLES,
            f"--seed={SEED}",
            "--request-timeout=120",
        )
    return f"as {asker}:\n{said}" if said else None


async def test_every_answer_is_one_that_the_document_names(whole: Whole, tmp_path: Path) -> None:
    """Status, media type, headers and body, for who has no key and for each role, and never a 5xx of ours."""
    turn = asyncio.Semaphore(AT_ONCE)
    async with asyncio.timeout(SECONDS):
        found = await asyncio.gather(*(fuzz(whole, asker, which, turn, tmp_path) for asker, which in ROUNDS))
    assert not any(found), "\n\n".join(each for each in found if each is not None)
