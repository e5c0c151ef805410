"""`make words`: what the pages say, looked for in templates and code, and written into the catalogues."""

import io
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import write_po

from shared.web.wording import LOCALE, catalogue

ROOT: Final = Path(__file__).parents[2]
AREAS: Final[Mapping[str, tuple[str, ...]]] = {
    "common": ("shared/web/**/*", "shared/doors.py"),
    "console": ("services/notifier/**/*",),
    "registrar": ("services/ingest/pages/**/*", "services/ingest/templates/**/*"),
    "mail": ("services/registry/mail/**/*", "services/registry/templates/mail/**/*"),
    **{
        area: (f"services/registry/pages/{area}/**/*", f"services/registry/templates/registry/{area}/**/*")
        for area in (
            "agreements",
            "boards",
            "briefing",
            "citizens",
            "entrance",
            "member",
            "operations",
            "places",
        )
    },
}
"""Which files' words stand in which catalogue."""
_OPTIONS: Final = {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}
_KEYWORDS: Final[dict[str, tuple[int, ...] | None]] = {"_": None, "gettext": None, "ngettext": (1, 2)}


def extracted(area: str) -> Catalog:
    """What the files of *area* say, without any translation."""
    found = Catalog(locale="en", project="malha", charset="utf-8", fuzzy=False)
    for pattern in AREAS[area]:
        for file in sorted(ROOT.glob(pattern)):
            if file.is_file() and file.suffix in {".py", ".html"}:
                for message, comments in _said(file):
                    found.add(message, auto_comments=comments)
    return found


def updated(area: str) -> Catalog:
    """The catalogue of *area*, with what is new, without what is no longer said."""
    file = LOCALE / f"{area}.po"
    known = catalogue(file) if file.exists() else Catalog(locale="en", charset="utf-8", fuzzy=False)
    known.update(extracted(area), no_fuzzy_matching=True)
    known.obsolete.clear()
    return known


def untranslated(area: str) -> list[str]:
    """What has no English yet."""
    return [
        str(message.id)
        for message in updated(area)
        if message.id
        and not (message.string if isinstance(message.string, str) else all(message.string or [""]))
    ]


def written(told: Catalog) -> bytes:
    """*told* as its file holds it."""
    stream = io.BytesIO()
    write_po(stream, told, width=110, omit_header=True, no_location=True, sort_output=True)
    return stream.getvalue()


def main() -> int:
    """Write the catalogues; the exit status says whether English is complete."""
    complete = True
    for area in AREAS:
        (LOCALE / f"{area}.po").write_bytes(written(updated(area)))
        for message in untranslated(area):
            complete = False
            print(f"{area}.po: {message}", file=sys.stderr)  # noqa: T201 - a command's answer
    return 0 if complete else 1


def _said(file: Path) -> Iterator[tuple[str | tuple[str, ...], list[str]]]:
    method = "python" if file.suffix == ".py" else "jinja2.ext:babel_extract"
    said = extract_from_file(method, file, keywords=_KEYWORDS, options=_OPTIONS)
    for _line, message, comments, _context in said:
        yield message, comments


if __name__ == "__main__":
    sys.exit(main())
