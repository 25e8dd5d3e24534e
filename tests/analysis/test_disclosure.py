"""Nothing hidden can be worked out from what is shown: small tables at random, attacked by linear programming."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import linprog

from analysis import disclosure
from analysis.change import FEW_GROUPS, GIVES_AWAY, ChangeSummary, Grouped, Moments, ReliableBasis, ReliableSummary
from analysis.disclosure import (
    CLIMBED_TO_ALL,
    CLIMBED_TO_CONTRACT,
    CLIMBED_TO_KIND,
    WITHHELD,
    ChangeFigures,
    CountFigures,
    Policy,
    Protected,
    Release,
)
from analysis.outcomes import Choices, Count, Split, Submitted
from analysis.suppression import Place, across, showable, with_parents

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


def test_a_mean_at_one_wave_has_an_interval_as_a_change_has() -> None:
    """The same closed form over groups, and the same rules of what may be shown."""
    for sizes, alone in (([12, 5, 5], 0), ([10] * 8, 3), ([11, 6], 0), ([12], 0), ([3, 3], 2)):
        summary, values, cluster = changes(sizes, alone)
        of_change = Release().changes({service("x", "a"): summary})[ALL].figures
        of_values = Release().scores({service("x", "a"): Grouped.of(values, cluster)})[ALL].figures
        if len(values) < 10:
            assert (of_change, of_values) == (None, None)
            continue
        assert of_change is not None
        assert of_values is not None
        assert (of_values.n, of_values.mean) == (len(values), round(values.mean(), 1))
        assert (of_values.interval, of_values.rough) == (of_change.interval, of_change.rough)
        assert of_values.reason == (
            GIVES_AWAY if of_values.interval is None else FEW_GROUPS if of_values.rough else None
        )


# --- shares of answers -----------------------------------------------------------------------------------------------


def choices(*chosen: int, n: int | None = None) -> Choices:
    """How many chose each answer: one each, or of `n` people any number."""
    return Choices(one=n is None, n=sum(chosen) if n is None else n, chosen=chosen)


@st.composite
def chosen(draw: st.DrawFn) -> dict[Place, Choices]:
    """Services in three kinds, with how many chose each of two to five answers, one each or any number."""
    width, one = draw(st.integers(2, 5)), draw(st.booleans())
    cell = st.integers(0, 7) | st.integers(0, 40)
    cells = {}
    for n, kind in enumerate(draw(st.lists(st.sampled_from("xyz"), min_size=1, max_size=6))):
        counts = draw(st.lists(cell, min_size=width, max_size=width))
        more = draw(st.integers(0, 9))
        people = sum(counts) if one else max(counts) + more
        cells[service(kind, f"{kind}{n}")] = Choices(one=one, n=people, chosen=tuple(counts))
    return cells


def _bounds(counts: Counts, known: list[tuple[Place, tuple[int, ...]]], target: Place, cell: int) -> float:
    """How wide the interval is for one cell of a place, for who knows whole rows and that no cell is negative."""
    services, width = list(counts), len(next(iter(counts.values())))
    column = {(s, n): i for i, (s, n) in enumerate((s, n) for s in services for n in range(width))}
    equal, totals = [], []
    for place, row in known:
        for n, total in enumerate(row):
            equal.append([float(place.holds(s) and m == n) for s, m in column])
            totals.append(float(total))
    aim = np.array([float(target.holds(s) and m == cell) for s, m in column])
    if not equal:
        return np.inf
    ends = [linprog(sign * aim, A_eq=equal, b_eq=totals, bounds=(0, None)) for sign in (1, -1)]
    return np.inf if ends[1].status == 3 else float(-ends[1].fun - ends[0].fun)


def _row(one: bool, n: int, chosen: tuple[int, ...]) -> tuple[int, ...]:
    return chosen if one else (*chosen, *(n - c for c in chosen))


def narrowest(cells: Mapping[Place, Choices]) -> float:
    """The narrowest interval for any number under five, of those who chose an answer or did not."""
    one = all(cell.one for cell in cells.values())
    found = Release().choices(cells)
    shown = {place: row.figures for place, row in found.rows.items() if row.shown == place and row.figures}
    rows = [(place, _row(one, figures.n, figures.chosen)) for place, figures in shown.items()]
    assert all(min(row) >= 5 for _, row in rows)
    counts = {place: cell.of_these(found.answers).counts for place, cell in cells.items() if rows}
    small = (
        (place, n)
        for place in with_parents(counts)
        for n in range(len(next(iter(counts.values()))))
        if sum(row[n] for s, row in counts.items() if place.holds(s)) < 5
    )
    return min((_bounds(counts, rows, place, n) for place, n in small), default=np.inf)


@settings(max_examples=60, deadline=None)
@given(chosen())
def test_no_small_number_who_chose_an_answer_can_be_worked_out(cells: dict[Place, Choices]) -> None:
    """Of single answers, of all others as one, and of who did not choose: what is shown leaves every small one open."""
    assert narrowest(cells) >= 5 - 1e-6


def test_the_attack_on_answers_finds_a_planted_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the secondary rule switched off, the three who said yes at the small service are what is left over."""
    cells = {service("x", "a"): choices(20, 10), service("x", "b"): choices(3, 9), service("y", "c"): choices(30, 30)}
    assert narrowest(cells) >= 5
    monkeypatch.setattr(disclosure, "showable", functools.partial(showable, secondary=False))
    assert narrowest(cells) == pytest.approx(0)


