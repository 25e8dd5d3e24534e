"""docs/accessibility.md names every criterion, and every test that it names is there."""

from __future__ import annotations

import ast
import re

import pytest

from tests.accessibility.checks import WAYS
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "accessibility.md").read_text(encoding="utf-8")
# W3C, Web Content Accessibility Guidelines 2.2 (12 December 2024): the criteria of levels A and AA by guideline.
CRITERIA = {
    "A": "1.1.1 1.2.1 1.2.2 1.2.3 1.3.1 1.3.2 1.3.3 1.4.1 1.4.2 2.1.1 2.1.2 2.1.4 2.2.1 2.2.2 2.3.1 2.4.1 2.4.2 2.4.3 "
    "2.4.4 2.5.1 2.5.2 2.5.3 2.5.4 3.1.1 3.2.1 3.2.2 3.2.6 3.3.1 3.3.2 3.3.7 4.1.2",
    "AA": "1.2.4 1.2.5 1.3.4 1.3.5 1.4.3 1.4.4 1.4.5 1.4.10 1.4.11 1.4.12 1.4.13 2.4.5 2.4.6 2.4.7 2.4.11 2.5.7 2.5.8 "
    "3.1.2 3.2.3 3.2.4 3.3.3 3.3.4 3.3.8 4.1.3",
}
NAMED = dict(re.findall(r"^\| (\w+) \| `(tests/\S+?::\w+)`", PAGE, re.M))
ROWS = re.findall(r"^\| (\d+\.\d+\.\d+) [^|]+ \| (A{1,2}) \| (.+) \|$", PAGE, re.M)


def test_every_criterion_has_its_row() -> None:
    """Each criterion of levels A and AA once, with its level."""
    assert len(ROWS) == 55
    assert {(number, level) for number, level, _ in ROWS} == {
        (number, level) for level, numbers in CRITERIA.items() for number in numbers.split()
    }


@pytest.mark.parametrize("name", sorted(NAMED))
def test_each_test_that_is_named_is_there(name: str) -> None:
    """The file has a test function of that name."""
    file, _, function = NAMED[name].partition("::")
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    assert function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_each_row_says_by_what_it_is_held() -> None:
    """A test, that it does not apply, or what a person judges; and the checks that it names are checks."""
    checks = {check for way in WAYS.values() for check in way.checks}
    for number, _level, held in ROWS:
        tests = {word for word in re.findall(r"\w+", re.sub(r"`\w+`", "", held)) if word in NAMED}
        reason = re.search(r"Not applicable: |Excepted: |A person: |No time runs out|Copying is allowed", held)
        assert tests or reason, number
        assert set(re.findall(r"`(\w+)`", held)) <= checks, number


def test_every_named_test_holds_something() -> None:
    """No test stands in the list that no row names."""
    tables = PAGE.partition("## WCAG 2.2")[2]
    assert [name for name in NAMED if not re.search(rf"\b{name}\b", tables)] == []
