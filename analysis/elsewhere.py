"""Answers from elsewhere, by a map of their columns, as a dataset like any other.

A file that Webropol, Microsoft Forms, LimeSurvey or SPSS has written: CSV (with commas, or with semicolons as Finnish
Excel wants it), Excel, Parquet or SPSS, with a row for each participation or for each of its waves. Cells are read as
they stand there, as text, and the map says what each means. What it does not say is a problem that names the rows:
nothing is guessed, merged or dropped.
"""

from __future__ import annotations

import csv
import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from analysis import dataset as datasets
from analysis.dataset import ABSENCES, Dataset
from survey import problems as p
from survey.column_map import Coded, ColumnMap, Question, Scored, slug
from survey.located import Read
from survey.model import (
    CHANNELS,
    CONTACT,
    HELPERS,
    WIDEST_WINDOW,
    Dimension,
    Instrument,
    Item,
    Library,
    Option,
    Organisation,
    Provider,
    Section,
    Service,
    Services,
    Site,
    Wave,
)
from survey.phrases import said
from survey.problems import Place, Problem

SEPARATORS = ",;\t|"
KIND_TITLES = {"fi": "Palvelut", "sv": "Tjänster", "en": "Services"}
WAVE_TITLES = {
    "start": {"fi": "Alku", "sv": "Början", "en": "Start"},
    "end": {"fi": "Loppu", "sv": "Slutet", "en": "End"},
}
DISTINCT = 5
"""Different cells of a column that are told each for itself."""
OWN_KIND = "service"
ZONE = ZoneInfo("Europe/Helsinki")
"""Of times that do not say theirs."""


