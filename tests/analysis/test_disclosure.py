"""Nothing hidden can be worked out from what is shown: small tables at random, attacked by linear programming."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import linprog

from analysis.change import GIVES_AWAY, ChangeSummary, Moments, ReliableBasis, ReliableSummary
from analysis.disclosure import (
    CLIMBED_TO_ALL,
    CLIMBED_TO_KIND,
    WITHHELD,
    ChangeFigures,
    Policy,
    Protected,
    Release,
)
from analysis.outcomes import Count, Split
from analysis.suppression import Place, showable, with_parents

Counts = Mapping[Place, tuple[int, ...]]
ALL = Place()


def service(kind: str, name: str) -> Place:
    return Place(kind=kind, service=name)


@st.composite
def tables(draw: st.DrawFn) -> dict[Place, tuple[int, ...]]:
    """Up to eight services in three kinds, with one to three cells of people each, many of them small."""
    width = draw(st.integers(1, 3))
    cell = st.integers(0, 7) | st.integers(0, 40)
    kinds = draw(st.lists(st.sampled_from("xyz"), min_size=1, max_size=8))
    return {
        service(kind, f"{kind}{n}"): tuple(draw(st.lists(cell, min_size=width, max_size=width)))
        for n, kind in enumerate(kinds)
    }


def attacked(counts: Counts, shown: frozenset[Place], target: Place, cell: int) -> float:
    """How wide an attacker's interval for a hidden count is, who knows every shown count and that none is negative."""
    services = list(counts)
    within = {place: [float(place.holds(s)) for s in services] for place in with_parents(services)}
    known = [(within[p], sum(counts[s][cell] for s in services if p.holds(s))) for p in shown]
    if not known:
        return np.inf
    ends = []
    for sign in (1, -1):
        found = linprog(
            sign * np.array(within[target]),
            A_eq=np.array([row for row, _ in known]),
            b_eq=np.array([total for _, total in known], dtype=float),
            bounds=(0, None),
        )
        ends.append(np.inf if found.status == 3 else sign * found.fun)
    return float(ends[1] - ends[0]) if np.isfinite(ends[1]) else np.inf


def weakest(counts: Counts, minimum: int, *, secondary: bool) -> float:
    """The narrowest interval that an attacker gets for any count too small to show."""
    shown = showable(counts, minimum, secondary=secondary)
    widths = [np.inf]
    for place in with_parents(counts):
        for cell in range(len(next(iter(counts.values())))):
            total = sum(cells[cell] for s, cells in counts.items() if place.holds(s))
            if total < minimum:
                assert place not in shown
                widths.append(attacked(counts, shown, place, cell))
    return min(widths)


@settings(max_examples=150, deadline=None)
@given(tables(), st.sampled_from([3, 5, 10]))
def test_no_hidden_count_can_be_worked_out(counts: dict[Place, tuple[int, ...]], minimum: int) -> None:
    """Whatever is hidden for being too small stays uncertain by at least the threshold."""
    assert weakest(counts, minimum, secondary=True) >= minimum - 1e-6


PLANTED = {service("x", "a"): (20,), service("x", "b"): (3,), service("y", "c"): (30,)}


def test_the_attack_finds_a_planted_fault() -> None:
    """With the secondary rule switched off, 23 - 20 gives the hidden 3 away, and the test above would notice."""
    assert weakest(PLANTED, 5, secondary=False) == pytest.approx(0)
    assert weakest(PLANTED, 5, secondary=True) >= 5


def test_the_smallest_is_hidden_beside() -> None:
    """One service too small: the smallest of the others goes with it, and the kind's total stays."""
    counts = PLANTED | {service("x", "d"): (12,)}
    assert showable(counts, 5) == {ALL, Place(kind="x"), Place(kind="y"), service("x", "a"), service("y", "c")}


def test_a_small_kind_hides_another() -> None:
    """A kind too small between large ones is not what all services leave over."""
    counts = {service("x", "a"): (30,), service("y", "b"): (4,), service("z", "c"): (20,)}
    assert showable(counts, 5) == {ALL, Place(kind="x"), service("x", "a")}


def test_zero_is_a_small_count() -> None:
    """That nobody got worse is not shown either."""
    assert showable({service("x", "a"): (20, 9, 0)}, 5) == frozenset()


