"""The modules of the notifier's pages."""

import re
from pathlib import Path

import pytest

from services import notifier
from shared.http import STATIC

PAGES = Path(notifier.__file__).parent / "templates" / "notifier"


@pytest.mark.parametrize(("page", "module"), [("console.html", "console"), ("welcome.html", "welcome")])
def test_page_names_ahead_all_that_its_module_imports(page: str, module: str) -> None:
    """Each module that is found only by reading another costs a way there and back on a bad line."""
    [listed] = re.findall(r"for module in \(([^)]*)\)", (PAGES / page).read_text())
    assert set(re.findall(r'"(\w+)"', listed)) == imported(module)


def imported(module: str) -> set[str]:
    """The names of all modules that *module* imports, and those that they import."""
    found: set[str] = set()
    ahead = {module}
    while ahead:
        text = (STATIC / f"{ahead.pop()}.js").read_text()
        named = set(re.findall(r'from "\./(\w+)\.js"', text))
        ahead |= named - found
        found |= named
    return found
