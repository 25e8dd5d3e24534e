"""A whole results.json under attack: sums and inequalities over all its lists, on small data, by linear programming."""

from __future__ import annotations

import dataclasses
import functools
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from analysis import dataset as datasets
from analysis import disclosure, pairing
from analysis.cohort import Design
from analysis.dataset import Dataset
from analysis.disclosure import Release
from analysis.outcomes import chosen, outcome_items, reached
from analysis.results import results
from analysis.scores import measures
from analysis.suppression import Place
from analysis.tables import tables
from survey.model import Library
from survey.records import Participation
from tests.analysis.conftest import MADE, submissions

DAY = date(2029, 1, 1)
"""Every wave is long due, so that who is due is who was invited."""
Term = tuple[str, ...]
Key = tuple[Term, Place]
Row = dict[str, Any]


def small(
    library: Library, people: list[Participation], folder: Path, seed: int, languages: Sequence[str] = ("fi",)
) -> Dataset:
    """Some of the people of each service, few of many, with their answers."""
    rng = np.random.default_rng(seed)
    rates = {service.id: rng.uniform(0.08, 0.5) for service in library.services.services}
    some = [person for person in people if rng.random() < rates[person.service]]
    design = Design(attrition={"start": 0.08, "end": 0.12}, usual_attrition=0.2)
    answered = submissions(library, some, design, seed, languages)
    datasets.write(folder, library=library, participations=some, submissions=answered, made=MADE)
    return datasets.read(folder)


def places(dataset: Dataset) -> dict[str, Place]:
    return {s.id: Place(arm=s.arm, kind=s.kind, service=s.id) for s in dataset.library.services.services}


def truth(dataset: Dataset) -> dict[Key, int]:
    """Every count of a service that the report could tell."""
    found: dict[Key, int] = defaultdict(int)
    inside, waiting = pairing.timely(dataset), pairing.under_review(dataset)
    timely, pooled = dataset.responses[inside], dataset.responses[inside & ~waiting]
    counted = dataset.responses[(inside | dataset.responses["participation"].isna()) & ~waiting]
    own_rows = pairing.answered_by("client", dataset, timely)
    all_rows = pairing.answered_by("client", dataset, dataset.responses)
    people = dataset.participations
    for id, place in places(dataset).items():
        own = people[people["service"] == id]["id"]
        found[("invited",), place] = len(own)
        for wave in dataset.library.site.waves:
            inside = own.isin(own_rows.loc[own_rows["wave"] == wave, "participation"])
            at_all = own.isin(all_rows.loc[all_rows["wave"] == wave, "participation"])
            found[("answered", wave), place] = int(inside.sum())
            found[("late", wave), place] = int((at_all & ~inside).sum())
            for measure in measures(dataset.library.instruments):
                if not {*measure.sources} & {*dataset.library.services.service(id).instruments}:
                    continue
                rows = pairing.rows_of(measure.sources, timely[timely["wave"] == wave])
                core = "core" if measure.respondent == "client" else "others"
                found[(core, measure.dimension, wave), place] = int(own.isin(rows["participation"]).sum())
            for outcome in outcome_items(dataset.library.instruments):
                rows = reached(outcome, pooled, wave)
                rows = rows[rows["service"] == id]
                sort = "reached" if outcome.respondent == "client" else "others reached"
                found[(sort, outcome.item.id, wave), place] = int(rows["reached"].sum())
                found[(f"not {sort}", outcome.item.id, wave), place] = int((~rows["reached"]).sum())
            at_wave = counted[(counted["wave"] == wave) & (counted["service"] == id)]
            for term, n in chosen_by(dataset, at_wave, wave):
                found[term, place] = n
    return dict(found)


def chosen_by(dataset: Dataset, rows: pd.DataFrame, wave: str) -> Iterator[tuple[Term, int]]:
    """How many chose each answer of each question of choice, and how many who answered it did not."""
    for instrument in dataset.library.instruments.values():
        for item in instrument.items(wave) if wave in instrument.waves else ():
            if item.type in ("single", "dropdown", "yes_no", "multiple", "rank"):
                options = [option for option in instrument.options(item) if option.missing is None]
                answers = chosen(item, options, pairing.rows_of([instrument.key], rows))
                for n, option in enumerate(options):
                    term = (item.id, wave, str(option.value))
                    yield ("chose", *term), int(answers[n].sum())
                    yield ("did not choose", *term), int((~answers[n]).sum())


Told = tuple[tuple[Term, ...], Place, int]
"""Counts, the place that they are of, and their sum."""


def told(data: dict[str, list[Row]]) -> Iterator[Told]:
    """Every count in a results.json, of the place that it is about."""

    def place(row: Row) -> Place | None:
        own = Place(arm=row["arm"], kind=row["kind"], service=row["service"])
        return own if row["shown_level"] == own.level else None

    def found(lists: dict[str, list[Row]], core: str, sort: str) -> Iterator[Told]:
        for row in lists["measures"]:
            if (at := place(row)) is not None:
                for wave, n in row["answered"].items():
                    if n is not None:
                        yield ((core, row["dimension"], wave),), at, n
        for row in lists["outcomes"]:
            if (at := place(row)) is not None:
                yield ((sort, row["item"], row["wave"]),), at, row["n_reached"]
                yield ((f"not {sort}", row["item"], row["wave"]),), at, row["n_answered"] - row["n_reached"]
        for row in lists["choices"]:
            if (at := place(row)) is not None:
                for answer in row["answers"]:
                    terms = [(row["id"], row["wave"], str(value)) for value in answer["values"]]
                    yield tuple(("chose", *term) for term in terms), at, answer["n_chosen"]
                    if row["sort"] == "several":
                        rest = row["n_answered"] - answer["n_chosen"]
                        yield tuple(("did not choose", *term) for term in terms), at, rest

    for row in data["invited"]:
        if (at := place(row)) is not None:
            yield (("invited",),), at, row["n_invited"]
    for row in data["responses"]:
        if (at := place(row)) is not None:
            yield (("answered", row["wave"]),), at, row["n_answered"]
            yield (("invited",),), at, row["n_due"]
        late = row["outside_window"]
        if late is not None and (at := place(row | late)) is not None:
            yield (("late", row["wave"]),), at, late["n"]
            assert set(late) == {"shown_level", "n"}
    yield from found(data, "core", "reached")
    for others in data["others"]:
        yield from found(others, "others", "others reached")  # type: ignore[arg-type]