@pytest.mark.parametrize("minimum", [3, 5, 10])
def test_the_reference_tables_are_safe(minimum: int, reference: Callable[[str], dict]) -> None:  # type: ignore[type-arg]
    """The table of four providers and three outcomes that GaussSuppression was run on, tests/reference/sdc.json."""
    rows = reference("sdc")["input"]
    counts = {
        service("x", provider): tuple(row["n"] for row in rows if row["provider"] == provider) for provider in "ABCD"
    }
    assert weakest(counts, minimum, secondary=True) >= minimum - 1e-6
    if minimum == 3:
        # One provider alone is too small, so without the secondary rule it is what the others leave over.
        assert weakest(counts, minimum, secondary=False) == pytest.approx(0)


@settings(max_examples=60, deadline=None)
@given(tables(), st.randoms(use_true_random=False))
def test_the_order_of_services_does_not_matter(counts: dict[Place, tuple[int, ...]], random) -> None:  # type: ignore[no-untyped-def]
    """What is shown depends on the figures alone."""
    shuffled = dict(random.sample(list(counts.items()), len(counts)))
    assert showable(shuffled, 5) == showable(counts, 5)


# --- release ---------------------------------------------------------------------------------------------------------


def test_only_release_makes_protected_figures() -> None:
    """A figure that did not pass cannot be dressed up as one that did."""
    with pytest.raises(TypeError, match="only Release makes protected figures"):
        Protected(seal=object(), place=ALL, shown=ALL, figures=None, reason=None)


def test_a_small_cell_climbs_and_says_so() -> None:
    """To the kind, else to all, else it is withheld."""
    cells = {service("x", "a"): Count(n=3), service("x", "b"): Count(n=4), service("y", "c"): Count(n=2)}
    rows = Release().numbers(cells | {service("z", "d"): Count(n=9)})
    assert rows[service("x", "a")].shown == rows[service("x", "a")].place.parents[1]
    assert rows[service("x", "a")].reason == CLIMBED_TO_ALL
    pair = Release().numbers({service("x", "a"): Count(n=3), service("x", "b"): Count(n=4)})
    assert (pair[service("x", "a")].shown, pair[service("x", "a")].reason) == (Place(kind="x"), CLIMBED_TO_KIND)
    figures = pair[service("x", "a")].figures
    assert figures is not None
    assert figures.n == 7
    none = Release().numbers({service("y", "c"): Count(n=2)})
    assert [(row.shown, row.figures, row.reason) for row in none.values()] == [(None, None, WITHHELD)] * 3


def test_means_need_ten() -> None:
    """Nine people make a count, but no mean."""
    nine = {service("x", "a"): Moments(n=9, total=90.0, squares=900.0)}
    assert Release().means(nine)[ALL].figures is None
    ten = {service("x", "a"): Moments(n=10, total=33.333, squares=900.0)}
    figures = Release().means(ten)[ALL].figures
    assert figures is not None
    assert (figures.n, figures.mean) == (10, 3.3)


def changes(sizes: list[int], alone: int = 0) -> tuple[ChangeSummary, pd.Series[float], pd.Series[str]]:
    """Changes of people in groups of these sizes and of some alone."""
    cluster = pd.Series([f"g{n}" for n, size in enumerate(sizes) for _ in range(size)] + [""] * alone, dtype="str")
    change = pd.Series(np.random.default_rng(len(cluster)).normal(4, 10, len(cluster)))
    start = pd.Series(np.linspace(20, 60, len(cluster)))
    return ChangeSummary.of(start, start + change, cluster), change, cluster


def recovered(figures: ChangeFigures, first: int) -> float:
    """The mean of the first of two groups, worked out of a mean change and its interval (one degree of freedom)."""
    assert figures.interval is not None
    n = figures.n_pairs
    se = (figures.interval[1] - figures.interval[0]) / 2 / stats.t.ppf(0.975, 1)
    return float(figures.change + se * n / np.sqrt(first * (n - first)) * (n - first) / n)


def test_an_interval_does_not_give_groups_away() -> None:
    """Of two groups it would: the formula turned round gives their means. So there must be more, and enough people."""
    summary, change, cluster = changes([11, 6])
    loose = Release(policy=Policy(minimum_clusters=2, minimum_mean=5)).changes({service("x", "a"): summary})[ALL]
    assert loose.figures is not None
    found = {round(abs(recovered(loose.figures, 11) - mean), 0) for mean in change.groupby(cluster).mean()}
    mirrored = 2 * loose.figures.change - recovered(loose.figures, 11)
    found |= {round(abs(mirrored - mean), 0) for mean in change.groupby(cluster).mean()}
    assert 0 in found
    for sizes, alone in (([11, 6], 0), ([12], 1), ([30, 4, 5], 0), ([20], 9)):
        figures = Release().changes({service("x", "a"): changes(sizes, alone)[0]})[ALL].figures
        assert figures is not None
        assert (figures.interval, figures.rough, figures.reason) == (None, False, GIVES_AWAY), sizes
    for sizes, alone in (([12, 5, 5], 0), ([12], 10), ([], 10)):
        figures = Release().changes({service("x", "a"): changes(sizes, alone)[0]})[ALL].figures
        assert figures is not None
        assert figures.interval is not None, sizes


