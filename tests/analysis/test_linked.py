"""Linked tables at random: services in kinds and under providers, by language; what is shown leaves nothing small over."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator, Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from analysis.linked import Choice, choose, crossed
from analysis.suppression import Place, showable, with_parents

Cell = tuple[str, str]
Figure = tuple[str, str]
Cells = dict[Cell, int]
Figures = dict[Figure, list[frozenset[Cell]]]
Load = Callable[[str], dict]  # type: ignore[type-arg]
EVERY = "all"


def tabled(cells: Cells, wider: Mapping[str, Collection[str]]) -> Figures:
    """The figures of every service and what it lies in, of each language and of all."""
    found: dict[Figure, set[Cell]] = {}
    for service, language in cells:
        for place, name in itertools.product((service, *wider[service], EVERY), (language, EVERY)):
            found.setdefault((place, name), set()).add((service, language))
    return {figure: [frozenset(one)] for figure, one in found.items()}


@st.composite
def tables(
    draw: st.DrawFn, *, services: int = 6, languages: int = 3, large: int = 40
) -> tuple[Cells, dict[str, list[str]]]:
    """Services in two kinds and under two providers, by one to three languages; many numbers are small."""
    spoken = ["fi", "sv", "uk"][: draw(st.integers(1, languages))]
    names = [f"s{n}" for n in range(draw(st.integers(2, services)))]
    cell = st.integers(0, 7) | st.integers(0, large)
    cells = {(name, language): draw(cell) for name in names for language in spoken}
    wider = {name: [draw(st.sampled_from(["k1", "k2"])), draw(st.sampled_from(["p1", "p2"]))] for name in names}
    return cells, wider


def size(cells: Mapping[Cell, int], one: Collection[Cell]) -> int:
    return sum(cells[cell] for cell in one)


def small(cells: Cells, figures: Figures, minimum: int) -> Iterator[frozenset[Cell]]:
    """Every set that is too small to tell: of figures, and cells."""
    sets = {one for sets in figures.values() for one in sets} | {frozenset([cell]) for cell in cells}
    return (one for one in sorted(sets, key=sorted) if size(cells, one) < minimum)


def width(cells: Cells, known: Collection[frozenset[Cell]], target: frozenset[Cell]) -> float:
    """How far an attacker's interval for a set reaches, who knows these sums and that nobody is negative."""
    if not known:
        return np.inf
    column = {cell: n for n, cell in enumerate(cells)}
    rows = np.array([[float(cell in one) for cell in column] for one in known])
    aim = np.array([float(cell in target) for cell in column])
    totals = [size(cells, one) for one in known]
    ends = [linprog(sign * aim, A_eq=rows, b_eq=totals, bounds=(0, None)) for sign in (1, -1)]
    return np.inf if ends[1].status == 3 else float(-ends[1].fun - ends[0].fun)


def narrowest(cells: Cells, figures: Figures, shown: Collection[Figure], minimum: int) -> float:
    known = {one for figure in shown for one in figures[figure]}
    assert all(size(cells, one) >= minimum for one in known)
    return min((width(cells, known, one) for one in small(cells, figures, minimum)), default=np.inf)


@settings(max_examples=60, deadline=None)
@given(tables(), st.sampled_from([3, 5, 10]))
def test_nothing_small_can_be_worked_out(table: tuple[Cells, dict[str, list[str]]], minimum: int) -> None:
    """Of services, kinds, providers and all, by language: every small number stays open by the threshold."""
    cells, wider = table
    figures = tabled(cells, wider)
    found = choose(cells, figures, minimum)
    assert narrowest(cells, figures, found.shown, minimum) >= minimum - 1e-6
    assert found.shown | found.failing | found.beside == set(figures)
    assert found.given_away == ()


PLANTED: Cells = {("s0", "fi"): 20, ("s1", "fi"): 3, ("s2", "fi"): 30, ("s3", "fi"): 40}
WIDER = {"s0": ["k1", "p1"], "s1": ["k1", "p2"], "s2": ["k2", "p2"], "s3": ["k2", "p1"]}


def test_the_attack_finds_that_nothing_is_hidden_beside() -> None:
    """With the secondary rule switched off, 23 - 20 gives the hidden 3 away."""
    figures = tabled(PLANTED, WIDER)
    bare = choose(PLANTED, figures, 5, secondary=False)
    assert narrowest(PLANTED, figures, bare.shown, 5) == pytest.approx(0)
    assert narrowest(PLANTED, figures, choose(PLANTED, figures, 5).shown, 5) >= 5


