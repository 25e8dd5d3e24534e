"""Scores of one person; the columns of the analysis are held equal to them in tests/analysis."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from survey.model import Library
from survey.scoring import DimensionKey, ItemScore, score, scoring_key

KEY = DimensionKey(
    "mood", (ItemScore("a", 1, 5, False), ItemScore("b", 1, 5, True), ItemScore("c", 0, 10, False)), 2, (0, 100)
)


def test_the_mean_of_the_answered_on_the_range() -> None:
    """Each item rescaled, the reversed one turned, the mean carried to 0-100."""
    assert score(KEY, {"a": 5, "b": 1, "c": 10}) == 100
    assert score(KEY, {"a": 3, "b": 5}) == 25
    assert score(KEY, {"a": 3}) is None
    assert score(KEY, {}) is None


@given(st.dictionaries(st.sampled_from("ab"), st.integers(1, 5)), st.none() | st.integers(0, 10))
def test_turning_twice_changes_nothing(answers: dict[str, int], c: int | None) -> None:
    """Reversing every item turns the score round, and scores never leave the range."""
    given_answers = answers if c is None else {**answers, "c": c}
    turned = DimensionKey(
        "mood", tuple(ItemScore(i.item, i.low, i.high, not i.reverse) for i in KEY.items), 2, (0, 100)
    )
    one, other = score(KEY, given_answers), score(turned, given_answers)
    if one is None or other is None:
        assert one is other is None
    else:
        assert abs(one + other - 100) < 1e-9 and 0 <= one <= 100


def test_the_shipped_key(library: Library) -> None:
    """Six dimensions of three items, 1 to 5, none reversed; the extension has a seventh."""
    key = scoring_key(library.instruments["asiakasmuutosmittari@1"])
    assert [d.dimension for d in key] == ["wellbeing", "everyday_life", "skills", "job_search", "networks", "outlook"]
    assert all(len(d.items) == 3 and d.minimum_answered == 2 and d.range == (0, 100) for d in key)
    assert all((i.low, i.high, i.reverse) == (1, 5, False) for d in key for i in d.items)
    assert [d.dimension for d in scoring_key(library.instruments["tyohonvalmennus@1"])][-1] == "work_readiness"
