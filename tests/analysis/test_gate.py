"""The gate finds what can be worked out of tables, together and with earlier ones, and lets safe ones pass."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import AnalysisError
from analysis.gate import Between, Parts, Released, ReleaseRefused, Row, Table, attack, check
from analysis.linked import choose

Wider = Mapping[str, Collection[str]]
Counts = Mapping[str, Mapping[str, int]]
"""By service and part."""
Cell = tuple[str, str, int]
"""A service, a part, and the release that counts them first."""
JUNE, DECEMBER = "2026-06-15", "2026-12-15"
PEOPLE = frozenset(["people"])


def exactly(**parts: int) -> dict[Parts, Between]:
    return {frozenset([part]): (n, n) for part, n in parts.items()}


def people(name: str, rows: Mapping[str, tuple[Collection[str], int | None]], **more: str) -> Table:
    """A table of plain numbers: units and number by row."""
    return Table(
        name=name,
        rows=tuple(
            Row(where=where, units=frozenset(units), told={} if n is None else {PEOPLE: (n, n)})
            for where, (units, n) in rows.items()
        ),
        **more,
    )


def leaving(*tables: Table, made: str = DECEMBER) -> Released:
    return Released(made=made, tables=tables)


def found(release: Released, *earlier: Released) -> set[tuple[str, str, int, int]]:
    return {(one.where, one.part, one.low, one.high) for one in attack(release, earlier).recovered}


# --- planted faults --------------------------------------------------------------------------------------------------


def test_a_number_that_others_leave_over_is_refused() -> None:
    """What is wrong, where, what it follows from and what to do, in whole sentences."""
    table = people("answered", {"all services": ("ab", 23), "service 'a'": ("a", 20), "service 'b'": ("b", None)})
    with pytest.raises(ReleaseRefused) as refused:
        check(leaving(table))
    assert str(refused.value) == (
        "Not released.\n"
        "Table 'answered': the number of 'people' in service 'b' is 3. It follows from: all services; service 'a'.\n"
        "Hide one of the rows that each follows from, or show wider places only. Where it is who has come since an "
        "earlier release, wait until enough people have, or show the earlier figures again."
    )
    assert isinstance(refused.value, AnalysisError)
    assert [one.where for one in refused.value.attacked.recovered] == ["service 'b'"]


def test_a_refusal_names_five_and_counts_the_rest() -> None:
    """Eight services of three people each, all told."""
    table = people("answered", {f"service '{unit}'": (unit, 3) for unit in "abcdefgh"})
    with pytest.raises(
        ReleaseRefused, match=r"service 'e' is 3. It follows from: service 'e'.\nAnd 3 more.\nHide"
    ) as refused:
        check(leaving(table))
    assert len(refused.value.attacked.recovered) == 8


def test_what_passes_says_how_much_was_asked() -> None:
    """Two rows hidden beside each other, which leave 16 over."""
    table = people("answered", {"all": ("abc", 36), "a": ("a", 20), "b": ("b", None), "c": ("c", None)})
    attacked = check(leaving(table))
    assert (attacked.n, attacked.minimum, attacked.recovered) == (4, 5, ())


def test_a_second_hierarchy_is_seen() -> None:
    """By kinds alone nothing is left over, nor by providers alone; by both b is what they leave."""
    kinds = {"all": ("abcd", 93), "kind 1": ("ab", 23), "kind 2": ("cd", 70)}
    providers = {"all": ("abcd", 93), "provider 1": ("ad", 60), "provider 2": ("bc", 33)}
    services: dict[str, tuple[str, int | None]] = {"a": ("a", 20), "b": ("b", None), "c": ("c", 30), "d": ("d", 40)}
    assert (
        found(leaving(people("t", kinds | services | {"a": ("a", None)} | {"c": ("c", None), "d": ("d", None)})))
        == set()
    )
    assert found(leaving(people("t", providers | services | {n: (n, None) for n in "acd"}))) == set()
    assert ("b", "people", 3, 3) in found(leaving(people("t", kinds | providers | services | {"a": ("a", None)})))


def test_tables_of_the_same_people_are_attacked_together() -> None:
    """By language a hides its Swedish; by channel it tells how many there are."""
    languages = Table(
        name="language",
        parts=("fi", "sv"),
        population="clients",
        rows=(Row(where="a", units=frozenset("a"), told=exactly(fi=20)),),
    )
    channels = Table(
        name="channel",
        parts=("own", "paper"),
        population="clients",
        rows=(Row(where="a", units=frozenset("a"), told=exactly(own=12, paper=11)),),
    )
    assert found(leaving(languages), leaving(channels, made=JUNE)) == set()
    (one,) = attack(leaving(languages, channels)).recovered
    assert (one.table, one.part, one.low, one.high) == ("language", "sv", 3, 3)
    assert "that 'language' and 'channel' count the same people" in one.follows_from


def test_rounded_shares_are_attacked_as_what_they_may_stand_for() -> None:
    """Between 1 and 3 of 300 are told; between 1 and 6 would not tell enough."""
    row = Row(where="a", units=frozenset("a"), told={frozenset(["yes"]): (1, 3), frozenset(["yes", "no"]): (300, 300)})
    assert found(leaving(Table(name="t", parts=("yes", "no"), rows=(row,)))) == {("a", "yes", 1, 3)}
    row = Row(where="a", units=frozenset("a"), told={frozenset(["yes"]): (1, 6), frozenset(["yes", "no"]): (300, 300)})
    assert found(leaving(Table(name="t", parts=("yes", "no"), rows=(row,)))) == set()


def test_a_difference_that_is_no_row_is_seen() -> None:
    """Kind 1 without provider 1 is d and e, three people that no row is about."""
    rows = {"kind 1": ("abde", 40), "provider 1": ("ab", 37), **{unit: (unit, None) for unit in "abde"}}
    assert {where for where, *_ in found(leaving(people("t", rows)))} == {"d", "e"}


# --- earlier releases ------------------------------------------------------------------------------------------------


def row_of(where: str, yes: int, no: int) -> Row:
    return Row(where=where, units=frozenset([where]), told=exactly(yes=yes, no=no))


def reached(*rows: Row) -> Table:
    return Table(name="work", parts=("yes", "no"), rows=rows)


def test_the_difference_to_an_earlier_release_is_refused() -> None:
    """10 and 10 in June, 10 and 12 in December: two have come, and neither found work."""
    refused = attack(leaving(reached(row_of("a", 10, 12))), [leaving(reached(row_of("a", 10, 10)), made=JUNE)])
    assert [one.sentence for one in refused.recovered] == [
        "Table 'work': the number of 'yes' in a, of those who have come since the release of 2026-06-15, is 0. "
        "It follows from: yes in a in the release of 2026-06-15; yes in a.",
        "Table 'work': the number of 'no' in a, of those who have come since the release of 2026-06-15, is 2. "
        "It follows from: no in a in the release of 2026-06-15; no in a.",
    ]


@pytest.mark.parametrize(
    ("yes", "no", "told"), [(10, 10, set()), (15, 15, set()), (15, 10, {("a", "no", 0, 0)}), (10, 11, None)]
)
def test_nobody_or_enough_may_have_come(yes: int, no: int, told: set[tuple[str, str, int, int]] | None) -> None:
    """The same figures again tell nothing new; five of each are enough; five who all did are not, nor is one."""
    some = found(leaving(reached(row_of("a", yes, no))), leaving(reached(row_of("a", 10, 10)), made=JUNE))
    assert some == {("a", "yes", 0, 0), ("a", "no", 1, 1)} if told is None else some == told


def test_what_was_hidden_then_may_be_told_now() -> None:
    """In June b was hidden beside all; in December nobody has come to a or all, and a is told."""
    june = people("n", {"all": ("ab", 23), "a": ("a", None), "b": ("b", None)})
    december = people("n", {"all": ("ab", 23), "a": ("a", 20), "b": ("b", None)})
    assert found(leaving(june)) == set()
    assert ("b", "people", 3, 3) in found(leaving(december), leaving(june, made=JUNE))


def test_all_are_refused_where_one_service_alone_has_grown() -> None:
    """All grow by two, though no service is told: who has come is named by the row that tells."""
    june, december = (people("n", {"all": ("ab", n), "a": ("a", None), "b": ("b", None)}) for n in (40, 42))
    assert ("all", "people", 2, 2) in found(leaving(december), leaving(june, made=JUNE))


def test_a_service_that_began_later_is_no_difference() -> None:
    """All with a new service of nine; what all leave over since is the new service."""
    june = people("n", {"all": ("ab", 40), "a": ("a", 20), "b": ("b", 20)})
    december = people("n", {"all": ("abc", 49), "a": ("a", 20), "b": ("b", 20), "c": ("c", 9)})
    assert found(leaving(december), leaving(june, made=JUNE)) == set()


def test_who_has_left_is_allowed_for_and_no_more() -> None:
    """One erased: 20 in June, 19 in December. Two more in another service are still seen."""
    june = people("n", {"a": ("a", 20), "b": ("b", 20)})
    assert found(leaving(people("n", {"a": ("a", 19), "b": ("b", 20)})), leaving(june, made=JUNE)) == set()
    grown = found(leaving(people("n", {"a": ("a", 19), "b": ("b", 22)})), leaving(june, made=JUNE))
    assert grown == {("b", "people", 2, 2)}


def test_several_earlier_releases_are_attacked_together() -> None:
    """Twelve since January, but four since June."""
    months = [people("n", {"a": ("a", n)}) for n in (20, 28, 32)]
    first, second, now = (
        leaving(table, made=made) for table, made in zip(months, ("2026-01-15", JUNE, DECEMBER), strict=True)
    )
    assert found(now, first) == set()
    (one,) = attack(now, [first, second]).recovered
    assert (one.since, one.low) == (JUNE, 4)


def test_rows_that_contradict_each_other_are_an_error() -> None:
    """A part larger than the whole."""
    with pytest.raises(AnalysisError) as refused:
        attack(leaving(people("answered", {"all": ("ab", 20), "a": ("a", 22), "b": ("b", None)})))
    assert str(refused.value) == (
        "The rows of 'answered' contradict each other: no numbers of people have these sums. Check that all rows, and "
        "all earlier releases, are of the same people."
    )


# --- what is chosen passes -------------------------------------------------------------------------------------------


@st.composite
def growing(draw: st.DrawFn) -> tuple[list[Counts], Wider]:
    """Who was there in June and who has come by December, by service and part; often nobody has."""
    names = [f"s{n}" for n in range(draw(st.integers(2, 5)))]
    parts = ["yes", "no"][: draw(st.integers(1, 2))]
    cell = st.integers(0, 7) | st.integers(0, 40)
    june = {name: {part: draw(cell) for part in parts} for name in names}
    come = {name: {part: draw(cell) if draw(st.booleans()) else 0 for part in parts} for name in names}
    wider = {name: [draw(st.sampled_from(["k1", "k2"])), draw(st.sampled_from(["p1", "p2"])), "all"] for name in names}
    return [june, come], wider


def rows(wider: Wider) -> dict[str, frozenset[str]]:
    """The services of each row."""
    units: dict[str, set[str]] = {}
    for service, places in wider.items():
        for place in (service, *places):
            units.setdefault(place, set()).add(service)
    return {place: frozenset(one) for place, one in units.items()}


def cells(counts: list[Counts]) -> dict[Cell, int]:
    """Whoever is there; where nobody has come to a service there is no cell."""
    return {
        (service, part, at): n
        for at, by in enumerate(counts)
        for service, parts in by.items()
        for part, n in parts.items()
        if at == 0 or sum(parts.values())
    }


def sets(place: Collection[str], there: Mapping[Cell, int]) -> Iterator[frozenset[Cell]]:
    for part in sorted({part for _service, part, _at in there}):
        yield frozenset(cell for cell in there if cell[0] in place and cell[1] == part)


def as_told(wider: Wider, there: Mapping[Cell, int], shown: Collection[str], made: str) -> Released:
    parts = tuple(sorted({part for _service, part, _at in there}))
    return leaving(
        Table(
            name="t",
            parts=parts,
            rows=tuple(
                Row(
                    where=place,
                    units=units,
                    told={
                        frozenset([part]): (sum(there[c] for c in one),) * 2
                        for part, one in zip(parts, sets(units, there), strict=True)
                        if place in shown
                    },
                )
                for place, units in rows(wider).items()
            ),
        ),
        made=made,
    )


@settings(max_examples=50, deadline=None)
@given(growing())
def test_what_is_chosen_passes_the_gate(table: tuple[list[Counts], Wider]) -> None:
    """Of two hierarchies and two parts: no number is recovered, of a release alone and of one after another."""
    (june, come), wider = table
    places = rows(wider)
    then, now = cells([june]), cells([june, come])
    first = choose(then, {place: [*sets(units, then)] for place, units in places.items()}, 5).shown
    told_then = as_told(wider, then, first, JUNE)
    assert attack(told_then).recovered == ()
    known = [one for place in first for one in sets(places[place], then)]
    since = {cell: n for cell, n in now.items() if cell[2] == 1}
    came = [one for place in first for one in sets(places[place], since) if one]
    figures = {place: [*sets(units, now)] for place, units in places.items()}
    second = choose(now, figures, 5, known=known, protect=came)
    assert second.given_away == ()
    assert attack(as_told(wider, now, second.shown, DECEMBER), [told_then]).recovered == ()


def test_what_is_chosen_without_what_is_known_does_not_pass() -> None:
    """As the test above would notice: each release is safe, and their difference is two people."""
    counts: list[Counts] = [{"a": {"people": 20}, "b": {"people": 30}}, {"a": {"people": 2}, "b": {"people": 9}}]
    wider = {"a": ["all"], "b": ["all"]}
    releases = []
    for made, there in ((JUNE, cells(counts[:1])), (DECEMBER, cells(counts))):
        shown = choose(there, {place: [*sets(units, there)] for place, units in rows(wider).items()}, 5).shown
        assert shown == {"a", "b", "all"}
        releases.append(as_told(wider, there, shown, made))
    assert [attack(release).recovered for release in releases] == [(), ()]
    assert ("a", "people", 2, 2) in found(releases[1], releases[0])


def test_small_tables_found_by_the_gate_are_those_found_by_counting() -> None:
    """Every way to tell or hide the rows of two small hierarchies: the gate refuses where counting says so."""
    true = {"a": 3, "b": 6, "c": 5}
    units = {"a": "a", "b": "b", "c": "c", "k": "ab", "p": "bc", "all": "abc"}
    for told in itertools.product([False, True], repeat=4):
        names = [name for name, yes in zip(("b", "k", "p", "all"), told, strict=True) if yes]
        fits = [
            dict(zip("abc", numbers, strict=True))
            for numbers in itertools.product(range(15 if names else 1), repeat=3)
            if all(sum(numbers["abc".index(u)] for u in units[n]) == sum(true[u] for u in units[n]) for n in names)
        ]
        # In no row that is told, a service may be anything.
        open = {u for u in "abc" if not any(u in units[n] for n in names)}
        expected = {
            name
            for name, inside in units.items()
            if not open & {*inside}
            and max(sum(f[u] for u in inside) for f in fits) - min(sum(f[u] for u in inside) for f in fits) < 5
            and min(sum(f[u] for u in inside) for f in fits) < 5
        }
        table = people("t", {n: (us, sum(true[u] for u in us) if n in names else None) for n, us in units.items()})
        assert {where for where, *_ in found(leaving(table))} == expected, names
