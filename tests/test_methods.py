"""The page of methods names functions and tests that there are, and every function of the analysis that estimates."""

from __future__ import annotations

import importlib
import re

import pytest

from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")
ESTIMATING = (
    "attrition", "balancing", "comparison", "durations", "intervals", "item_functioning", "meaningful", "multiplicity",
    "paired_tests", "providers", "quality", "regression", "standardised", "trajectory",
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