def test_the_attack_finds_that_a_second_hierarchy_is_ignored() -> None:
    """Safe with kinds alone, and safe with providers alone; both beside each other give the hidden 3 away."""
    figures = tabled(PLANTED, WIDER)
    kinds, providers = ({f: s for f, s in figures.items() if f[0][0] != other} for other in "pk")
    apart = (
        choose(PLANTED, kinds, 5, prefer=lambda f: f == ("s2", "fi")).shown
        | choose(PLANTED, providers, 5, prefer=lambda f: f == ("s0", "fi")).shown
    )
    assert narrowest(PLANTED, kinds, apart & set(kinds), 5) == pytest.approx(0)
    together = choose(PLANTED, figures, 5)
    assert narrowest(PLANTED, figures, together.shown, 5) >= 5
    assert {("k1", EVERY), ("p1", EVERY), (EVERY, EVERY)} <= together.shown


@settings(max_examples=40, deadline=None)
@given(tables(services=4, languages=1, large=8))
def test_who_knows_which_numbers_are_small_cannot_tell_one(table: tuple[Cells, dict[str, list[str]]]) -> None:
    """Of all whole numbers that fit the shown sums, with the same figures under the threshold: every small number that
    is hidden takes two values at least, and without that knowledge is open by the threshold."""
    cells, wider = table
    figures = tabled(cells, wider)
    shown = choose(cells, figures, 3).shown
    if (EVERY, EVERY) not in shown:
        assert not shown
        return
    sets = {one for figure in figures.values() for one in figure}
    known = {one for figure in shown for one in figures[figure]}
    fits, alike = [], []
    for numbers in itertools.product(range(sum(cells.values()) + 1), repeat=len(cells) - 1):
        rest = sum(cells.values()) - sum(numbers)
        other = dict(zip(cells, (*numbers, rest), strict=True))
        if rest >= 0 and all(size(other, one) == size(cells, one) for one in known):
            fits.append(other)
            if all((size(other, one) < 3) == (size(cells, one) < 3) for one in sets):
                alike.append(other)
    for one in small(cells, figures, 3):
        values = {size(other, one) for other in fits}
        assert max(values) - min(values) >= 3
        assert len({size(other, one) for other in alike}) > 1


def test_who_knows_which_are_small_would_know_two_that_are_two() -> None:
    """4 that are left over by two figures under 3 are 2 and 2, so one more figure goes, though 4 alone would do."""
    cells = {("s0", "fi"): 2, ("s1", "fi"): 9, ("s2", "fi"): 2}
    found = choose(cells, {s: [[(s, "fi")]] for s in ("s0", "s1", "s2")} | {EVERY: [[*cells]]}, 3)
    assert (found.shown, found.beside) == ({EVERY}, {"s1"})


# --- beside others' figures ------------------------------------------------------------------------------------------


def sdc(reference: Load, name: str) -> tuple[Cells, Figures, set[Figure], set[Figure]]:
    """A table of tests/reference/sdc.json: its cells and figures, what GaussSuppression hid, and what was too small."""
    data = reference("sdc")
    by = "muni" if name == "hier_maxN4" else "provider"
    rows = data["hier_input" if by == "muni" else "input"]
    cells = {(row[by], row["status"]): row["n"] for row in rows}
    wider = {row[by]: row.get("region", "Total") for row in rows}
    figures = {
        (row[by], row["status"]): [
            frozenset(
                (place, status)
                for place, status in cells
                if row[by] in (place, wider[place], "Total") and row["status"] in (status, "Total")
            )
        ]
        for row in data[name]
    }
    for row in data[name]:
        assert size(cells, figures[row[by], row["status"]][0]) == row["n"]
    hidden, primary = (
        {(row[by], row["status"]) for row in data[name] if row[key]} for key in ("suppressed", "primary")
    )
    return cells, figures, hidden, primary


