"""A whole report with providers, contracts and sheets, on small data: the gate recovers nothing, and is seen to look."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from analysis import dataset as datasets
from analysis.dataset import Dataset
from analysis.disclosure import Release
from analysis.earlier import released
from analysis.gate import attack
from analysis.report import units_of
from analysis.results import results
from analysis.suppression import across, with_parents
from analysis.tables import tables
from survey.model import Library
from survey.records import Participation
from tests.analysis.test_release import DAY, small


def of_providers(dataset: Dataset, shared: Dataset) -> Dataset:
    """The services of the one with the providers and contracts of the other."""
    library = replace(dataset.library, services=shared.library.services)
    return replace(dataset, library=library, services=datasets.service_frame(library))


def told(dataset: Dataset, release: Release) -> dict[str, object]:
    found = tables(dataset, release, day=DAY, in_depth=True)
    return json.loads(json.dumps(results(found, dataset.made)))  # type: ignore[no-any-return]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_nothing_is_recovered(
    library: Library, people: list[Participation], shared: Dataset, tmp_path: Path, seed: int
) -> None:
    """Few people in many services: everything that leaves, at once, gives no hidden number away."""
    few = of_providers(small(library, people, tmp_path / "few", seed), shared)
    data = told(few, Release(units=units_of(few.library)))
    found = attack(released(data))
    assert found.n > 100 and found.recovered == ()


@pytest.mark.slow
def test_without_linking_the_gate_recovers(
    library: Library, people: list[Participation], shared: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: kinds protected by themselves, and providers and contracts by their own numbers alone."""

    def apart(self: Release, counts, minimum):  # type: ignore[no-untyped-def]
        inside = {p: [s for s in counts if p.holds(s)] for p in with_parents(counts)} | dict(across(counts, self.units))
        return frozenset(
            place
            for place, services in inside.items()
            if all(sum(column) >= minimum for column in zip(*(counts[s] for s in services), strict=True))
        )

    monkeypatch.setattr(Release, "_shown", apart)
    few = of_providers(small(library, people, tmp_path / "few", 1), shared)
    assert attack(released(told(few, Release(units=units_of(few.library))))).recovered != ()