def test_degrees_of_freedom_stay_inside() -> None:
    """They give the sizes of groups away; whether the interval is rough does not."""
    rough = Release().changes({service("x", "a"): changes([12, 5, 5])[0]})[ALL].figures
    fine = Release().changes({service("x", "a"): changes([10] * 8)[0]})[ALL].figures
    assert rough is not None
    assert fine is not None
    assert (rough.rough, fine.rough) == (True, False)
    assert not hasattr(rough, "df")


def test_that_somebody_did_not_answer_is_shown() -> None:
    """All but two, or all; a number who answered that is too small is hidden."""
    rows = Release().answers({service("x", "a"): Split(yes=20, no=2), service("y", "b"): Split(yes=9, no=0)})
    found = {place.service: row.figures for place, row in rows.items() if row.shown == place and row.figures}
    assert [(f.yes, f.n) for f in (found["a"], found["b"])] == [(20, 22), (9, 9)]
    few = Release().answers({service("x", "a"): Split(yes=4, no=30)})
    assert few[ALL].figures is None


def test_where_worse_is_too_small_better_or_not_is_shown() -> None:
    """Two ways instead of climbing; three where both tables pass; below that it climbs."""
    cells = {
        service("x", "a"): ReliableSummary(better=10, same=20, worse=2),
        service("x", "b"): ReliableSummary(better=10, same=20, worse=8),
        service("y", "c"): ReliableSummary(better=3, same=9, worse=2),
        service("y", "d"): ReliableSummary(better=30, same=30, worse=10),
    }
    rows = Release().reliable(cells)
    two = rows[service("x", "a")]
    assert two.shown == two.place
    assert two.figures is not None
    assert (two.figures.n, two.figures.better, two.figures.not_better, two.figures.worse) == (32, 31, 69, None)
    assert rows[service("y", "c")].shown == Place(kind="y")
    total = rows[ALL].figures
    assert total is not None
    assert None not in (total.same, total.worse)


def test_shares_are_rounded_half_up() -> None:
    """12.5 to 13, not to the even 12."""
    figures = Release().shares({service("x", "a"): Split(yes=5, no=35)})[ALL].figures
    assert figures is not None
    assert figures.percent == 13


def test_an_arm_is_never_mixed_with_the_other() -> None:
    """All services of the comparison are a row of their own."""
    cells = {service("x", "a"): Count(n=8), Place(arm="comparison", kind="x", service="b"): Count(n=6)}
    rows = Release().numbers(cells)
    found = {place: row.figures.n for place, row in rows.items() if row.figures is not None and place.level == "all"}
    assert found == {ALL: 8, Place(arm="comparison"): 6}


def test_figures_are_rounded() -> None:
    """Points to one decimal, standardised to two, shares to whole per cent, and no minus zero."""
    start = pd.Series(np.linspace(20, 80, 12))
    end = start + pd.Series([1.23456, -1.33333] * 6)
    figures = Release().changes({service("x", "a"): ChangeSummary.of(start, end, pd.Series([""] * 12))})[ALL].figures
    assert figures is not None
    assert str(figures.change) == "0.0"
    numbers = (figures.mean_start, figures.mean_end, figures.change, *(figures.interval or ()))
    assert all(number is not None and number == round(number, 1) for number in numbers)
    share = Release().shares({service("x", "a"): Split(yes=5, no=10)})[ALL].figures
    assert share is not None
    assert (share.percent, share.interval) == (33, (15, 58))
    three = Release().reliable({service("x", "a"): ReliableSummary(better=7, same=30, worse=5)})[ALL].figures
    assert three is not None
    assert (three.n, three.better, three.not_better, three.same, three.worse) == (42, 17, 83, 71, 12)
    basis = Release().basis(ReliableBasis(sd=21.123, reliability=0.8456, source="s", provisional=True)).figures
    assert basis is not None
    assert (basis.sd, basis.reliability, basis.threshold) == (21.1, 0.85, 23.0)
