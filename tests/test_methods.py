"""The page of methods names functions, tests and sources that there are, and every one of the analysis that estimates."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator

import pytest

from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")
ESTIMATING = (
    "attrition", "balancing", "comparison", "durations", "intervals", "item_functioning", "meaningful", "multiplicity",
    "gaming", "paired_tests", "planning", "providers", "quality", "regression", "standardised", "tariff", "trajectory",
)  # fmt: skip


def test_every_function_that_it_names_is_there() -> None:
    """`analysis.module.function`, and what is called so."""
    named = set(re.findall(r"`analysis\.(\w+)\.(\w+)", PAGE))
    assert len(named) > 30
    for module, name in sorted(named):
        assert hasattr(importlib.import_module(f"analysis.{module}"), name), f"analysis.{module}.{name}"


def test_every_test_that_it_names_is_there() -> None:
    """By its name: a renamed test would hold nothing that a reader could find."""
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    named = set(re.findall(r"\b(test_\w+)`", PAGE))
    there = set(re.findall(r"def (test_\w+)\(", tests)) | {path.stem for path in (ROOT / "tests").rglob("test_*.py")}
    assert named - there == set() and len(named) > 50


@pytest.mark.parametrize("name", ESTIMATING)
def test_every_module_that_estimates_is_on_it(name: str) -> None:
    """So that no figure is without its source."""
    assert f"`analysis.{name}." in PAGE


# --- one form --------------------------------------------------------------------------------------------------------


COLUMNS = ["statistic", "what it answers", "how", "units, shape", "not given", "source", "function", "test"]


def _tables(page: str) -> Iterator[list[list[str]]]:
    """Each table as rows of cells, its names of columns first; a bar behind a backslash parts no cells."""
    for block in re.findall(r"(?:^\|.*\|$\n?)+", page, re.MULTILINE):
        rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in block.strip().splitlines()]
        yield [[cell.strip() for cell in row] for row in (rows[0], *rows[2:])]


def statistics(page: str = PAGE) -> list[dict[str, str]]:
    """Every row of a table of statistics, by column."""
    return [
        dict(zip(COLUMNS, row, strict=True))
        for table in _tables(page)
        if table[0][0] == "statistic"
        for row in table[1:]
    ]


def test_every_statistic_is_told_in_the_same_way() -> None:
    """All tables of statistics have the same columns, no cell is empty, and each row names its function and a test."""
    heads = [table[0] for table in _tables(PAGE)]
    assert [head for head in heads if head[0] == "statistic" and head != COLUMNS] == []
    rows = statistics()
    assert len(rows) > 80
    for row in rows:
        assert all(row.values()), row["statistic"]
        assert "`analysis." in row["function"], row["statistic"]
        assert "`test_" in row["test"], row["statistic"]
    names = [row["statistic"] for row in rows if row["statistic"] not in ("Cronbach's alpha", "Standardised change")]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_the_list_at_the_top_has_every_heading() -> None:
    """A reader finds each section from there."""
    top = PAGE.partition("\n## ")[0]
    headings = re.findall(r"^##+ (.+)$", PAGE, re.MULTILINE)
    addresses = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]
    assert [address for address in addresses if f"(#{address})" not in top] == []


# --- sources ---------------------------------------------------------------------------------------------------------

ENTRIES = re.findall(r"^- (.+)$", PAGE.partition("\n## Bibliography\n")[2], re.MULTILINE)
NAMED = re.compile(r"(?:^|; |– \()((?:de )?[A-ZÁ-Ž][^;()\d]*?) \((\d{4})")
"""A source in a cell: who, and the year."""
IN_CODE = re.compile(
    r"\b((?:de )?[A-ZÁ-Ž][\w'’-]+)(?:(?:, | & | and )[A-Z][\w'’-]+)*(?: et al\.)?,? \(?((?:18|19|20)\d\d)\b"
)
"""A source as docstrings and methods name it."""


def _first(authors: str) -> str:
    """The first of some authors, as the bibliography begins with."""
    return re.split(r",| & | and | et al", authors)[0].removesuffix("'s").removesuffix("'").replace("Hajek", "Hájek")


def _known(authors: str, year: str) -> bool:
    return any(re.match(rf"{re.escape(_first(authors))}\b.*\({year}\)\. ", entry) for entry in ENTRIES)


def test_every_source_of_a_row_is_in_the_bibliography() -> None:
    """Each with its authors, year and title; what is the project's own, or theory without a paper, is marked by a dash."""
    found = [(row["statistic"], *source) for row in statistics() for source in NAMED.findall(row["source"])]
    assert len(found) > 100
    assert [one for one in found if not _known(*one[1:])] == []
    without = [row["source"] for row in statistics() if not NAMED.search(row["source"])]
    assert {source for source in without if not source.startswith("–")} == {"the instrument"}