class UnreadableAnswers(Exception):
    """The answers, or their map, cannot be used as they are. `problems` says what to do."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


# --- tables ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Table:
    """A file of answers: `cells` as text, without spaces around it, and missing where there is nothing. `first` is the
    number of the first row of answers, as a program for tables shows it. `labels` are the words of SPSS's codes, and
    `titles` what it calls its columns."""

    file: str
    cells: pd.DataFrame
    first: int
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)

    def rows(self, where: pd.Series[bool]) -> list[int]:
        """The numbers of some rows."""
        return [self.first + int(n) for n in np.flatnonzero(where.to_numpy())]


def read_table(path: Path, *, sheet: str | None = None, separator: str | None = None) -> Table:
    """The table in a file, by its ending. Raises UnreadableAnswers."""
    readers: Mapping[str, Callable[[], Table]] = {
        ".csv": lambda: _read_csv(path, separator),
        ".txt": lambda: _read_csv(path, separator),
        ".tsv": lambda: _read_csv(path, separator or "\t"),
        ".xlsx": lambda: _read_excel(path, sheet),
        ".parquet": lambda: _of_frame(path, pq.read_table(path).to_pandas(), first=1),
        ".sav": lambda: _read_spss(path),
    }
    place = Place(str(path))
    reader = readers.get(path.suffix.lower())
    if reader is None:
        reason = said(p.ENDING_UNKNOWN, ending=path.suffix or path.name)
        raise UnreadableAnswers([p.responses_unreadable(place, reason=reason)])
    try:
        table = reader()
    except UnreadableAnswers:
        raise
    except Exception as error:  # each reader has errors of its own for what is damaged
        told = " ".join(str(error).split())[:200] or type(error).__name__
        raise UnreadableAnswers([p.responses_unreadable(place, reason=told)]) from error
    if table.cells.empty:
        raise UnreadableAnswers([p.responses_empty(place)])
    return table


def _read_csv(path: Path, separator: str | None) -> Table:
    data = path.read_bytes()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            # What Excel in Finland calls CSV.
            text = data.decode("cp1252")
    separator = separator or _separator(text)
    rows = list(csv.reader(text.splitlines(keepends=True), delimiter=separator))
    header, body = (rows[0], rows[1:]) if rows else ([], [])
    wide = [n for n, row in enumerate(body) if len(row) > len(header)]
    if wide:
        reason = said(p.ROW_TOO_LONG, rows=p.in_rows([n + 2 for n in wide]))
        raise UnreadableAnswers([p.responses_unreadable(Place(str(path)), reason=reason)])
    padded = [row + [""] * (len(header) - len(row)) for row in body]
    while padded and not any(padded[-1]):
        padded.pop()
    return _of_frame(path, pd.DataFrame(padded, columns=header, dtype=object), first=2)


def _separator(text: str) -> str:
    """The one that stands most often in the row of names, outside quotes."""
    names = re.sub(r'"[^"]*"', "", text.partition("\n")[0])
    return max(SEPARATORS, key=lambda each: (names.count(each), -SEPARATORS.index(each)))


def _read_excel(path: Path, sheet: str | None) -> Table:
    with pd.ExcelFile(path, engine="openpyxl") as book:
        if sheet is not None and sheet not in book.sheet_names:
            reason = said(p.SHEET_UNKNOWN, sheet=sheet, known=tuple(map(str, book.sheet_names)))
            raise UnreadableAnswers([p.responses_unreadable(Place(str(path)), reason=reason)])
        rows = pd.read_excel(book, sheet_name=sheet or book.sheet_names[0], header=None, dtype=object)
    if rows.empty:
        return _of_frame(path, rows, first=2)
    body = rows.iloc[1:].reset_index(drop=True)
    body.columns = pd.Index([_cell(name) or "" for name in rows.iloc[0]])
    # Blank rows in between keep their numbers.
    filled = np.flatnonzero(body.notna().any(axis=1))
    return _of_frame(path, body.iloc[: filled[-1] + 1 if len(filled) else 0], first=2)


def _read_spss(path: Path) -> Table:
    import pyreadstat

    frame, meta = pyreadstat.read_sav(str(path), apply_value_formats=False, user_missing=False)
    labels = {
        column: {_cell(value) or "": str(label) for value, label in values.items()}
        for column, values in meta.variable_value_labels.items()
    }
    titles = {column: str(title) for column, title in meta.column_names_to_labels.items() if title}
    return dataclasses.replace(_of_frame(path, frame, first=1), labels=labels, titles=titles)


def _of_frame(path: Path, frame: pd.DataFrame, *, first: int) -> Table:
    columns = [_texts(frame.iloc[:, n]) for n in range(frame.shape[1])]
    cells = pd.concat(columns, axis=1) if columns else pd.DataFrame()
    cells.columns = pd.Index([str(name).strip() for name in frame.columns])
    return Table(file=str(path), cells=cells, first=first)


def _texts(column: pd.Series[Any]) -> pd.Series[str]:
    """The cells of a column; each different one is read once."""
    codes, different = pd.factorize(column)
    texts = pd.array([*(_cell(value) for value in different), None], dtype="string")
    return pd.Series(texts.take(codes))


def _cell(value: Any) -> str | None:
    """A cell as it is written: whole numbers without a point, days as 2026-03-31."""
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return None
    if isinstance(value, bool | np.bool_):
        return "1" if value else "0"
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    if isinstance(value, pd.Timestamp | datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ", timespec="seconds")
    return " ".join(str(value).split()) or None


# --- cells by the map ------------------------------------------------------------------------------------------------


def read_dataset(read: Read[ColumnMap], table: Table, *, instruments: Mapping[str, Instrument], made: str) -> Dataset:
    """The dataset that a table is by its map. `instruments` are ours, by `id@version`, of which the map may name one;
    `made` is the time of reading, UTC. Raises UnreadableAnswers with every problem."""
    found: list[Problem] = [*_missing_columns(read, table), *_wrong_instrument(read, instruments)]
    if found:
        raise UnreadableAnswers(sorted(found))
    work = _Work(read, table, found.append)
    rows = work.rows()
    instrument, answers = work.answers(rows, instruments)
    services, rows = work.services(rows)
    rows = work.received(rows)
    work.check_people(rows)
    if found:
        raise UnreadableAnswers(sorted(found))
    rows = rows.assign(received=rows["received"].fillna(pd.Timestamp(made)))
    library = _library(read.value, instrument, services)
    return _dataset(library, instrument, rows, answers, made)


def _missing_columns(read: Read[ColumnMap], table: Table) -> Iterator[Problem]:
    known = [name for name in dict.fromkeys(table.cells.columns) if name]
    for path, column in read.value.columns():
        count = int((table.cells.columns == column).sum())
        if count == 0:
            yield p.column_missing(read.place(*path), column=column, known=known)
        elif count > 1:
            yield p.column_repeated(read.place(*path), column=column, count=count)


def _wrong_instrument(read: Read[ColumnMap], instruments: Mapping[str, Instrument]) -> Iterator[Problem]:
    key = read.value.instrument
    if key is None:
        return
    if key not in instruments:
        yield p.map_instrument_unknown(read.place("instrument"), instrument=key, known=sorted(instruments))
        return
    # What several can be chosen of has a column for each, which a map cannot say.
    own = [item.id for item in instruments[key].items() if item.type not in ("multiple", "rank", *CONTACT)]
    for id in read.value.items:
        if id not in own:
            yield p.map_item_foreign(read.place("items", id), item=id, instrument=key, known=own)


class _Work:
    """One table under its map, and where its problems are told."""

    def __init__(self, read: Read[ColumnMap], table: Table, report: Callable[[Problem], None]) -> None:
        self._map, self._table, self._report = read.value, table, report
        self._place = Place(table.file)

    def rows(self) -> pd.DataFrame:
        """A row for each participation and wave: `participation, wave, row` (its number), `at` (its place in the
        table), and what stays the same about a participation."""
        map, cells = self._map, self._table.cells
        nameless = cells[map.participation].isna() & cells.notna().any(axis=1)
        if nameless.any():
            rows = self._table.rows(nameless)
            self._report(p.row_nameless(self._place, column=map.participation, rows=rows))
        frame = pd.DataFrame({"participation": cells[map.participation], "at": np.arange(len(cells))})
        frame["group"] = cells[map.group] if map.group else pd.NA
        frame["person"] = cells[map.person] if map.person else pd.NA
        frame["arm"] = self._coded(map.arm, "intervention")
        frame["language"] = self._coded(map.answered_in, map.language)
        frame["channel"] = self._coded(map.channel, CHANNELS[0])
        frame["helper"] = self._coded(map.helper, HELPERS[0])
        if map.wave is not None:
            frame["wave"] = self._coded(map.wave, "", known=map.waves)
        else:
            frame = pd.concat([frame.assign(wave=wave) for wave in map.waves])
        frame = frame[frame["participation"].notna() & frame["wave"].notna()].reset_index(drop=True)
        frame["row"] = frame["at"] + self._table.first
        return frame.astype({name: "string" for name in frame.columns if name not in ("at", "row")})

    def _coded(self, coded: Coded | None, otherwise: str, known: Sequence[str] = ()) -> pd.Series[str]:
        """What the cells of a column stand for. Where the map says it of some, it must of all."""
        if coded is None:
            return pd.Series(otherwise, index=self._table.cells.index, dtype="string")
        cells = self._table.cells[coded.column]
        values = coded.values or {word: word for word in (known or cells.dropna().unique())}
        meant = cells.map(values).astype("string")
        self._unknown(coded.column, cells, cells.notna() & meant.isna())
        return meant if known else meant.fillna(otherwise)

    def _unknown(self, column: str, cells: pd.Series[str], wrong: pd.Series[bool], told: Any = p.cell_unknown) -> None:
        """Tells the cells of a column that are wrong: some each for itself, the others as a number."""
        different = cells[wrong].unique()
        for cell in different[:DISTINCT]:
            rows = self._table.rows(wrong & (cells == cell).fillna(False))
            self._report(told(self._place, column=column, cell=str(cell), rows=rows))
        if len(different) > DISTINCT:
            self._report(p.cells_more(self._place, column=column, count=len(different) - DISTINCT))

    # --- answers

    def answers(
        self, rows: pd.DataFrame, instruments: Mapping[str, Instrument]
    ) -> tuple[Instrument, dict[str, pd.Series[Any]]]:
        """The instrument that the map tells of, and for each of its items the answers, row by row."""
        map = self._map
        if map.instrument is not None:
            instrument = _narrowed(instruments[map.instrument], map.waves)
            kinds = {id: _of_ours(instrument, instrument.item(id), question) for id, question in map.items.items()}
        else:
            kinds = {**map.items, **{id: _ready(one) for id, one in map.dimensions.items() if not one.items}}
        answers = {id: self._answers(rows, kind) for id, kind in kinds.items()}
        if map.instrument is None:
            items = [self._item(id, kind, rows[answers[id].notna()]["wave"]) for id, kind in kinds.items()]
            instrument = _instrument(map, items)
        return instrument, answers

    def _item(self, id: str, question: Question, answered: pd.Series[str]) -> Item:
        """A question as an item, asked at the waves at which somebody answered it."""
        tag, seen = self._map.language, set(answered.unique())
        asked = tuple(wave for wave in self._map.waves if wave in seen)
        common: dict[str, Any] = {"id": id, "text": {tag: question.text or id}}
        common["waves"] = asked if asked and len(asked) < len(self._map.waves) else None
        if question.outcome is not None or question.categories:
            options = tuple(
                Option(value=word, label={tag: word}, achieved=word in question.achieved)
                for word in self._categories(question)
            )
            return Item(type="single", options=options, outcome=question.outcome, **common)
        least, most = question.ends or (None, None)
        return Item(type="decimal", minimum=least, maximum=most, reverse=question.reverse, **common)

    def _columns(self, question: Question) -> Mapping[str, str]:
        """The column of each wave."""
        if question.column is None:
            return question.columns
        return dict.fromkeys(self._map.waves, question.column)

    def _categories(self, question: Question) -> tuple[str, ...]:
        """The words that a column has, but those that are no answer."""
        missing = {*question.missing, *self._map.missing}
        words: dict[str, None] = {}
        for column in dict.fromkeys(self._columns(question).values()):
            words |= dict.fromkeys(sorted(set(self._table.cells[column].dropna()) - missing))
        return tuple(words)

    def _answers(self, rows: pd.DataFrame, question: Question) -> pd.Series[Any]:
        """The answers to a question: numbers, or words where it has categories."""
        words = question.categories or question.outcome is not None
        kept: pd.Series[Any] = pd.Series(pd.NA, index=rows.index, dtype="string" if words else "Float64")
        columns, judged = self._columns(question), {}
        for wave, column in columns.items():
            if column not in judged:
                judged[column] = self._judged(column, question, words)
            at = rows["wave"] == wave
            kept[at] = judged[column].to_numpy()[rows.loc[at, "at"]]
        return kept

    def _judged(self, column: str, question: Question, words: bool) -> pd.Series[Any]:
        cells = self._table.cells[column]
        cells = cells.mask(cells.isin({*question.missing, *self._map.missing}))
        if words:
            return cells
        # There are few different answers, and many cells.
        codes, different = pd.factorize(cells)
        words_seen = pd.Series([*different, pd.NA], dtype="string")
        # A comma for decimals, as Finnish programs write them.
        plain = pd.to_numeric(words_seen.str.replace(",", ".", regex=False), errors="coerce").astype("Float64")
        meant = words_seen.map(question.values).astype("Float64") if question.values else plain
        numbers = pd.Series(meant.fillna(plain).array.take(codes), index=cells.index)
        self._unknown(column, cells, cells.notna() & numbers.isna())
        least, most = question.ends or (-np.inf, np.inf)
        outside = ((numbers < least) | (numbers > most)).fillna(False).astype(bool)

        def told(place: Place, **where: Any) -> Problem:
            return p.cell_range(place, least=least, most=most, **where)

        self._unknown(column, cells, outside, told)
        return numbers.mask(outside)

    # --- services, days, people

    def services(self, rows: pd.DataFrame) -> tuple[tuple[Service, ...], pd.DataFrame]:
        """The services that the table names, and the rows with the id of theirs. A service in two arms is two."""
        map, taken = self._map, set[str]()
        coded = self._coded(map.service, map.responses).to_numpy()[rows["at"]]
        rows = rows.assign(title=pd.array(coded, dtype="string"))
        services, ids = [], {}
        places = list(zip(rows["arm"], rows["title"], strict=True))
        for arm, title in sorted(set(places), key=lambda place: (place[0] == "comparison", place[1])):
            ids[arm, title] = slug(title, taken, otherwise="service")
            services.append(_service(map, ids[arm, title], title, arm))
        return tuple(services), rows.assign(service=pd.array([ids[place] for place in places], dtype="string"))

    def received(self, rows: pd.DataFrame) -> pd.DataFrame:
        """With the moment of each row in UTC, where the table has one."""
        column = self._map.received
        if column is None:
            return rows.assign(received=pd.Series(pd.NaT, index=rows.index, dtype="datetime64[ns, UTC]"))
        cells = self._table.cells[column]
        moments = _moments(cells)
        self._unknown(column, cells, cells.notna() & moments.isna(), p.cell_date)
        return rows.assign(received=moments.iloc[rows["at"]].set_axis(rows.index))

    def check_people(self, rows: pd.DataFrame) -> None:
        """Nobody answers twice at a wave, is in two places, or ends before they began."""
        twice = rows[rows.duplicated(["participation", "wave"], keep=False)]
        for (participation, wave), numbers in twice.groupby(["participation", "wave"], sort=True)["row"]:
            self._report(
                p.row_repeated(self._place, participation=str(participation), wave=str(wave), rows=sorted(numbers))
            )
        map = self._map
        own = {"title": map.service.column if map.service else None, "group": map.group, "person": map.person,
               "arm": map.arm.column if map.arm else None}  # fmt: skip
        for name, column in own.items():
            if column is None:
                continue
            several = rows.dropna(subset=[name]).groupby("participation")[name].nunique()
            for participation in several[several > 1].index:
                mine = rows[rows["participation"] == participation].dropna(subset=[name])
                cells = [str(cell) for cell in self._table.cells[column].iloc[mine["at"]].dropna().unique()]
                rows_of = sorted(set(mine["row"]))
                self._report(
                    p.row_differs(
                        self._place, participation=str(participation), column=column, cells=cells, rows=rows_of
                    )
                )
        if map.received is not None and not map.wide:
            self._check_order(rows)

    def _check_order(self, rows: pd.DataFrame) -> None:
        order = {wave: n for n, wave in enumerate(self._map.waves)}
        dated = rows.assign(place=rows["wave"].map(order)).sort_values(["participation", "place"])
        before = dated.groupby("participation")[["received", "wave", "row"]].shift()
        for n in np.flatnonzero((dated["received"] < before["received"]).to_numpy()):
            later, earlier = dated.iloc[n], before.iloc[n]
            self._report(
                p.wave_order(
                    self._place, participation=str(later["participation"]), earlier=str(earlier["wave"]),
                    later=str(later["wave"]), rows=sorted((int(earlier["row"]), int(later["row"]))),
                )
            )  # fmt: skip


_FORMS = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S",
          "%d.%m.%Y klo %H.%M")  # fmt: skip
"""How tools write days and times that do not say their zone."""


def _moments(cells: pd.Series[str]) -> pd.Series[Any]:
    """Days and times in UTC; none where a cell is no such thing."""
    with_zone = cells.where(cells.str.contains(r"T.*(?:Z|[+-]\d\d:?\d\d)$", na=False))
    zoned = pd.to_datetime(with_zone, utc=True, errors="coerce", format="ISO8601")
    plain = pd.Series(pd.NaT, index=cells.index, dtype="datetime64[ns]")
    for form in (*_FORMS, "ISO8601"):
        rest = plain.isna() & zoned.isna() & cells.notna()
        if not rest.any():
            break
        plain[rest] = pd.to_datetime(cells[rest], format=form, errors="coerce").astype("datetime64[ns]")
    local = plain.dt.tz_localize(ZONE, ambiguous=True, nonexistent="shift_forward").dt.tz_convert("UTC")
    found: pd.Series[Any] = local.fillna(zoned.astype(local.dtype))
    return found


# --- the model of what was asked -------------------------------------------------------------------------------------


def _ready(score: Scored) -> Question:
    """A score that is there already, as a question whose answer it is."""
    low, high = score.range
    return Question(
        column=score.column, columns=score.columns, text=score.title, minimum=low, maximum=high, missing=score.missing
    )


def _of_ours(instrument: Instrument, item: Item, question: Question) -> Question:
    """A question about an item of ours: its answers are the values of its options."""
    numbers = [option.value for option in instrument.options(item) if option.missing is None]
    if numbers and all(isinstance(value, int) for value in numbers):
        whole = [int(value) for value in numbers]
        return dataclasses.replace(question, minimum=float(min(whole)), maximum=float(max(whole)))
    return dataclasses.replace(question, categories=bool(numbers) or item.type in ("text", "long_text"))


def _narrowed(instrument: Instrument, waves: Sequence[str]) -> Instrument:
    """One of ours, as it was asked at some waves only."""
    kept = tuple(wave for wave in waves if wave in instrument.waves)
    sections = []
    for section in instrument.sections:
        own = [
            item if item.waves is None else dataclasses.replace(item, waves=tuple(w for w in item.waves if w in kept))
            for item in section.items
        ]
        sections.append(dataclasses.replace(section, items=tuple(own)))
    return dataclasses.replace(instrument, waves=kept, sections=tuple(sections))


def _instrument(map: ColumnMap, items: Sequence[Item]) -> Instrument:
    """What was asked elsewhere, as an instrument of one version."""
    tag = map.language
    dimensions = {
        id: Dimension(
            title={tag: one.title},
            items=one.items or (id,),
            minimum_answered=one.minimum_answered or max(1, (len(one.items) + 1) // 2),
            range=one.range,
            higher_is=one.higher_is,
            measurement=one.measurement,
            reference=one.reference,
        )
        for id, one in map.dimensions.items()
    }
    return Instrument(
        instrument=slug(map.responses, set(), otherwise="answers"),
        version=1,
        languages=(tag,),
        title={tag: map.responses},
        waves=map.waves,
        dimensions=dimensions,
        sections=(Section(items=tuple(items)),),
    )


def _service(map: ColumnMap, id: str, title: str, arm: str) -> Service:
    return Service(
        id=id,
        title={map.language: title},
        kind=OWN_KIND,
        provider="provider",
        sourcing="own",
        buyer="",
        municipality="",
        arm="comparison" if arm == "comparison" else "intervention",
        length_days=1,
        number_prefix="A",
        instruments=(),
    )


def _library(map: ColumnMap, instrument: Instrument, services: Sequence[Service]) -> Library:
    words: Mapping[str, str] = {map.language: map.responses}
    end = "end" if "end" in map.waves else map.waves[-1]
    waves = {
        id: Wave(
            title=WAVE_TITLES.get(id, {map.language: id}),
            at="start" if n == 0 else "end" if id == end else None,
            after=None if n == 0 or id == end else "end",
            open=(-WIDEST_WINDOW, WIDEST_WINDOW),
        )
        for n, id in enumerate(map.waves)
    }
    site = Site(
        organisation=Organisation(name=words, email=""),
        title=words,
        welcome=words,
        languages=tuple(dict.fromkeys((map.language, *instrument.languages))),
        required_languages=(map.language,),
        language_names={map.language: map.language},
        address="",
        time_zone=ZONE.key,
        waves=waves,
        who_sees=words,
        notices={},
    )
    asking = tuple(dataclasses.replace(service, instruments=(instrument.key,)) for service in services)
    listed = Services(
        kinds={OWN_KIND: {**words, **KIND_TITLES}},
        providers={"provider": Provider(name=map.responses)},
        services=asking,
    )
    return Library(site=site, services=listed, instruments={instrument.key: instrument})


def _dataset(
    library: Library, instrument: Instrument, rows: pd.DataFrame, answers: Mapping[str, pd.Series[Any]], made: str
) -> Dataset:
    """The frames that a dataset of ours has."""
    schema = datasets.response_schema(library)
    answered = pd.DataFrame({id: column.notna() for id, column in answers.items()}, index=rows.index)
    there = answered.any(axis=1) if len(answers) else pd.Series(False, index=rows.index)
    fixed = rows.assign(
        submission=rows["participation"] + "/" + rows["wave"],
        instrument=instrument.instrument,
        version=instrument.version,
        meaning="",
        revisions=0,
    )
    fixed = fixed[[name for name, _ in datasets.RESPONSE_FIELDS]]
    others = {name: answers.get(name, pd.Series(pd.NA, index=rows.index)) for name in schema.names[fixed.shape[1] :]}
    responses = pd.concat([fixed, pd.DataFrame(others, index=rows.index)], axis=1)[there.to_numpy()]
    people = rows.drop_duplicates("participation").sort_values("participation")
    days = rows.groupby("participation")["received"].agg(["min", "max"]).reindex(people["participation"])
    participations = pd.DataFrame(
        {
            "id": people["participation"], "service": people["service"], "group": people["group"],
            "start": days["min"].dt.date.to_numpy(), "planned_end": days["max"].dt.date.to_numpy(),
            "end": days["max"].dt.date.to_numpy(), "exit_reason": pd.NA, "person": people["person"],
            "invited": days["min"].dt.date.to_numpy(),
        }
    )  # fmt: skip
    return Dataset(
        responses=datasets.typed(responses, schema),
        absences=datasets.typed(pd.DataFrame(columns=ABSENCES.names), ABSENCES),
        participations=datasets.typed(participations, datasets.participation_schema()),
        services=datasets.service_frame(library),
        library=library,
        made=made,
    )
