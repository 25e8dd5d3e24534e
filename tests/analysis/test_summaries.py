"""Summaries: equal to those made row by row with pandas, and the same however the rows are parted and merged."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from datetime import date, timedelta
from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import pairing
from analysis.change import ChangeSummary, Grouped, ReliableBasis, ReliableSummary
from analysis.dataset import Dataset
from analysis.finishing import finished
from analysis.outcomes import Split, reached
from analysis.scores import cronbach_alpha, item_parts, score_column
from analysis.streaming import chunk_of, summarised
from analysis.summaries import Averaged, MeasureSums, Plan, Summaries
from analysis.suppression import Place
from analysis.tallies import Tally, tally
from survey.model import Item, Library

DAY = date(2026, 12, 15)


def plain(value: object) -> object:
    """Summaries as nested lists and dicts, without the library."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [plain(one) for one in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type | Place | Item):
        names = [field.name for field in dataclasses.fields(value) if field.name not in ("library", "measure")]
        return {name: plain(getattr(value, name)) for name in names}
    return value


def differences(one: object, other: object, at: str = "") -> list[str]:
    """Where two summaries differ: counts at all, other numbers by more than 1e-12 of their size."""
    if isinstance(one, dict) and isinstance(other, dict):
        if [*one] != [*other]:
            return [f"{at}: {[*one]} and {[*other]}"]
        return [found for key in one for found in differences(one[key], other[key], f"{at}.{key}")]
    if isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            return [f"{at}: {len(one)} and {len(other)}"]
        return [f for n, pair in enumerate(zip(one, other, strict=True)) for f in differences(*pair, f"{at}[{n}]")]
    if isinstance(one, float) and isinstance(other, float):
        return [] if abs(one - other) <= 1e-12 * max(1.0, abs(one)) else [f"{at}: {one} and {other}"]
    return [] if one == other else [f"{at}: {one!r} and {other!r}"]


def same(one: Summaries, other: Summaries) -> None:
    assert differences(plain(one), plain(other)) == []


# --- merging ---------------------------------------------------------------------------------------------------------


def parted(dataset: Dataset, random: Random, parts: int) -> list[Dataset]:
    """The dataset in parts, each with all rows of its participations, in any order; open surveys row by row."""
    ids = {id: random.randrange(parts) for id in dataset.participations["id"]}
    owner = dataset.responses["participation"]
    part = owner.map(ids).fillna(pd.Series([random.randrange(parts) for _ in owner], index=owner.index))
    return [
        dataclasses.replace(
            dataset,
            participations=dataset.participations[dataset.participations["id"].map(ids) == n],
            responses=dataset.responses[part == n].sample(frac=1, random_state=random.randrange(2**31)),
        )
        for n in range(parts)
    ]


def merged_anyhow(tallies: list[Tally], random: Random) -> Tally:
    """Some at a time, in any order."""
    left = random.sample(tallies, len(tallies))
    while len(left) > 1:
        some = random.randint(2, len(left))
        left = [*left[some:], Tally.merged(left[:some])]
    return left[0]


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**32), parts=st.integers(1, 6))
def test_parts_in_any_order_merge_to_the_same(whole: Dataset, seed: int, parts: int) -> None:
    """Of everything that there is to sum up: counts exactly, sums to 1e-12."""
    random = Random(seed)
    plan = Plan(library=whole.library, day=DAY)
    tallies = [tally(chunk_of(part, plan), plan) for part in parted(whole, random, parts)]
    same(finished(merged_anyhow(tallies, random), plan, whole.made), summarised(whole, day=DAY))


def test_the_comparison_of_summaries_finds_a_planted_fault(whole: Dataset) -> None:
    """One answer less, and groups that merging mixes up, are differences."""
    sums = summarised(whole, day=DAY)
    first = int(pairing.timely(whole).to_numpy().argmax())
    less = dataclasses.replace(whole, responses=whole.responses.drop(whole.responses.index[first]))
    assert differences(plain(sums), plain(summarised(less, day=DAY)))
    plan = Plan(library=whole.library, day=DAY)
    one, other = (tally(chunk_of(part, plan), plan) for part in parted(whole, Random(1), 2))
    mixed = dataclasses.replace(other, groups=other.groups[1:] + other.groups[:1])
    assert differences(plain(sums), plain(finished(Tally.merged([one, mixed]), plan, whole.made)))