@pytest.mark.parametrize(
    ("name", "minimum", "more"), [("maxN_2", 3, 2), ("maxN_4", 5, 2), ("maxN_9", 10, 0), ("hier_maxN4", 5, 0)]
)
def test_the_reference_tables(reference: Load, name: str, minimum: int, more: int) -> None:
    """What GaussSuppression 1.2.3 shows tells no small number exactly. Where we hide more, it tells one nearly."""
    cells, figures, hidden, primary = sdc(reference, name)
    theirs = {one for figure in figures.keys() - hidden for one in figures[figure]}
    assert all(width(cells, theirs, figures[figure][0]) > 1e-6 for figure in primary)
    ours = choose(cells, figures, minimum)
    assert ours.failing == primary
    assert narrowest(cells, figures, ours.shown, minimum) >= minimum - 1e-6
    assert len(ours.beside) == len(hidden - primary) + more


def test_why_we_hide_more_than_the_reference(reference: Load) -> None:
    """At 5, what it shows leaves 4 in education at C and D together: 0 to 4 at D, which is under the threshold for sure.
    At 3, the 3 of D in education and unemployed are 1 and 2 for who knows that C's are no fewer than 3."""
    cells, figures, hidden, _ = sdc(reference, "maxN_4")
    theirs = {one for figure in figures.keys() - hidden for one in figures[figure]}
    assert width(cells, theirs, frozenset([("D", "education")])) == pytest.approx(4)
    cells, _, hidden, _ = sdc(reference, "maxN_2")
    assert hidden == {(provider, status) for provider in "CD" for status in ("education", "unemployed")}
    assert cells["C", "education"] == 3
    assert cells["C", "education"] + cells["D", "education"] == 4


@st.composite
def nested(draw: st.DrawFn) -> dict[Place, tuple[int, ...]]:
    """Services in three kinds, with one to three cells of people each."""
    many = draw(st.integers(1, 3))
    cell = st.integers(0, 7) | st.integers(0, 40)
    kinds = draw(st.lists(st.sampled_from("xyz"), min_size=1, max_size=7))
    return {
        Place(kind=kind, service=f"{kind}{n}"): tuple(draw(st.lists(cell, min_size=many, max_size=many)))
        for n, kind in enumerate(kinds)
    }


def rows_of(counts: Mapping[Place, tuple[int, ...]]) -> Choice[tuple[Place, int], Place]:
    places = {place: [service for service in counts if place.holds(service)] for place in with_parents(counts)}
    return choose(*crossed(counts, places), 5)


@settings(max_examples=60, deadline=None)
@given(nested())
def test_plain_kinds_are_no_less_safe_than_by_remainders(counts: dict[Place, tuple[int, ...]]) -> None:
    """Rows that tell several numbers, all or none: each small one is open by the threshold."""
    cells, figures = crossed(counts, {place: [s for s in counts if place.holds(s)] for place in with_parents(counts)})
    shown = rows_of(counts).shown
    flat = {(repr(place), str(n)): count for (place, n), count in cells.items()}
    renamed = {
        (repr(figure), ""): [frozenset((repr(place), str(n)) for place, n in one) for one in sets]
        for figure, sets in figures.items()
    }
    assert narrowest(flat, renamed, [(repr(figure), "") for figure in shown], 5) >= 5 - 1e-6


def test_plain_kinds_show_about_as_much_as_by_remainders() -> None:
    """Of 80 tables drawn, at least 97 % as many rows."""
    rng = np.random.default_rng(3)
    ours = theirs = 0
    for _ in range(80):
        many = int(rng.integers(1, 4))
        counts = {
            Place(kind="xyz"[rng.integers(3)], service=f"s{n}"): tuple(
                int(count) for count in rng.poisson(10 * rng.gamma(1, 1, many))
            )
            for n in range(rng.integers(2, 10))
        }
        theirs += len(showable(counts, 5))
        ours += len(rows_of(counts).shown)
    assert theirs > 200
    assert ours >= 0.97 * theirs


@settings(max_examples=30, deadline=None)
@given(tables(), st.randoms(use_true_random=False))
def test_the_order_of_cells_and_figures_does_not_matter(table, random) -> None:  # type: ignore[no-untyped-def]
    """What is shown depends on the numbers alone."""
    cells, wider = table
    figures = tabled(cells, wider)
    shuffled = [dict(random.sample(list(one.items()), len(one))) for one in (cells, figures)]
    assert choose(*shuffled, 5) == choose(cells, figures, 5)


# --- what else is told -----------------------------------------------------------------------------------------------


def test_what_is_known_elsewhere_is_reckoned_with() -> None:
    """Another table tells the kind, so the service beside the small one cannot be shown."""
    cells = {"a": 20, "b": 3, "c": 30}
    figures = {name: [[name]] for name in cells}
    assert choose(cells, figures, 5).shown == {"a", "c"}
    assert choose(cells, figures, 5, known=[["a", "b"]]).shown == {"c"}


