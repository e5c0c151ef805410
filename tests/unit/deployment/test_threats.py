"""docs/threats.md: each threat has its test, and the test is there."""

import re

from deploy.local.layout import CHECKOUT

TEXT = (CHECKOUT / "docs" / "threats.md").read_text(encoding="utf-8")
_TEST = re.compile(r"`(tests/[^`]+)`")


def threats() -> list[tuple[str, list[str]]]:
    """Each row of the table, with the tests that its last cell names."""
    table = TEXT.partition("## Threats\n")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("|")][2:]
    return [(row[0].strip(), _TEST.findall(row[-1])) for row in rows]


def test_each_threat_names_the_test_that_holds_it() -> None:
    """What has none is accepted, and stands there."""
    found = threats()
    assert len(found) > 20
    assert [threat for threat, tests in found if not tests] == []


def test_every_test_that_is_named_is_there() -> None:
    """And it is a file with tests in it."""
    named = sorted(set(_TEST.findall(TEXT)))
    assert named
    for path in named:
        assert "def test_" in (CHECKOUT / path).read_text(encoding="utf-8"), path