def test_answers_of_too_few_are_told_as_one() -> None:
    """Those under five go together, with the smallest others until they are enough; zero is too few as well."""
    found = Release().choices({service("x", "a"): choices(20, 12, 3, 9, 0)})
    assert (found.answers, found.others) == ((0, 1), True)
    figures = found.rows[ALL].figures
    assert figures is not None
    assert (figures.n, figures.chosen, figures.percents) == (44, (20, 12, 12), (45, 27, 27))
    alone = Release().choices({service("x", "a"): choices(20, 4)})
    assert (alone.answers, alone.others, alone.rows[ALL].reason) == ((), False, WITHHELD)
    all_enough = Release().choices({service("x", "a"): choices(20, 5)})
    assert (all_enough.answers, all_enough.others) == ((0, 1), False)


def test_of_several_answers_those_that_nearly_nobody_or_nearly_all_chose_are_left_out() -> None:
    """Who did not choose an answer is a number too, and no answer stands for the rest."""
    found = Release().choices({service("x", "a"): choices(20, 38, 3, 9, n=40)})
    assert (found.answers, found.others) == ((0, 3), False)
    figures = found.rows[ALL].figures
    assert figures is not None
    assert (figures.n, figures.chosen, figures.percents) == (40, (20, 9), (50, 23))


# --- parts of a number -----------------------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(["sv", "en", "uk", "ru", "ar", "so"]), st.integers(0, 7) | st.integers(0, 40)))
def test_no_small_part_can_be_worked_out(people: dict[str, int]) -> None:
    """Of submissions by language: the whole and the parts shown leave every small one open by five."""
    parts = Release().parts({name: Submitted(n=n, people=n) for name, n in people.items()})
    known = {name: cell.figures.n for name, cell in parts.parts.items() if cell.figures is not None}
    assert all(n >= 5 for n in known.values())
    hidden = [n for name, n in people.items() if name not in known]
    if parts.whole.figures is None:
        assert not known
        assert sum(people.values()) < 5
        return
    assert parts.whole.figures.n == sum(people.values())
    # What the whole leaves over is the sum of the hidden parts, and each of them may be anything up to it.
    assert not any(n < 5 for n in hidden) or sum(hidden) >= 5
    assert len(hidden) != 1 or hidden[0] >= 5


def test_submissions_of_few_people_are_few() -> None:
    """Six submissions of three people are not shown, nor what they leave over."""
    parts = Release().parts({"sv": Submitted(n=6, people=3), "en": Submitted(n=40, people=20)})
    assert [cell.figures for cell in parts.parts.values()] == [None, None]
    assert parts.whole.figures is not None
    assert parts.whole.figures.n == 46
    assert parts.parts["sv"].reason == WITHHELD


@pytest.mark.parametrize("values", [[5.0] * 20, [1.0] * 12])
def test_a_mean_of_people_who_all_said_the_same_is_hidden(values: list[float]) -> None:
    """It would tell what each of them said; and so would the others of their kind, so one more goes with it."""
    varied = Moments.of(pd.Series([1.0, 2.0, 5.0] * 8))
    cells = {
        service("x", "a"): Moments.of(pd.Series(values)), service("x", "b"): varied, service("x", "c"): varied,
    }  # fmt: skip
    rows = Release().means(cells)
    assert rows[service("x", "a")].shown == Place(kind="x")
    assert sum(rows[service("x", name)].shown == service("x", name) for name in "bc") == 1