def test_what_is_known_elsewhere_may_give_away() -> None:
    """Nothing that is hidden here helps, and that is told; the rest is shown as it would be."""
    found = choose({"a": 20, "b": 3, "c": 30}, {"c": [["c"]]}, 5, known=[["a", "b"], ["a"]])
    assert found.shown == {"c"}
    assert found.given_away == (frozenset({"b"}),)


def test_those_who_came_since_are_protected() -> None:
    """22 now and 20 then are 2 since; with 9 more the difference is enough; of nobody there is no cell."""
    then, figures = {("a", "then"): 20, ("b", "then"): 20}, {name: [[(name, "then"), (name, "since")]] for name in "ab"}
    known = [[cell] for cell in then]
    since = {("a", "since"): 2, ("b", "since"): 9}
    assert choose(then | since, figures, 5, known=known).shown == {"b"}
    unchanged = {"a": [[("a", "then")]], "b": figures["b"]}
    assert choose(then | {("b", "since"): 9}, unchanged, 5, known=known).shown == {"a", "b"}


def test_a_set_of_no_figure_may_be_protected() -> None:
    """Who came to two services together, 17 of them, is the difference of two numbers that are told."""
    cells = {("a", "then"): 30, ("a", "since"): 9, ("b", "then"): 30, ("b", "since"): 8}
    known, came = [[("a", "then"), ("b", "then")]], [("a", "since"), ("b", "since")]
    assert choose(cells, {"all": [[*cells]]}, 17, known=known, protect=[came]).shown == {"all"}
    assert choose(cells, {"all": [[*cells]]}, 18, known=known, protect=[came]).shown == set()


def test_tables_of_the_same_people_are_linked() -> None:
    """By language the service's total is hidden; by channel it is told, and would give the 3 in Swedish away."""
    cells = {("a", "fi"): 20, ("a", "sv"): 3, ("a", "paper"): 11, ("a", "own device"): 12}
    languages = [("a", "fi"), ("a", "sv")]
    channels = [("a", "paper"), ("a", "own device")]
    figures = {"fi": [languages[:1]], "paper": [channels[:1]], "own device": [channels[1:]]}
    assert choose(cells, figures, 5).shown == set(figures)
    assert choose(cells, figures, 5, same=[(languages, channels)]).shown == {"fi", "own device"}


def test_zero_and_everybody_are_too_few() -> None:
    """That nobody, or everybody, reached it is not shown; nor a figure that tells of nobody at all."""
    cells, figures = crossed({"a": (20, 0), "b": (12, 9)}, {"a": ["a"], "b": ["b"], "all": ["a", "b"]})
    assert choose(cells, figures, 5).failing == {"a"}
    assert choose(cells, {"none": [[]], "b": figures["b"]}, 5).failing == {"none"}


def test_a_table_of_nothing_shows_nothing() -> None:
    """No service has answered, or nothing is to be told."""
    assert choose(*crossed({}, {}), 5).shown == set()
    assert choose({"a": 9}, {}, 5).shown == set()


def test_what_one_would_rather_keep_is_kept() -> None:
    """Without a preference the smaller of two goes."""
    cells = {"a": 20, "b": 3, "c": 30}
    figures = {name: [[name]] for name in cells} | {"all": [[*cells]]}
    assert choose(cells, figures, 5).shown == {"all", "c"}
    assert choose(cells, figures, 5, prefer=lambda figure: figure == "a").shown == {"all", "a"}


def test_mistakes_are_told() -> None:
    """What is wrong, and what to do."""
    with pytest.raises(ValueError, match=r"^Cell 'a' is negative. Give a number of people.$"):
        choose({"a": -1}, {"a": [["a"]]}, 5)
    with pytest.raises(
        ValueError, match=r"^There is no cell 'b'. Give its number, or leave it out of what figures tell.$"
    ):
        choose({"a": 9}, {"a": [["a", "b"]]}, 5)
    with pytest.raises(
        ValueError,
        match=r"^The cells of 'a' and 'b' do not count the same people: their sums differ. Leave the pair out of `same`.$",
    ):
        choose({"a": 9, "b": 8}, {"a": [["a"]]}, 5, same=[(["a"], ["b"])])