# --- against pandas, row by row --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sums(whole: Dataset) -> Summaries:
    return summarised(whole, day=DAY)


def every_measure(sums: Summaries) -> list[MeasureSums]:
    return [one for respondent in sums.respondents for one in respondent.measures]


def test_changes_are_those_of_pairs(whole: Dataset, sums: Summaries) -> None:
    """Of each measure and service: start, end and change by group, as `pairing.pair` and `ChangeSummary.of` have them."""
    answers = whole.responses[pairing.timely(whole) & ~pairing.under_review(whole)]
    for one in every_measure(sums):
        pairs = pairing.pair(pairing.scored(one.measure, answers), "start", "end")
        own = {place.service: cell for place, cell in one.changes.items() if cell.start.n}
        assert {*own} == {*pairs.service}
        for service, cell in own.items():
            rows = pairs.service[pairs.service == service].index
            expected = ChangeSummary.of(pairs.start[rows], pairs.end[rows], pairs.cluster[rows])
            assert differences(plain(cell), plain(expected)) == []


def test_reliable_change_is_judged_as_each_change_is(whole: Dataset, sums: Summaries) -> None:
    """From frequencies: by any basis, in either direction, with thresholds between changes that there are."""
    answers = whole.responses[pairing.timely(whole) & ~pairing.under_review(whole)]
    for one in every_measure(sums):
        pairs = pairing.pair(pairing.scored(one.measure, answers), "start", "end")
        for sd in (3.7, 11.3, 24.1):
            basis = ReliableBasis(sd=sd, reliability=0.8, source="", provisional=False)
            for place, cell in one.frequencies.items():
                change = (pairs.end - pairs.start)[pairs.service == place.service]
                for higher_is in ("better", "worse"):
                    expected = ReliableSummary.of(change, basis, higher_is)
                    assert cell.judged(basis, higher_is) == expected


def test_the_basis_is_that_of_all_start_scores(whole: Dataset, sums: Summaries) -> None:
    """Their SD, and alpha over complete cases, as from rows."""
    answers = whole.responses[pairing.timely(whole) & (whole.responses["wave"] == "start")]
    for one in every_measure(sums):
        rows = pairing.rows_of(one.measure.sources, answers)
        rows = rows[score_column(one.measure.key, rows).notna()]
        alpha = cronbach_alpha(item_parts(one.measure.key, pairing.first_of(rows)))
        scores = score_column(one.measure.key, rows)
        assert one.start.n == len(scores) and one.start.sd == pytest.approx(scores.std(), rel=1e-12)
        if one.measure.definition.reference is None and one.measure.definition.measurement == "reflective":
            assert isinstance(one.basis, ReliableBasis) and alpha is not None
            assert one.basis.reliability == pytest.approx(alpha.value, rel=1e-12)


def test_memories_count_open_answers_each_for_itself(whole: Dataset, sums: Summaries) -> None:
    """As `pairing.clustered` does: the first of each participation, and all those of none."""
    inside = pairing.timely(whole) | whole.responses["participation"].isna()
    found = [(one, cells) for one, cells in sums.clients.memories if isinstance(one, Averaged) and one.key is not None]
    assert found
    for one, cells in found:
        assert one.key is not None
        rows = pairing.rows_of(one.question.sources, whole.responses[inside])
        rows = rows[rows["wave"] == one.question.wave]
        scores = pairing.clustered(rows, score_column(one.key, rows))
        for place, cell in cells.items():
            own = scores[scores["service"] == place.service]
            assert differences(plain(cell), plain(Grouped.of(own["score"], own["cluster"]))) == []