def bounds(key: Key, n: Callable[[Term], Key]) -> list[tuple[list[Key], list[Key]]]:
    """Sums of counts that cannot be more than other sums, for one service."""
    term, _place = key
    if term[0] == "answered":
        return [([n(term), n(("late", term[1]))], [n(("invited",))])]
    if term[0] == "core":
        return [([key], [n(("answered", term[2]))])]
    if term[0] == "reached":
        return [([key, n(("not reached", *term[1:]))], [n(("answered", term[2]))])]
    return []


def question(term: Term) -> Term:
    """What is linked with what by sums: the answers of one question of choice; all that is no such question."""
    return term[1:3] if term[0] in ("chose", "did not choose") else ()


def attacked(data: dict[str, list[Row]], true: dict[Key, int]) -> Iterator[tuple[Key, float, float]]:
    """The ends of what an attacker can know of each count under 5."""
    facts = list(told(data))
    for linked in {question(term) for term, _place in true}:
        part = {key: n for key, n in true.items() if question(key[0]) == linked}
        yield from _attacked([fact for fact in facts if question(fact[0][0]) == linked], part)


def _attacked(facts: list[Told], true: dict[Key, int]) -> Iterator[tuple[Key, float, float]]:
    column = {key: n for n, key in enumerate(true)}
    equal, totals, less = [], [], []
    for terms, place, n in facts:
        equal.append([float(key[0] in terms and place.holds(key[1])) for key in column])
        totals.append(float(n))
        assert sum(true[key] for key in column if key[0] in terms and place.holds(key[1])) == n, (terms, place)
    for key in column:
        for small_sum, large_sum in bounds(key, lambda term, place=key[1]: (term, place)):  # type: ignore[misc]
            row = np.zeros(len(column))
            row[[column[k] for k in small_sum]] = 1
            row[[column[k] for k in large_sum]] = -1
            less.append(row)
    for key, n in true.items():
        if n < 5:
            aim = np.zeros(len(column))
            aim[column[key]] = 1
            ends = [
                linprog(
                    sign * aim,
                    A_ub=less or None,
                    b_ub=[0] * len(less) or None,
                    A_eq=equal or None,
                    b_eq=totals or None,
                    bounds=(0, None),
                )
                for sign in (1, -1)
            ]
            low, high = (
                sign * end.fun if end.status == 0 else sign * -np.inf for sign, end in zip((1, -1), ends, strict=True)
            )
            yield key, low, high


def all_did(key: Key, true: dict[Key, int]) -> bool:
    """Whether everyone who could have answered did: that is not protected."""
    term, place = key
    if term[0] == "late":
        return true[key] == true[("invited",), place] - true[("answered", term[1]), place]
    if term[0] == "core":
        return true[key] == true[("answered", term[2]), place]
    return term[0] == "answered" and true[key] == true[("invited",), place]


def certain(dataset: Dataset) -> list[tuple[Key, int]]:
    """The small counts of a dataset that its report gives away."""
    data = json.loads(json.dumps(results(tables(dataset, Release(), day=DAY), MADE)))
    true = truth(dataset)
    found = []
    for key, low, high in attacked(data, true):
        assert low - 1e-6 <= true[key] <= high + 1e-6, key
        if high - low <= 1e-6 and not all_did(key, true):
            found.append((key, true[key]))
    return found


@pytest.mark.parametrize("seed", range(4))
def test_nothing_hidden_can_be_worked_out_of_a_whole_report(
    library: Library, people: list[Participation], tmp_path: Path, seed: int
) -> None:
    """Who answered, who answered late and who reached an outcome: no small number is certain, unless all did."""
    dataset = small(library, people, tmp_path / "d", seed)
    assert certain(dataset) == []


@pytest.mark.parametrize("seed", range(2))
def test_nor_out_of_a_report_with_the_whole_vocabulary(
    whole_library: Library, people: list[Participation], tmp_path: Path, seed: int
) -> None:
    """With coaches, employers, shares of answers, and answers left out for their language."""
    instruments = {
        key: dataclasses.replace(instrument, review={"sv": "needed"} if key == "mielipide@1" else {})
        for key, instrument in whole_library.instruments.items()
    }
    library = dataclasses.replace(whole_library, instruments=instruments)
    dataset = small(library, people, tmp_path / "d", seed, ("fi", "fi", "sv"))
    shown = {terms[0][0] for terms, _place, _n in told(results(tables(dataset, Release(), day=DAY), MADE))}  # type: ignore[arg-type]
    assert {"chose", "did not choose", "others", "reached"} <= shown
    assert certain(dataset) == []


def test_the_attack_finds_a_planted_fault(
    library: Library, people: list[Participation], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the secondary rule switched off, small numbers are what others leave over."""
    monkeypatch.setattr(disclosure, "showable", functools.partial(disclosure.showable, secondary=False))
    assert certain(small(library, people, tmp_path / "d", 0))
