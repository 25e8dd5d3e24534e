"""What a report has told already: its `results.json`, read as the tables that the gate attacks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from analysis import AnalysisError
from analysis.gate import Between, Parts, Released, Row, Table
from analysis.suppression import Level, Place, Units, across

FORMAT = 1
PEOPLE: Parts = frozenset(["people"])
_Json = dict[str, Any]
_Told = Mapping[Parts, Between]
_Tell = Callable[[_Json], Iterator[tuple[Level, _Told]]]
"""What a row of JSON tells, and of which level."""


def read_released(path: Path) -> Released:
    """The tables of a `results.json`. Raises AnalysisError for a file that is none."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AnalysisError(f"{path} cannot be read as a results.json: {error}. Name the file of a report.") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise AnalysisError(f"{path} is not a results.json of format {FORMAT}. Name the file of a report.")
    return released(data)


def released(results: Mapping[str, object]) -> Released:
    """The tables of the content of a `results.json`: numbers of people, exact or between what a rounded share leaves.

    A row that shows the figures of a wider place tells those of that place. That somebody did not answer is not
    protected, so those who answered are a table without those who did not. Raises AnalysisError where two rows tell
    different numbers of one place.
    """
    data = cast(_Json, results)
    tables = [
        _table("invited", data["invited"], _counted("n_invited")),
        *_of_waves(data["responses"]),
        *_of_respondent("", data),
        *(table for others in data["others"] for table in _of_respondent(f"{others['respondent']}: ", others)),
        _left_out(data["left_out"]),
        *_strata(data),
    ]
    return Released(made=str(data["made"]), tables=tuple(table for table in tables if table.rows))