def test_outcomes_are_those_of_who_answered_first(whole: Dataset, sums: Summaries) -> None:
    """As `outcomes.reached` has them."""
    answers = whole.responses[pairing.timely(whole)]
    assert sums.clients.outcomes
    for outcome, wave, cells in sums.clients.outcomes:
        rows = reached(outcome, answers, wave)
        for place, cell in cells.items():
            assert cell == Split.of(rows.loc[rows["service"] == place.service, "reached"])


# --- who comes first -------------------------------------------------------------------------------------------------


def twice(dataset: Dataset, later: timedelta, id: str) -> Dataset:
    """With another answer of the first one who answered at the end, with all items at one end, under another id."""
    rows = dataset.responses
    own = (rows["wave"] == "end") & rows["wb1"].notna() & pairing.timely(dataset)
    again = rows[own].iloc[[0]].copy()
    again[["wb1", "wb2", "wb3", "wb4"]] = 1
    again["received"] = again["received"] + later
    again["submission"] = id
    return dataclasses.replace(dataset, responses=pd.concat([again, rows], ignore_index=True))


@pytest.mark.parametrize(
    ("later", "id", "counts"),
    [
        (timedelta(hours=-1), "z", True),
        (timedelta(hours=1), "", False),
        (timedelta(0), "", True),
        (timedelta(0), "z", False),
    ],
)
def test_the_first_received_counts(dataset: Dataset, later: timedelta, id: str, counts: bool) -> None:
    """Of two answers to one measure at a wave; of two in the same millisecond that with the lower id."""
    changed = twice(dataset, later, id)
    one, other = (
        next(m for m in summarised(each, day=DAY).clients.measures if m.measure.dimension == "wellbeing")
        for each in (dataset, changed)
    )
    assert (differences(plain(one.changes), plain(other.changes)) != []) == counts
    answers = changed.responses[pairing.timely(changed)]
    pairs = pairing.pair(pairing.scored(other.measure, answers), "start", "end")
    assert sum(cell.end.total for cell in other.changes.values()) == pytest.approx(pairs.end.sum(), rel=1e-12)


# --- numbers of any sort ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [lambda column: column.astype("Float64"), lambda column: column.astype("string")])
def test_small_whole_numbers_are_summed_up_as_others_are(dataset: Dataset, change) -> None:  # type: ignore[no-untyped-def]
    """The fast way gives what the general one gives for the same answers as decimals or as text."""
    items = [name for name in dataset.responses.columns if re.fullmatch("(js|wb|st|ev|fb)[0-9]", name)]
    rows = dataset.responses.assign(**{name: change(dataset.responses[name]) for name in items})
    same(summarised(dataclasses.replace(dataset, responses=rows), day=DAY), summarised(dataset, day=DAY))


def test_numbers_too_large_for_a_byte_are_not_cut(dataset: Dataset) -> None:
    """A stray answer far outside its scale counts as what it is, as it always has."""
    rows = dataset.responses.copy()
    at = rows.index[(rows["wave"] == "start") & rows["wb1"].notna()][0]
    rows.loc[at, "wb1"] = 1001
    (one,) = (m for m in summarised(dataclasses.replace(dataset, responses=rows), day=DAY).clients.measures
              if m.measure.dimension == "wellbeing")  # fmt: skip
    scores = score_column(one.measure.key, rows.loc[[at]])
    answered = [1001, *rows.loc[at, ["wb2", "wb3", "wb4"]].dropna()]
    assert scores[at] == pytest.approx(100 * np.mean([(value - 1) / 4 for value in answered]))
    pairs = pairing.pair(pairing.scored(one.measure, rows[pairing.timely(dataset)]), "start", "end")
    assert sum(cell.start.total for cell in one.changes.values()) == pytest.approx(pairs.start.sum(), rel=1e-12)


def test_an_unknown_service_is_told(dataset: Dataset, library: Library) -> None:
    """Rather than a code that stands for another."""
    people = dataset.participations.assign(service="muu")
    with pytest.raises(Exception, match="There are participations or answers in muu, which services.json does not"):
        summarised(dataclasses.replace(dataset, participations=people), day=DAY)
