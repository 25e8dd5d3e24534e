"""A sample of the matrix for `make test`: each sort of page once, where it is written from left and from right."""

from __future__ import annotations

import pytest

from tests.accessibility.checks import Looker
from tests.accessibility.states import Shown

pytestmark = pytest.mark.slow
LANGUAGES = ("fi", "ar")


def test_one_of_each_sort(shown: list[Shown], looker: Looker) -> None:
    """Each check of the matrix, in every way of showing it; the states of a sort share their template."""
    sample = {(one.kind, one.language): one for one in shown if one.language in LANGUAGES}
    assert len(sample) == len(LANGUAGES) * len({one.kind for one in shown}) > 10
    assert [f"{one.name}: {fault}" for one in sample.values() for fault in looker.faults(one)] == []