def test_every_source_that_the_analysis_names_is_in_the_bibliography() -> None:
    """In what it says of its methods, and in what docstrings say of their formulas."""
    found = set()
    for path in (ROOT / "analysis").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= {(path.name, *source) for source in IN_CODE.findall(" ".join(node.value.split()))}
    assert len(found) > 100
    assert sorted(one for one in found if not _known(one[1], one[2])) == []


def test_the_bibliography_is_in_order_and_complete_in_itself() -> None:
    """By the first author, each once, with a year, a title and where it appeared, and named somewhere else on the page or
    in the analysis."""
    assert [entry for entry in ENTRIES if not re.match(r".+? \(\d{4}\)\. .+\.$", entry)] == []
    assert [entry for entry in ENTRIES if "*" not in entry] == []
    keys = [re.sub(r"\W", "", entry.partition(",")[0].lower().replace("á", "a").replace("ö", "o")) for entry in ENTRIES]
    assert keys == sorted(keys) and len(set(ENTRIES)) == len(ENTRIES)
    told = PAGE.partition("\n## Bibliography\n")[0] + "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "analysis").rglob("*.py")
    )
    for entry in ENTRIES:
        author, year = re.split(r"[,(]", entry)[0].strip(), re.findall(r"\((\d{4})\)", entry)[0]
        assert re.search(rf"{author.replace('á', '[áa]')}[^\n]*{year}", told), entry


# --- names -----------------------------------------------------------------------------------------------------------


def _of_sheets() -> set[str]:
    """Every name that a sheet gives a figure: of a `Statistic`, the first of what makes one, or of a list of those."""
    found = set()
    for path in (ROOT / "analysis").glob("*_sheets.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            found |= {f"question_{name}" if path.stem == "payment_sheets" else name for name in _keys(node)}
            found |= set(_names(node))
    # A wave's mean and change have a name of two parts.
    return found - {"means", "changes"} | {"course_means", "course_changes"}


def _names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if node.func.id == "Statistic":
            yield from (k.value.value for k in node.keywords if k.arg == "name" and _is_text(k.value))  # type: ignore[attr-defined]
        elif node.func.id in ("_untold", "_share", "_share_of", "_of_shares", "_rate") and _is_text(node.args[0]):
            yield node.args[0].value  # type: ignore[attr-defined]
    if isinstance(node, ast.Tuple) and len(node.elts) > 1 and _is_text(node.elts[0]) and _is_title(node.elts[1]):
        yield node.elts[0].value  # type: ignore[attr-defined]


def _keys(node: ast.AST) -> Iterator[str]:
    """Those of a table of titles."""
    if isinstance(node, ast.Dict) and node.values and all(map(_is_title, node.values)):
        yield from (key.value for key in node.keys if _is_text(key))  # type: ignore[union-attr]


def _is_text(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_title(node: ast.AST) -> bool:
    """A marked sentence, or the constant or place that holds one."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "_"
    if isinstance(node, ast.Subscript):
        return isinstance(node.value, ast.Name) and node.value.id == "titles"
    return isinstance(node, ast.Name) and node.id in ("EXPECTED", "BY_ERROR")


def _told_names(first: str) -> dict[str, str]:
    """Names in the table whose first column is called so, with the statistic that each is."""
    (rows,) = (table[1:] for table in _tables(PAGE) if table[0][0] == first)
    at = 1
    return {name: row[-1] for row in rows for name in re.findall(r"`([\w.%]+)`", row[at].partition(" with ")[0])}


def test_every_name_in_the_results_is_told() -> None:
    """The table has the names that the sheets give their figures and no other, and each leads to a row above."""
    told = _told_names("sheet")
    assert set(told) == _of_sheets()
    known = {row["statistic"] for row in statistics()}
    assert {name: row for name, row in told.items() if row.removesuffix(", with Hedges' correction") not in known} == {}


def test_every_name_that_the_module_prints_is_told() -> None:
    """`python -m analysis` says nothing that cannot be looked up."""
    source = ast.parse((ROOT / "analysis" / "__main__.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(source) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    printed = {
        k.value.value for call in calls if call.func.id == "Figure" for k in call.keywords  # type: ignore[attr-defined]
        if k.arg == "name" and _is_text(k.value)
    }  # fmt: skip
    printed |= {
        call.args[0].value for call in calls if call.func.id == "_told" and _is_text(call.args[0])  # type: ignore[attr-defined]
    }  # fmt: skip
    besides = _told_names("command")
    assert len(printed) > 30
    assert printed - set(_told_names("sheet")) - set(besides) == set()
    assert set(besides.values()) <= {row["statistic"] for row in statistics()}


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("Becker (1988);", "Becker (1989);"), ("| Wilson (1927) |", "| Wilkson (1927) |")],
)
def test_a_source_without_a_reference_is_noticed(wrong: str, right: str) -> None:
    """Another year, and a name that is no author's."""
    page = PAGE.replace(wrong, right)
    assert page != PAGE
    found = [source for row in statistics(page) for source in NAMED.findall(row["source"])]
    assert any(not _known(*source) for source in found)
