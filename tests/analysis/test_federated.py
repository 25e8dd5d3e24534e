"""Files of summaries: pooled they give what the people pooled would, and nothing that a report hides is in them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import dataset as datasets
from analysis import disclosure, federated
from analysis.change import ChangeSummary, Grouped, mean_change, merged, uncertainty
from analysis.cohort import Design
from analysis.dataset import Dataset
from analysis.disclosure import Release
from analysis.earlier import released
from analysis.federated import FederationError, handed_over, joined, parted, together
from analysis.gate import check
from analysis.pooling import OTHERS, Area, Pooled, pooled, read_area
from analysis.report import render
from analysis.results import results
from analysis.streaming import summarised
from analysis.summaries import Summaries
from analysis.suppression import Place, showable
from analysis.tables import protect
from analysis.wording import Words
from survey.model import Group, Library, Reference
from survey.records import Participation
from tests.analysis.conftest import MADE, submissions
from tests.analysis.test_summaries import differences, plain

DAY = date(2026, 12, 15)
Json = Mapping[str, Any]


def area(library: Library, name: str) -> Library:
    """The same services in another area."""
    own = dataclasses.replace(library.site.organisation, name=dict.fromkeys(library.site.languages, name))
    return dataclasses.replace(library, site=dataclasses.replace(library.site, organisation=own))


def written(library: Library, people: list[Participation], folder: Path, seed: int) -> Dataset:
    answered = submissions(library, people, Design(attrition={"start": 0.05, "end": 0.1}), seed)
    datasets.write(folder, library=library, participations=people, submissions=answered, made=MADE)
    return datasets.read(folder)


@pytest.fixture(scope="module")
def two(
    whole_library: Library, people: list[Participation], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Dataset, Dataset]:
    """Two areas with the same questionnaires. The second has a third of the people, so that it hides more."""
    folder = tmp_path_factory.mktemp("areas")
    random = Random(1)
    some = [person for person in people if random.random() < 0.4]
    return (
        written(area(whole_library, "Jämsä"), people, folder / "a", 1),
        written(area(whole_library, "Äänekoski"), some, folder / "b", 2),
    )


@pytest.fixture(scope="module")
def files(two: tuple[Dataset, Dataset], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("files")
    paths = (folder / "a.json", folder / "b.json")
    for path, dataset in zip(paths, two, strict=True):
        path.write_text(json.dumps(file_of(dataset), ensure_ascii=False), encoding="utf-8")
    return paths


def file_of(dataset: Dataset) -> Json:
    return json.loads(json.dumps(handed_over(summarised(dataset, day=DAY), Release(), made=MADE, day=DAY)))  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def together_(files: tuple[Path, Path]) -> Pooled:
    return pooled([read_area(path) for path in files], day=DAY)


# --- equal to the people pooled --------------------------------------------------------------------------------------


def all_in_one(two: tuple[Dataset, Dataset], ids: tuple[str, str]) -> Dataset:
    """One dataset of both areas, whose services and people have the areas before their ids."""

    def own(frame: pd.DataFrame, id: str) -> pd.DataFrame:
        columns = {"service": id + "-" + frame["service"]}
        for column in ("id", "participation", "submission"):
            if column in frame:
                columns[column] = frame[column].str[:3] + id + frame[column].str[3:]
        return frame.assign(**columns)

    services = two[0].library.services
    known = tuple(dataclasses.replace(service, id=f"{id}-{service.id}") for id in ids for service in services.services)
    return dataclasses.replace(
        two[0],
        library=dataclasses.replace(two[0].library, services=dataclasses.replace(services, services=known)),
        responses=pd.concat([own(d.responses, id) for d, id in zip(two, ids, strict=True)], ignore_index=True),
        participations=pd.concat(
            [own(d.participations, id) for d, id in zip(two, ids, strict=True)], ignore_index=True
        ),
    )


def members(files: tuple[Path, Path]) -> Iterator[tuple[tuple[Any, ...], str, list[str]]]:
    """Of each row of each table: the table, the id of the row in pooled tables, and the services behind it."""
    for path in files:
        own = read_area(path)
        for table in own.tables:
            for row in table["rows"]:
                if "services" in row:
                    id = f"{own.id}-{'+'.join(sorted(row['services']))}"
                    yield tuple(table["table"]), id, [f"{own.id}-{service}" for service in row["services"]]


def cells(sums: Summaries) -> Iterator[tuple[tuple[Any, ...], Mapping[Place, Any]]]:
    """Every table of summaries, by its name in files."""
    yield ("invited",), sums.invited
    for wave in sums.waves:
        yield ("answered", wave.wave), wave.answered
        yield ("late", wave.wave), wave.outside
    for found in sums.respondents:
        who = found.respondent
        for one in found.measures:
            of = (who, one.measure.origin, one.measure.dimension)
            yield ("change", *of), one.changes
            yield ("reliable", *of), one.reliable
            yield from ((("took_part", *of, wave), counted) for wave, counted in one.answered.items())
        for sort, tables in (("memory", found.memories), ("feedback", found.feedback)):
            for averaged, own in tables:
                q = averaged.question
                yield (sort, who, q.instrument, q.id, q.of, q.wave), own
        for outcome, at, reached in found.outcomes:
            yield ("outcome", who, outcome.origin, outcome.item.id, at), reached


def without_groups(cell: Any) -> Any:
    """Groups as one: files have no names of them."""
    if isinstance(cell, ChangeSummary):
        return dataclasses.replace(cell, change=without_groups(cell.change))
    return merged([cell.alone, *cell.groups.values()]) if isinstance(cell, Grouped) else cell


def test_pooled_files_equal_pooled_people(
    two: tuple[Dataset, Dataset], files: tuple[Path, Path], together_: Pooled
) -> None:
    """Every cell that was handed over is the sum over its people: counts exactly, figures to 1e-12."""
    whole = dict(cells(summarised(all_in_one(two, ("jamsa", "aanekoski")), day=DAY)))
    found = dict(cells(together_.summaries))
    checked = 0
    for table, id, services in members(files):
        if table[0] in ("choice", "reliable"):
            continue
        (place,) = (place for place in found[table] if place.service == id)
        expected = merged(cell for place, cell in whole[table].items() if place.service in services)
        assert differences(plain(without_groups(found[table][place])), plain(without_groups(expected))) == [], table
        checked += 1
    assert checked > 150


def test_national_figures_are_those_of_everybody(two: tuple[Dataset, Dataset], together_: Pooled) -> None:
    """Where nothing is lacking, the row of all services is that of a report about all people."""
    people = protect(summarised(all_in_one(two, ("jamsa", "aanekoski")), day=DAY), Release())
    files = protect(together_.summaries, Release())
    for one, other in zip(people.clients.measures, files.clients.measures, strict=True):
        theirs, ours = one.changes[Place()].figures, other.changes[Place()].figures
        assert theirs is not None and ours is not None
        names = ("n_pairs", "mean_start", "mean_end", "change", "standardised")
        assert [getattr(ours, name) for name in names] == [getattr(theirs, name) for name in names]
        assert ours.interval is not None and theirs.interval is not None and ours.clusters < theirs.clusters
    invited, all_invited = files.invited[Place()].figures, people.invited[Place()].figures
    assert invited == all_invited and invited is not None


def test_a_report_of_pooled_files_is_written(together_: Pooled) -> None:
    """Areas are told apart by their names, kinds are pooled, and JSON has what it has of people, which the gate lets
    out."""
    tables = protect(together_.summaries, Release())
    data = results(tables, MADE)
    check(released(json.loads(json.dumps(data))))
    assert "Jämsä: Welding course" in render(tables, Words("en", {}), MADE)
    rows = [row for row in data["measures"] if row["dimension"] == "job_search"]  # type: ignore[attr-defined]
    kinds = {row["kind"] for row in rows if row["level"] == "kind" and row["arm"] == "intervention"}
    assert kinds >= {"labour_market_training", "job_search_coaching", "job_coaching"}
    assert {row["service"].split("-")[0] for row in rows if row["level"] == "service"} == {"jamsa", "aanekoski"}
    titles = [service.title["fi"] for service in tables.library.services.services]
    assert "Jämsä: Hitsaajakoulutus" in titles and any(title.count(", ") for title in titles)
    assert tables.library.site.organisation.name["fi"] == "Äänekoski, Jämsä"


def test_intervals_are_exact_where_no_group_is_small(library: Library, tmp_path: Path) -> None:
    """Groups of 20 and more stay groups: the interval of all equals that of the people, to 1e-12."""
    services = tuple(
        dataclasses.replace(
            service,
            groups=tuple(
                Group(
                    id=f"{service.id}-{n}",
                    start=str(date(2026, 1, 12) + timedelta(days=7 * n)),
                    end=str(date(2026, 4, 12) + timedelta(days=7 * n)),
                )
                for n in range(3)
            ),
        )
        for service in library.services.services[:3]
    )
    small = dataclasses.replace(library, services=dataclasses.replace(library.services, services=services))
    symbols = "0123456789abcdefghjkmnpqrstvwxyz"
    people = [
        Participation(
            id=f"p_{symbols[n % 32]}{n:025d}",
            number="X",
            service=service.id,
            group=group.id,
            start=group.start,
            planned_end=group.end,
            invited=f"{group.start}T06:00:00.000Z",
        )
        for n, (service, group) in enumerate(
            (service, group) for service in services for group in service.groups for _seat in range(26)
        )
    ]
    two = tuple(written(area(small, name), people, tmp_path / name, n) for n, name in enumerate(("Jämsä", "Äänekoski")))
    areas: list[Area] = []
    for dataset in two:
        path = tmp_path / f"{len(areas)}.json"
        path.write_text(json.dumps(file_of(dataset)))
        areas.append(read_area(path))
    found = pooled(areas, day=DAY).summaries
    whole = summarised(all_in_one(two, ("jamsa", "aanekoski")), day=DAY)  # type: ignore[arg-type]
    asked = [pair for pair in zip(found.clients.measures, whole.clients.measures, strict=True) if pair[1].changes]
    assert len(asked) == 4
    for one, other in asked:
        ours, theirs = (mean_change(merged(each.changes.values())) for each in (one, other))
        assert (ours.n, ours.clusters) == (theirs.n, theirs.clusters) == (ours.n, 18)
        assert ours.interval == pytest.approx(theirs.interval, rel=1e-12)
        assert ours.df == pytest.approx(theirs.df, rel=1e-12)


def test_reliable_change_by_a_reference_is_pooled(files: tuple[Path, Path], together_: Pooled) -> None:
    """Judged where people are; what has no reference is not judged, and this is said."""
    (one,) = (m for m in together_.summaries.clients.measures if m.measure.dimension == "job_search")
    own = {place: cell.start.n for place, cell in one.changes.items() if place.arm == "intervention"}
    judged = [sum(cell.counts) for place, cell in one.reliable.items() if place.arm == "intervention"]
    assert sum(judged) in (0, sum(own.values()))
    ours = pooled([read_area(files[0])], day=DAY)
    (alone,) = (m for m in ours.summaries.clients.measures if m.measure.dimension == "job_search")
    assert sum(sum(cell.counts) for cell in alone.reliable.values()) > 0
    assert not any(m.reliable for m in together_.summaries.clients.measures if m.measure.definition.reference is None)


# --- groups ----------------------------------------------------------------------------------------------------------

VALUES = st.lists(st.tuples(st.integers(-40, 40), st.sampled_from(["", *"abcdefgh"])), min_size=12, max_size=120)


@given(VALUES)
def test_no_group_handed_over_is_small(values: list[tuple[int, str]]) -> None:
    """Each has ten people or more who differ, unless all of a cell are one; nobody is lost, and nobody is twice."""
    whole = Grouped.of(pd.Series([float(v) for v, _ in values]), pd.Series([group for _, group in values]))
    found, n = joined(whole, 10)
    parts = [part for part in (found.alone, *found.groups.values()) if part.n]
    assert len(parts) == 1 or all(part.n >= 10 and part.sd for part in parts)
    assert merged(parts).n == len(values) and merged(parts).total == sum(v for v, _ in values)
    assert sorted(name for unit in together(whole, 10) for name in unit) == sorted({group for _, group in values})
    assert n == sum(len(unit) for unit in together(whole, 10) if len(unit) > 1)


@given(VALUES)
def test_joined_groups_are_clusters_of_their_people(values: list[tuple[int, str]]) -> None:
    """The interval is that of the same people with one name for each joined group."""
    frame = pd.DataFrame(values, columns=["value", "group"]).astype({"value": "float64"})
    whole = Grouped.of(frame["value"], frame["group"])
    names = {name: ("" if unit == ("",) else "+".join(unit)) for unit in together(whole, 10) for name in unit}
    expected = uncertainty(Grouped.of(frame["value"], frame["group"].map(names)), float(frame["value"].mean()))
    found = uncertainty(joined(whole, 10)[0], whole.mean)
    assert (found is None) == (expected is None)
    if found is not None and expected is not None:
        assert found.se == pytest.approx(expected.se, rel=1e-9, abs=1e-9)
        assert found.df == pytest.approx(expected.df, rel=1e-12)


def test_joining_small_groups_keeps_the_interval_right() -> None:
    """Groups that share something: in 400 draws about 95 of 100 intervals hold the true change, joined or not."""
    rng = np.random.default_rng(7)
    held = {"as they are": 0, "joined": 0}
    sizes = [4, 5, 6, 7, 8, 9] * 5
    for _ in range(400):
        group = np.repeat(np.arange(len(sizes)), sizes)
        value = pd.Series(3 + rng.normal(0, 4, len(sizes))[group] + rng.normal(0, 10, len(group)))
        whole = Grouped.of(value, pd.Series(group.astype(str)))
        for name, one in (("as they are", whole), ("joined", joined(whole, 10)[0])):
            found = uncertainty(one, whole.mean)
            assert found is not None
            held[name] += found.interval[0] <= 3 <= found.interval[1]
    assert all(0.92 <= n / 400 <= 0.98 for n in held.values()), held


# --- nothing hidden is told ------------------------------------------------------------------------------------------


def given_away(dataset: Dataset, file: Json) -> list[str]:
    """What a file tells of too few people, by itself or beside the report: cells that are too small, and rows of the
    report that are not sums of cells, so that cells and rows differ by some that neither shows."""
    found: list[str] = []
    rows: dict[tuple[Any, ...], list[Json]] = {tuple(t["table"]): t["rows"] for t in file["tables"]}
    sums = summarised(dataset, day=DAY)
    for of, own in cells(sums):
        every = {place.service: cell for place, cell in own.items()}
        told = [row for row in rows.get(of, []) if "services" in row]
        for row in told:
            cell = merged(every[service] for service in row["services"])
            low = 10 if of[0] in ("change", "memory", "feedback") else 5
            numbers = cell.counts[:1] if of[0] == "answered" else cell.counts
            found += [f"{of} {row['services']}: {numbers}"] if min(numbers) < low else []
            groups = row["cell"].get("change", row["cell"]).get("groups", {})
            parts = [part["n"] for part in groups.values()]
            alone = row["cell"].get("change", row["cell"]).get("alone", {}).get("n", 0)
            small = [n for n in (*parts, *([alone] if alone else [])) if n < 10]
            found += [f"{of} {row['services']}: groups of {small}"] if small else []
    shown = protect(sums, Release())
    for table in shown.clients.measures:
        of = ("change", "client", table.measure.origin, table.measure.dimension)
        units = [{*row["services"]} for row in rows.get(of, [])]
        for place, cell in table.changes.items():
            if cell.shown == place and place.level in ("service", "kind", "all"):
                within = {p.service for p in table.changes if p.service is not None and place.holds(p)}
                inside = set().union(*(unit for unit in units if unit <= within))
                rest = {s for s in within - inside if s in {p.service for p, c in table.changes.items()}}
                people = {p.service: c.start.n for p, c in dict(cells(sums))[of].items()}
                found += [f"{of} {place}: {rest}"] if 0 < sum(people[s] for s in rest) < 10 else []
    return found


def test_nothing_too_small_is_in_a_file(two: tuple[Dataset, Dataset]) -> None:
    """Neither by itself nor beside the area's report."""
    for dataset in two:
        assert given_away(dataset, file_of(dataset)) == []
    hidden = [t["table"] for t in file_of(two[1])["tables"] if t["lacking"]]
    assert hidden