def test_people_who_came_one_by_one_have_a_mean_together() -> None:
    """Nobody varies from themselves; twelve services of one each are twelve people who may differ."""
    cells = {service("x", f"s{n}"): Moments.of(pd.Series([float(n % 5)])) for n in range(12)}
    assert Release().means(cells)[Place(kind="x")].figures is not None


# --- providers and contracts -----------------------------------------------------------------------------------------


UNITS = {"a": ("p", "1"), "b": ("p", "2"), "c": ("q", "3"), "d": ("q", "4")}
CROSSING = {service("x", "a"): (30,), service("y", "b"): (20,), service("x", "c"): (3,), service("y", "d"): (40,)}


def attacked_across(counts: Counts, shown: frozenset[Place], release: Release) -> float:
    """The narrowest interval for any service too small, by whoever knows every shown place of both hierarchies."""
    services = list(counts)
    units = across(services, release.units)
    rows = [[float(p.holds(s) or s in units.get(p, ())) for s in services] for p in sorted(shown, key=repr)]
    totals = [sum(counts[s][0] for s, inside in zip(services, row, strict=True) if inside) for row in rows]
    widths = [np.inf]
    for n, target in enumerate(services):
        if counts[target][0] >= 5:
            continue
        ends = []
        for sign in (1.0, -1.0):
            goal = np.zeros(len(services))
            goal[n] = sign
            found = (
                linprog(goal, A_eq=np.array(rows), b_eq=np.array(totals, dtype=float), bounds=(0, None))
                if rows
                else None
            )
            ends.append(np.inf if found is None or found.status == 3 else sign * found.fun)
        widths.append(ends[1] - ends[0] if np.isfinite(ends[1]) else np.inf)
    return float(min(widths))


def test_a_provider_does_not_give_a_service_away() -> None:
    """43 of the provider less the 40 of its other service would be the 3: one of these is hidden."""
    release = Release(units=UNITS)
    shown = frozenset(
        p for p, cell in release.numbers({p: Count(n=c[0]) for p, c in CROSSING.items()}).items() if cell.shown == p
    )
    assert attacked_across(CROSSING, shown, release) >= 5
    # Each hierarchy by itself would have let out what the other one tells.
    alone = showable(CROSSING, 5) | {Place(provider="p"), Place(provider="q"), *(Place(contract=c) for c in "124")}
    assert attacked_across(CROSSING, frozenset(alone), release) < 1


@settings(max_examples=60, deadline=None)
@given(tables(), st.data(), st.sampled_from([3, 5]))
def test_no_hidden_count_can_be_worked_out_across_hierarchies(
    counts: dict[Place, tuple[int, ...]], data: st.DataObject, minimum: int
) -> None:
    """Kinds one way, providers and contracts another: whatever is hidden stays uncertain."""
    units = {str(p.service): (data.draw(st.sampled_from("pqr")), data.draw(st.sampled_from("12"))) for p in counts}
    release = Release(policy=Policy(minimum_count=minimum), units=units)
    single = {place: (cells[0],) for place, cells in counts.items()}
    rows = release.numbers({place: Count(n=cells[0]) for place, cells in single.items()})
    shown = frozenset(place for place, cell in rows.items() if cell.shown == place)
    for place in shown:
        assert rows[place].figures is not None and rows[place].figures.n >= minimum
    if any(cells[0] < 5 for cells in single.values()) and minimum == 5:
        assert attacked_across(single, shown, release) >= 5 - 1e-6


def test_a_provider_of_one_kind_has_the_figures_of_that_kind() -> None:
    """The same people twice are no second table: what is shown of one is shown of the other."""
    cells = {service("x", "a"): Count(n=20), service("x", "b"): Count(n=9), service("y", "c"): Count(n=30)}
    rows = Release(units={"a": ("p", None), "b": ("p", None), "c": ("q", None)}).numbers(cells)
    assert rows[Place(provider="p")].figures == rows[Place(kind="x")].figures
    assert [place for place in rows if place.level == "contract"] == []


def test_a_service_climbs_to_its_contract_first() -> None:
    """Three services of one contract in different kinds: it is narrower than any kind's total."""
    cells = {service(kind, f"{kind}{n}"): Count(n=n) for kind in "xyz" for n in (3, 9, 40)}
    units = {str(place.service): ("p", "1" if str(place.service).endswith("3") else "2") for place in cells}
    rows = Release(units=units).numbers(cells)
    row = rows[service("x", "x3")]
    assert (row.shown, row.figures) == (Place(contract="1"), CountFigures(n=9)) and row.reason == CLIMBED_TO_CONTRACT