def whole_per_cent(percent: int, n: int) -> Between:
    """The numbers of `n` people that are `percent`, half up: from the first that rounds to it to the last."""
    return max(-(-n * (2 * percent - 1) // 200), 0), min(-(-n * (2 * percent + 1) // 200) - 1, n)


# --- rows and places -------------------------------------------------------------------------------------------------


def _place(row: _Json, level: Level) -> Place:
    """The place of a row, or a wider one."""
    if level in ("provider", "contract"):
        return Place(arm=row["arm"], **{level: row[level]})
    own = Place(arm=row["arm"], kind=row["kind"], service=row["service"])
    return next(place for place in (own, *own.parents) if place.level == level)


def _where(place: Place) -> str:
    named = {"service": f"service '{place.service}'", "kind": f"kind '{place.kind}'", "all": "all services"}
    named |= {"provider": f"provider '{place.provider}'", "contract": f"contract '{place.contract}'"}
    return named[place.level] if place.arm == "intervention" else f"{named[place.level]} (comparison)"


def _table(name: str, rows: Iterable[_Json], tell: _Tell, parts: Sequence[str] = ("people",)) -> Table:
    """The rows of a list, each at its own place, with what rows there or below tell of it."""
    rows = list(rows)
    places = {_place(row, row["level"]): dict[Parts, Between]() for row in rows}
    for row in rows:
        for level, told in tell(row):
            place = _place(row, level)
            there = places.setdefault(place, {})
            for one, between in told.items():
                if there.setdefault(one, between) != between:
                    raise AnalysisError(f"'{name}' tells two numbers of {_where(place)}. Make the report again.")
    units: Units = {
        str(row["service"]): (str(row.get("provider")), row.get("contract"))
        for row in rows
        if row["level"] == "service"
    }
    services = [place for place in places if place.level == "service"]
    unit_members = across(services, units)
    return Table(
        name=name,
        parts=tuple(parts),
        rows=tuple(
            Row(where=_where(place), units=_units(place, services, unit_members), told=told)
            for place, told in places.items()
        ),
    )


def _units(place: Place, services: Sequence[Place], members: Mapping[Place, frozenset[Place]]) -> frozenset[str]:
    """The services of a row: of a kind or an arm, of a provider or a contract."""
    inside = members.get(place, frozenset(s for s in services if place.holds(s)))
    return frozenset(str(service.service) for service in inside)


def _counted(field: str) -> _Tell:
    def tell(row: _Json) -> Iterator[tuple[Level, _Told]]:
        if row["shown_level"] is not None and row[field] is not None:
            yield row["shown_level"], {PEOPLE: (row[field], row[field])}

    return tell


def _apart(rows: Iterable[_Json], *fields: str) -> dict[tuple[str, ...], list[_Json]]:
    """The rows of each table in a list, by what names it."""
    found: dict[tuple[str, ...], list[_Json]] = {}
    for row in rows:
        found.setdefault(tuple("" if row[field] is None else str(row[field]) for field in fields), []).append(row)
    return found


# --- tables ----------------------------------------------------------------------------------------------------------


def _of_waves(rows: Sequence[_Json]) -> Iterator[Table]:
    for (wave,), own in _apart(rows, "wave").items():
        yield _table(f"answered at '{wave}'", own, _counted("n_answered"))
        yield _table(f"answered outside the window of '{wave}'", own, _late)


def _late(row: _Json) -> Iterator[tuple[Level, _Told]]:
    late = row["outside_window"]
    if late is not None:
        yield late["shown_level"], {PEOPLE: (late["n"], late["n"])}


def _of_respondent(who: str, data: _Json) -> Iterator[Table]:
    for (origin, dimension), rows in _measures(data["measures"]).items():
        name = f"{who}{dimension} of {origin}"
        yield _table(f"change in {name}", rows, _change, ("better", "same", "worse"))
        for wave in dict.fromkeys(wave for row in rows for wave in row["answered"] or ()):
            yield _table(f"{name} at '{wave}'", rows, _answered(wave))
    for (item, origin, wave), rows in _apart(data["outcomes"], "item", "origin", "wave").items():
        yield _table(f"{who}{item} of {origin} at '{wave}'", rows, _reached, ("reached", "not reached"))
    for kind in ("feedback", "looking_back"):
        for (instrument, wave, id), rows in _apart(data[kind], "instrument", "wave", "id").items():
            yield _table(f"{who}mean of {id} of {instrument} at '{wave}'", rows, _counted("n_answered"))
    for (instrument, wave, id), rows in _apart(data["choices"], "instrument", "wave", "id").items():
        yield from _choices(f"{who}{id} of {instrument} at '{wave}'", rows)


def _measures(rows: Iterable[_Json]) -> dict[tuple[str, ...], list[_Json]]:
    """Versions that score otherwise are a table each: they have rows of the same places."""
    found: dict[tuple[str, ...], list[_Json]] = {}
    for (origin, dimension, instruments), own in _apart(rows, "origin", "dimension", "instruments").items():
        alike = [key for key in found if key[1] == dimension and key[0].startswith(origin)]
        found[f"{origin} {instruments}" if alike else origin, dimension] = own
    return found


def _change(row: _Json) -> Iterator[tuple[Level, _Told]]:
    """The pairs, and shares of them that changed reliably."""
    better, same, worse = frozenset(["better"]), frozenset(["same"]), frozenset(["worse"])
    if row["shown_level"] is not None:
        yield row["shown_level"], {better | same | worse: (row["n_pairs"], row["n_pairs"])}
    found = row["reliable"]
    if found is not None:
        n = found["n"]
        told: dict[Parts, Between] = {better | same | worse: (n, n), better: whole_per_cent(found["percent_better"], n)}
        told[same | worse] = whole_per_cent(found["percent_not_better"], n)
        if found["percent_same"] is not None:
            told[same] = whole_per_cent(found["percent_same"], n)
            told[worse] = whole_per_cent(found["percent_worse"], n)
        yield found["shown_level"], told


def _answered(wave: str) -> _Tell:
    def tell(row: _Json) -> Iterator[tuple[Level, _Told]]:
        n = (row["answered"] or {}).get(wave)
        if n is not None:
            yield row["shown_level"], {PEOPLE: (n, n)}

    return tell


def _reached(row: _Json) -> Iterator[tuple[Level, _Told]]:
    if row["shown_level"] is not None:
        yes, n = row["n_reached"], row["n_answered"]
        yield row["shown_level"], {frozenset(["reached"]): (yes, yes), frozenset(["not reached"]): (n - yes, n - yes)}


def _choices(name: str, rows: Sequence[_Json]) -> Iterator[Table]:
    """One table where everybody chose one answer; of several, a table for each answer: who chose it and who did not."""
    told: list[_Json] = next((row["answers"] for row in rows if row["answers"]), [])
    values = [str(value) for answer in told for value in answer["values"]]
    if rows[0]["sort"] != "several":
        yield _table(name, rows, _one, [*values, *(str(value) for value in rows[0]["not_told"])] if values else ())
        return
    for value in values:
        yield _table(f"{name}: {value}", rows, _several(value), ("chose", "did not choose"))


def _one(row: _Json) -> Iterator[tuple[Level, _Told]]:
    if row["shown_level"] is not None:
        chosen = {frozenset(map(str, a["values"])): (a["n_chosen"], a["n_chosen"]) for a in row["answers"]}
        yield row["shown_level"], chosen


def _several(value: str) -> _Tell:
    def tell(row: _Json) -> Iterator[tuple[Level, _Told]]:
        chosen = next((a["n_chosen"] for a in row["answers"] if [str(v) for v in a["values"]] == [value]), None)
        if row["shown_level"] is not None and chosen is not None:
            rest = row["n_answered"] - chosen
            yield row["shown_level"], {frozenset(["chose"]): (chosen,) * 2, frozenset(["did not choose"]): (rest,) * 2}

    return tell


def _left_out(rows: Sequence[_Json]) -> Table:
    """Languages are its units."""
    languages = frozenset(str(row["language"]) for row in rows if row["language"] is not None)
    return Table(
        name="left out for their language",
        rows=tuple(
            Row(
                where="all languages" if row["language"] is None else f"language '{row['language']}'",
                units=languages if row["language"] is None else frozenset([row["language"]]),
                told={} if row["n_submissions"] is None else {PEOPLE: (row["n_submissions"],) * 2},
            )
            for row in rows
        ),
    )


def _strata(data: _Json) -> Iterator[Table]:
    """Changes by language, channel and help: all pairs of the intervention in one unit, in parts by strata."""
    whole = {
        (row["origin"], row["dimension"]): row["n_pairs"]
        for row in data["measures"]
        if row["level"] == row["shown_level"] == "all" and row["arm"] == "intervention"
    }
    for (origin, dimension, by), rows in _apart(data.get("strata", ()), "origin", "dimension", "by").items():
        told: dict[Parts, Between] = {
            frozenset([str(row["stratum"])]): (row["n_pairs"],) * 2 for row in rows if row["n_pairs"] is not None
        }
        parts = tuple(str(row["stratum"]) for row in rows)
        if (n := whole.get((origin, dimension))) is not None:
            told[frozenset(parts)] = (n, n)
        own = Row(where="all services", units=frozenset(["all"]), told=told)
        yield Table(name=f"change in {dimension} of {origin} by {by}", parts=parts, rows=(own,))
