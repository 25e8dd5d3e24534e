"""Which answers count, and who is compared with whom."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from analysis import pairing
from analysis.dataset import Dataset
from analysis.scores import Measure, measures
from survey.schedule import window_between


def _measure(dataset: Dataset, dimension: str) -> Measure:
    return next(m for m in measures(dataset.library.instruments) if m.dimension == dimension)


def _received(dataset: Dataset, moment: datetime) -> Dataset:
    """The dataset's first end answer alone, received at a moment."""
    row = dataset.responses[dataset.responses["wave"] == "end"].iloc[[0]]
    received = pd.Series([moment], index=row.index, dtype="datetime64[ms, UTC]")
    return dataclasses.replace(dataset, responses=row.assign(received=received))


@pytest.mark.parametrize(
    ("days", "hour", "inside"), [(-14, 12, True), (-15, 12, False), (30, 12, True), (30, 22, False), (-15, 22, True)]
)
def test_windows_close_on_the_sites_calendar(dataset: Dataset, days: int, hour: int, inside: bool) -> None:
    """Both ends included; 22:00 UTC is the next day in Helsinki."""
    first = dataset.responses[dataset.responses["wave"] == "end"].iloc[0]
    people = dataset.participations.set_index("id")
    end: date = people.loc[first["participation"], "planned_end"]
    moment = datetime(end.year, end.month, end.day, hour, tzinfo=UTC) + pd.Timedelta(days=days)
    assert pairing.timely(_received(dataset, moment)).tolist() == [inside]


def test_answers_without_a_participation_have_no_window(dataset: Dataset) -> None:
    """Open surveys and erased participations are never timely."""
    rows = dataset.responses.iloc[:2].copy()
    rows["participation"] = pd.Series([None, "p_gone"], index=rows.index, dtype="string")
    assert pairing.timely(dataclasses.replace(dataset, responses=rows)).tolist() == [False, False]


def test_some_answers_of_the_cohort_came_late(dataset: Dataset) -> None:
    """Every 23rd person answered after the window; the others in it."""
    late = (~pairing.timely(dataset)).sum()
    assert 0 < late < len(dataset.responses) / 15


def test_pairs_are_those_who_answered_at_both(dataset: Dataset) -> None:
    """A pair for each participation with two scores, with the scores of that participation."""
    scores = pairing.scored(_measure(dataset, "wellbeing"), dataset.responses)
    pairs = pairing.pair(scores, "start", "end")
    at = {wave: scores[scores["wave"] == wave].set_index("participation")["score"] for wave in ("start", "end")}
    both = sorted(set(at["start"].index) & set(at["end"].index))
    assert pairs.start.tolist() == [at["start"][id] for id in both]
    assert pairs.end.tolist() == [at["end"][id] for id in both]
    assert pairs.service.index.tolist() == both


def test_clusters_are_groups_within_a_service(dataset: Dataset) -> None:
    """Whoever came without a group has no cluster name."""
    scores = pairing.scored(_measure(dataset, "wellbeing"), dataset.responses).set_index("participation")
    people = dataset.participations.set_index("id")
    rows = scores.join(people["group"])
    named = rows["cluster"] != ""
    assert (rows["group"].notna() == named).all()
    assert (rows["cluster"] == rows["service"] + "/" + rows["group"])[named].all()
    assert 0 < named.sum() < len(rows)


def test_a_second_questionnaire_with_the_same_measure_counts_once(dataset: Dataset) -> None:
    """The first received is the score."""
    measure = _measure(dataset, "wellbeing")
    rows = pairing.rows_of(measure.sources, dataset.responses)
    later = rows.assign(received=rows["received"] + pd.Timedelta(hours=1), submission="z")
    turned = pd.concat([later, rows], ignore_index=True)
    once = pairing.scored(measure, rows).sort_values(["participation", "wave"]).reset_index(drop=True)
    twice = pairing.scored(measure, turned).sort_values(["participation", "wave"]).reset_index(drop=True)
    pd.testing.assert_frame_equal(once, twice)


def test_nobody_who_left_before_is_silent_half_way(dataset: Dataset) -> None:
    """A wave of those in service is over for nobody who had left when it opened, and counts for those who had not."""
    middle = dataclasses.replace(dataset.library.site.waves["start"], months=1, open=(-1, 1), in_service=True)
    waves = {**dataset.library.site.waves, "start": middle}
    site = dataclasses.replace(dataset.library.site, waves=waves)
    people = dataset.participations.assign(planned_end=dataset.participations["planned_end"])
    early = people.index[:3]
    people.loc[early, "end"] = people.loc[early, "start"]
    library = dataclasses.replace(dataset.library, site=site)
    found = pairing.over(
        dataclasses.replace(dataset, library=library, participations=people), "start", date(2027, 6, 1)
    )
    assert not found[early].any() and found.drop(early).all()


def test_a_wave_is_over_once_its_window_has_closed(dataset: Dataset) -> None:
    """The day after the last on which the first of all could answer, for them alone; in the end for everyone."""
    wave = dataset.library.site.waves["start"]
    closes = min(window_between(day, day, wave).last for day in dataset.participations["start"])
    assert not pairing.over(dataset, "start", closes).any()
    found = pairing.over(dataset, "start", closes + timedelta(days=1))
    assert found.any() and not found.all()
    assert pairing.over(dataset, "followup_6", date(2027, 6, 1)).all()