def test_a_planted_fault_is_found(two: tuple[Dataset, Dataset], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without secondary suppression, small remainders stand in the report; without joining, small groups in the file;
    without looking whether a cell is enough, small cells."""
    with monkeypatch.context() as patch:
        patch.setattr(federated, "joined", lambda values, minimum: (values, 0))
        assert any("groups of" in one for one in given_away(two[0], file_of(two[0])))
    with monkeypatch.context() as patch:
        patch.setattr(disclosure, "showable", partial(showable, secondary=False))
        assert given_away(two[1], file_of(two[1]))


def test_no_name_of_a_group_or_person_is_in_a_file(two: tuple[Dataset, Dataset]) -> None:
    """Only services, which are public."""
    text = json.dumps(file_of(two[0]))
    for name in {*two[0].participations["id"], *two[0].participations["group"].dropna()}:
        assert f'"{name}"' not in text and f"/{name}" not in text


def test_parts_do_not_overlap() -> None:
    """Shown services by themselves, others of a shown kind as one, the rest of a shown arm as one, and what is in no
    shown place."""
    places = [Place(kind=kind, service=f"{kind}{n}") for kind in "ab" for n in range(3)]
    shown = {places[0], Place(kind="a"), Place()}
    found = {at: [p.service for p in own] for at, own in parted(places, shown)}
    assert found == {places[0]: ["a0"], Place(kind="a"): ["a1", "a2"], Place(): ["b0", "b1", "b2"]}
    assert dict(parted(places[:1], set())) == {None: places[:1]}


# --- what is lacking, and what is refused ----------------------------------------------------------------------------


def test_what_each_file_lacks_is_named(together_: Pooled) -> None:
    """In sentences that name the area and the subjects."""
    said = [lack.say(Words("en", {})) for lack in together_.lacking]
    assert any(s.startswith("Äänekoski hands over nothing of ") for s in said)
    assert any(s.startswith("Äänekoski joins groups of fewer than 10 people with others (") for s in said)
    (unjudged,) = (s for s in said if s.startswith("Jämsä hands over no reliable change of"))
    assert "Well-being" in unjudged and "Job-search skills" not in unjudged
    assert said[-1].startswith("Figures in depth, trends, providers and registers need every person's answers")


def test_files_that_differ_in_meaning_are_refused(files: tuple[Path, Path]) -> None:
    """The same questionnaire by name, with another text; and a wave with another window."""
    one, other = (read_area(path) for path in files)
    core = other.instruments["asiakasmuutosmittari@3"]
    (section, *rest) = core.sections
    items = (dataclasses.replace(section.items[0], text={**section.items[0].text, "fi": "Muuta"}), *section.items[1:])
    changed = dataclasses.replace(core, sections=(dataclasses.replace(section, items=items), *rest))
    strange = dataclasses.replace(other, instruments={**other.instruments, core.key: changed})
    with pytest.raises(
        FederationError, match=r"asiakasmuutosmittari@3 \(fi\) does not mean the same in a.json and b.json: answers to"
    ):
        pooled([one, strange], day=DAY)
    waves = {**other.site["waves"], "end": {**other.site["waves"]["end"], "open": [-1, 1]}}
    with pytest.raises(FederationError, match="The wave 'end' does not mean the same in a.json and b.json"):
        pooled([one, dataclasses.replace(other, site={**other.site, "waves": waves})], day=DAY)


def test_an_area_counts_once(files: tuple[Path, Path]) -> None:
    """Two files of one area would count its people twice."""
    one = read_area(files[0])
    with pytest.raises(FederationError, match="a.json and again.json are both of Jämsä: its people would count twice"):
        pooled([one, dataclasses.replace(one, file="again.json")], day=DAY)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not a file of summaries. An area makes one with: mittari report --summaries-out FILE"),
        ('{"format": 1}', "is not a file of summaries"),
        ('{"format": 9, "sort": "mittari-summaries"}', "is of sort mittari-summaries and format 9; this version"),
        ('{"format": 1, "sort": "mittari-summaries"}', "is damaged .*Ask the area for it again"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: str, message: str) -> None:
    """With what to do."""
    (tmp_path / "x.json").write_text(content)
    with pytest.raises(FederationError, match=message):
        read_area(tmp_path / "x.json")


def test_a_changed_questionnaire_is_refused(files: tuple[Path, Path], tmp_path: Path) -> None:
    """The digest says that it is no longer what the area asked."""
    data = json.loads(files[0].read_text())
    data["library"]["instruments"][0]["title"]["fi"] = "Toinen"
    (tmp_path / "x.json").write_text(json.dumps(data))
    with pytest.raises(FederationError, match="its questionnaires have been changed by hand"):
        read_area(tmp_path / "x.json")


# --- choices ---------------------------------------------------------------------------------------------------------


def test_choices_are_told_as_far_as_every_area_tells_them(files: tuple[Path, Path], together_: Pooled) -> None:
    """Answers that an area tells only as others are others in all; nobody is lost."""
    one, other = (read_area(path) for path in files)
    several = 0
    for chosen, own in together_.summaries.clients.choices:
        q = chosen.question
        of = ["choice", "client", q.instrument, q.id, q.of, q.wave]
        tables = [t for a in (one, other) for t in a.tables if t["table"] == of and t["rows"]]
        values = [o.value for o in chosen.options if o.value != OTHERS]
        assert set(values) == set.intersection(*({*t["answers"]} for t in tables)) if tables else not own
        assert sum(cell.n for cell in own.values()) == sum(r["cell"]["n"] for t in tables for r in t["rows"])
        for cell in own.values():
            assert len(cell.chosen) == len(chosen.options)
            assert not cell.one or sum(cell.chosen) == cell.n
            several += not cell.one
    assert several


def test_references_travel_with_the_instruments(files: tuple[Path, Path]) -> None:
    """A file names what its reliable change was judged by."""
    own: Area = read_area(files[0])
    reference = own.instruments["asiakasmuutosmittari@3"].dimensions["job_search"].reference
    assert reference == Reference(sd=21.0, reliability=0.84, source="Made up for tests")
