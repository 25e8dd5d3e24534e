"""Adjusted p-values: against statsmodels and the papers' own examples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from analysis.multiplicity import BENJAMINI_HOCHBERG, HOLM, benjamini_hochberg, holm

P = st.lists(st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.01, 0.05, 1.0])), min_size=1, max_size=30)
PAPER = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459]
PAPER = [*PAPER, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]


# statsmodels' Holm collects garbage at every call, which takes long in a large process.
@settings(max_examples=20)
@given(P)
def test_both_equal_statsmodels(p: list[float]) -> None:
    """Any p-values, with ties and at the ends."""
    np.testing.assert_allclose(holm(p).p, multipletests(p, method="holm")[1], rtol=1e-12, atol=0)
    np.testing.assert_allclose(benjamini_hochberg(p).p, multipletests(p, method="fdr_bh")[1], rtol=1e-12, atol=0)


@given(P, st.randoms(use_true_random=False))
def test_order_is_kept_and_nothing_becomes_surer(p: list[float], random) -> None:  # type: ignore[no-untyped-def]
    """Each adjusted value goes with its test in any order, is no less than p, no more than 1; Holm's is the larger."""
    places = random.sample(range(len(p)), len(p))
    for adjust in (holm, benjamini_hochberg):
        found = adjust(p)
        assert adjust([p[n] for n in places]).p == pytest.approx([found.p[n] for n in places])
        assert all(raw <= one + 1e-15 and one <= 1 for raw, one in zip(p, found.p, strict=True))
    assert all(a >= b - 1e-12 for a, b in zip(holm(p).p, benjamini_hochberg(p).p, strict=True))


def test_benjamini_and_hochbergs_example() -> None:
    """Their section 4.1, 15 endpoints: the first four are findings at a rate of 0.05, three by Bonferroni."""
    found = benjamini_hochberg(PAPER)
    assert sum(one <= 0.05 for one in found.p) == 4
    assert sum(one <= 0.05 for one in holm(PAPER).p) == 3
    assert found.p[3] == pytest.approx(15 * 0.0095 / 4)
    assert (found.n, found.method, holm(PAPER).method) == (15, BENJAMINI_HOCHBERG, HOLM)


def test_none_one_and_what_is_no_p_value() -> None:
    """No test, one test; missing and impossible values are refused."""
    for adjust in (holm, benjamini_hochberg):
        assert (adjust([]).n, adjust([]).p) == (0, ())
        assert adjust([0.03]).p == (0.03,)
        for wrong in (np.nan, -0.1, 1.1):
            with pytest.raises(
                ValueError, match="^Every p-value must be a number from 0 to 1: leave out the tests that"
            ):
                adjust([0.5, wrong])
