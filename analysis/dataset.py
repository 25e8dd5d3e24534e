"""The dataset: the analysis's only door. `write` makes the folder from records, `read` brings it back as frames.

| file | a row is |
|---|---|
| `responses/part=<symbol>/0.parquet` | one respondent's answers to one instrument at one wave |
| `absences.parquet` | an item asked and not answered, with the reason |
| `participations.parquet` | one person's spell in one service |
| `services.parquet` | a service, with its provider's name |
| `replies.parquet` | what an organisation answered to an alarm or to thanks |
| `released_words.parquet` | an open answer as the area's named role released it |
| `lineage.parquet` | an item of an instrument version, and what became of it since the version before |
| `instruments/<id>.v<version>.json`, `site.json`, `services.json` | the model, as `survey.model.as_data` writes it |
| `dataset.json` | the format, the time, the counts, the build, and the contact details left out |
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from itertools import groupby
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analysis import AnalysisError
from survey.answers import OTHER
from survey.folders import replacing
from survey.model import (
    CONTACT,
    ONE_OF,
    Instrument,
    Item,
    Library,
    Option,
    Service,
    Services,
    Site,
    as_data,
    from_data,
    item_meaning,
)
from survey.records import Answer, Participation, Released, Reply, Submission, SubmissionKey
from survey.versions import family, lineage

FORMAT = 1
MARK = "dataset.json"
OPEN_PART = "o"
PEOPLE_TOGETHER = 65_536
"""Participations in a row group, at most. None holds those of two partitions, so that one partition's can be read."""
ROWS_TOGETHER = 131_072
"""Rows of other files in a row group, at most: whoever reads a file in pieces holds one."""

RESPONSE_FIELDS: tuple[tuple[str, pa.DataType], ...] = (
    ("submission", pa.string()),
    ("participation", pa.string()),
    ("person", pa.string()),
    ("service", pa.string()),
    ("group", pa.string()),
    ("instrument", pa.string()),
    ("version", pa.int64()),
    ("meaning", pa.string()),
    ("wave", pa.string()),
    ("language", pa.string()),
    ("channel", pa.string()),
    ("helper", pa.string()),
    ("received", pa.timestamp("ms", tz="UTC")),
    ("revisions", pa.int64()),
)
ABSENCES = pa.schema([("submission", pa.string()), ("item", pa.string()), ("reason", pa.string())])
REPLIES = pa.schema(
    [
        ("alarm", pa.string()),
        ("n", pa.int64()),
        ("by", pa.string()),
        ("organisation", pa.string()),
        ("text", pa.string()),
        ("action", pa.string()),
        ("done", pa.date32()),
        ("moment", pa.timestamp("ms", tz="UTC")),
    ]
)
RELEASED_WORDS = pa.schema(
    [(name, pa.string()) for name in ("service", "kind", "instrument", "wave", "item", "text")]
    + [("moment", pa.timestamp("ms", tz="UTC"))]
)
"""What was released says neither whose it is, nor of which group, nor in which language it came."""
_DATES = ("start", "planned_end", "end", "invited")
PARTICIPATION_FIELDS = tuple(f.name for f in fields(Participation) if f.name not in ("number", "code", "revoked"))
"""Every field but the printed number, since whoever holds the paper slips could link it to a name, and the code's."""
_NUMBERS = {
    pa.int64(): pd.Int64Dtype(),
    pa.float64(): pd.Float64Dtype(),
    pa.bool_(): pd.BooleanDtype(),
    pa.string(): pd.StringDtype(),
}

Row = dict[str, object]


class DatasetError(AnalysisError):
    """The dataset cannot be written or read. The message says in plain words what to do."""


def _no_replies() -> pd.DataFrame:
    return _as_frame(REPLIES.empty_table())


def _no_words() -> pd.DataFrame:
    return _as_frame(RELEASED_WORDS.empty_table())


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """A dataset as frames, with the library that gives the columns their meaning. The frames are never changed.

    `responses`, `absences`, `participations`, `services`, `replies` and `words` (those that were released) have the
    columns of the Parquet files (nullable dtypes, `received` and `moment` in UTC, dates as `datetime.date`); `made` is
    the time of the export, UTC.
    """

    responses: pd.DataFrame
    absences: pd.DataFrame
    participations: pd.DataFrame
    services: pd.DataFrame
    library: Library
    made: str
    replies: pd.DataFrame = field(default_factory=_no_replies)
    words: pd.DataFrame = field(default_factory=_no_words)


# --- columns ---------------------------------------------------------------------------------------------------------


def response_schema(library: Library) -> pa.Schema:
    """The columns of every partition: the fixed ones, then those of each item of any instrument version but contact
    details. Raises DatasetError where one name would stand for two different items."""
    columns: dict[str, pa.DataType] = dict(RESPONSE_FIELDS)
    seen: dict[str, object] = {}
    for instrument in _in_order(library):
        for item in instrument.items():
            kind = family(item.type)
            if seen.setdefault(item.id, kind) != kind or item.id in dict(RESPONSE_FIELDS):
                raise DatasetError(
                    f"Item '{item.id}' of {instrument.key} would share a column with something else. "
                    "Give it another id in a new version of the instrument."
                )
            for name, column in _item_columns(instrument, item).items():
                columns[name] = _common(columns.get(name, column), column)
    return pa.schema(list(columns.items()))


def _common(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    """The type of a column that two versions share: text, where one has numbers for its options and the other words."""
    if one == other:
        return one
    return pa.float64() if {one, other} == {pa.int64(), pa.float64()} else pa.string()


def _in_order(library: Library) -> list[Instrument]:
    return sorted(library.instruments.values(), key=lambda i: (i.instrument, i.version))


def left_out(library: Library) -> tuple[str, ...]:
    """The ids of items that ask for contact details, in order: they are in no dataset, nor is who gave none."""
    items = (item for instrument in library.instruments.values() for item in instrument.items())
    return tuple(sorted({item.id for item in items if item.type in CONTACT}))


_KINDS: Mapping[str, pa.DataType] = {
    "integer": pa.int64(),
    "year": pa.int64(),
    "decimal": pa.float64(),
    "calculated": pa.float64(),
    "date": pa.date32(),
}
"""Types with one column that is not text, besides those whose options are all whole numbers."""


def _item_columns(instrument: Instrument, item: Item) -> dict[str, pa.DataType]:
    """The columns of an item: one, or for `multiple` and `rank` one for each option; and that of its own words."""
    if item.type in CONTACT:
        return {}
    options = _answers(instrument, item)
    words = {f"{item.id}.{OTHER}": pa.string()} if any(option.other for option in options) else {}
    if item.type in ("multiple", "rank"):
        kind = pa.bool_() if item.type == "multiple" else pa.int64()
        return {f"{item.id}.{option.value}": kind for option in options} | words
    whole = item.type in ONE_OF and all(isinstance(option.value, int) for option in options)
    return {item.id: pa.int64() if whole else _KINDS.get(item.type, pa.string())} | words


def _answers(instrument: Instrument, item: Item) -> list[Option]:
    return [option for option in instrument.options(item) if option.missing is None]


# --- writing ---------------------------------------------------------------------------------------------------------


def write(
    folder: Path,
    *,
    library: Library,
    participations: Iterable[Participation],
    submissions: Iterable[tuple[SubmissionKey, Submission]],
    made: str,
    build: str | None = None,
    replies: Iterable[Reply] = (),
    words: Iterable[Released] = (),
) -> None:
    """Writes a dataset folder in one go; one that was there before is replaced.

    `submissions` come in the order of their keys, as a store scans them, so that only one partition is in memory at a
    time. Equal input gives equal bytes. Raises DatasetError where `folder` is not a dataset, where an answer belongs
    to an instrument that `library` does not hold, or where the order is broken.
    """
    schema = response_schema(library)
    people = {p.id: p for p in sorted(participations, key=lambda p: p.id)}
    _check_services(library, (p.service for p in people.values()))
    with replacing(folder, mark=MARK, mode=0o700) as new:
        counts = _write_responses(new, schema, library, people, submissions)
        _write_people(new / "participations.parquet", people.values())
        _write_rows(new / "services.parquet", _SERVICES, (_service_row(library, s) for s in _services(library)))
        _write_rows(new / "lineage.parquet", LINEAGE, _lineage_rows(library))
        _write_rows(new / "replies.parquet", REPLIES, map(_reply_row, replies))
        _write_rows(new / "released_words.parquet", RELEASED_WORDS, _word_rows(library, words))
        _write_model(new, library)
        totals = {"participations": len(people), **counts}
        head = {"format": FORMAT, "made": made, "build": build, "counts": totals, "left_out": left_out(library)}
        _write_json(new / MARK, head)


def _check_services(library: Library, used: Iterable[str]) -> None:
    known = {service.id for service in library.services.services}
    if unknown := sorted(set(used) - known):
        raise DatasetError(
            f"There are participations or answers in {', '.join(unknown)}, which services.yaml does not name. "
            "Put the service back (a service that has ended stays in the file) and export again."
        )


def _write_responses(
    new: Path,
    schema: pa.Schema,
    library: Library,
    people: Mapping[str, Participation],
    submissions: Iterable[tuple[SubmissionKey, Submission]],
) -> dict[str, int]:
    counts = {"submissions": 0, "responses": 0, "absences": 0}
    contact, kinds = set(left_out(library)), dict(zip(schema.names, schema.types, strict=True))
    parts: set[str] = set()
    with pq.ParquetWriter(new / "absences.parquet", ABSENCES) as absences:
        for part, entries in groupby(submissions, key=lambda entry: _part(entry[0].owner)):
            if part in parts:
                raise DatasetError("The submissions are not in the order of their keys. Sort them and export again.")
            parts.add(part)
            latest, seen = _latest(entries)
            _check_services(library, (s.service for _, s in latest))
            rows = [_response_row(library, kinds, people, s) for _, s in latest]
            gaps = [
                {"submission": s.id, "item": item, "reason": reason}
                for _, s in latest
                for item, reason in sorted(s.absent.items())
                if item not in contact
            ]
            _write_rows(new / "responses" / f"part={part}" / "0.parquet", schema, rows)
            absences.write_table(pa.Table.from_pylist(gaps, schema=ABSENCES))
            counts["submissions"] += seen
            counts["responses"] += len(rows)
            counts["absences"] += len(gaps)
    if not parts:
        _write_rows(new / "responses" / f"part={OPEN_PART}" / "0.parquet", schema, [])
    return counts


def _part(owner: str) -> str:
    return owner[2] if owner.startswith("p_") else OPEN_PART


def _latest(entries: Iterable[tuple[SubmissionKey, Submission]]) -> tuple[list[tuple[int, Submission]], int]:
    """The highest n of each owner, instrument and wave, in order, and how many submissions there were."""
    latest: dict[tuple[str, str, str], tuple[int, Submission]] = {}
    seen = 0
    for key, submission in entries:
        seen += 1
        place = (key.owner, key.instrument, key.wave)
        if place not in latest or latest[place][0] < key.n:
            latest[place] = (key.n, submission)
    return [latest[place] for place in sorted(latest)], seen


def _response_row(
    library: Library,
    kinds: Mapping[str, pa.DataType],
    people: Mapping[str, Participation],
    submission: Submission,
) -> Row:
    """A row; `kinds` gives the type of each column."""
    key = f"{submission.instrument}@{submission.version}"
    if key not in library.instruments:
        raise DatasetError(
            f"There are answers to {key}, which the library does not hold. "
            f"Put its file back as {submission.instrument}.v{submission.version}.yaml, build, and export again."
        )
    person = people.get(submission.participation or "")
    row: Row = {name: getattr(submission, name, None) for name, _ in RESPONSE_FIELDS}
    row |= {
        "submission": submission.id,
        "person": person.person if person else None,
        "group": person.group if person else None,
        "received": datetime.fromisoformat(submission.received),
    }
    instrument = library.instruments[key]
    for id, answer in submission.answers.items():
        row |= _answer_columns(instrument, kinds, id, answer)
    return row


def _answer_columns(instrument: Instrument, kinds: Mapping[str, pa.DataType], id: str, answer: Answer) -> Row:
    """One stored answer, or the words beside one (`<item>.other_text`), as its columns; contact details have none.

    Numbers are text in a column that they share with words: of other options, or of other versions.
    """
    item = instrument.item(id.removesuffix(f".{OTHER}"))
    if item.type in CONTACT:
        return {}
    if isinstance(answer, list):
        if item.type == "rank":
            return {f"{id}.{value}": place for place, value in enumerate(answer, 1)}
        return {f"{id}.{option.value}": option.value in answer for option in _answers(instrument, item)}
    if kinds[id] == pa.date32():
        return {id: _day(str(answer))}
    return {id: str(answer) if kinds[id] == pa.string() else answer}


def participation_schema() -> pa.Schema:
    """The columns of `participations`."""
    return pa.schema([(name, pa.date32() if name in _DATES else pa.string()) for name in PARTICIPATION_FIELDS])


def _write_people(path: Path, people: Iterable[Participation]) -> None:
    with pq.ParquetWriter(path, participation_schema()) as writer:
        for _part_of_all, own in groupby(people, key=lambda one: _part(one.id)):
            table = pa.Table.from_pylist([*map(_participation_row, own)], schema=participation_schema())
            writer.write_table(table, row_group_size=PEOPLE_TOGETHER)


def _participation_row(participation: Participation) -> Row:
    row: Row = {name: getattr(participation, name) for name in PARTICIPATION_FIELDS}
    return row | {name: _day(getattr(participation, name)) for name in _DATES}


def _reply_row(reply: Reply) -> Row:
    row: Row = {name: getattr(reply, name) for name in REPLIES.names}
    return row | {"done": _day(reply.done), "moment": datetime.fromisoformat(reply.moment)}


def _word_rows(library: Library, words: Iterable[Released]) -> list[Row]:
    """In an order that tells nothing of who wrote."""
    released = [one for one in words if one.text is not None]
    _check_services(library, (one.service for one in released))
    rows = [
        {name: getattr(one, name, None) for name in RELEASED_WORDS.names}
        | {"kind": library.services.service(one.service).kind, "moment": datetime.fromisoformat(one.moment)}
        for one in released
    ]
    return sorted(rows, key=lambda row: [str(row[name]) for name in RELEASED_WORDS.names])


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text[:10]) if text else None


_SERVICES = pa.schema(
    [(name, pa.string()) for name in ("id", "title", "kind", "provider", "provider_name", "sourcing")]
    + [(name, pa.string()) for name in ("contract", "lot", "buyer", "municipality", "arm")]
    + [("length_days", pa.int64()), ("groups", pa.string())]
)


def _services(library: Library) -> Sequence[Service]:
    return sorted(library.services.services, key=lambda service: service.id)


def _service_row(library: Library, service: Service) -> Row:
    provider = library.services.providers.get(service.provider)
    return {name: getattr(service, name, None) for name in _SERVICES.names} | {
        "title": service.title[library.site.languages[0]],
        "provider_name": provider.name if provider else None,
        "groups": ", ".join(group.id for group in service.groups),
    }


LINEAGE = pa.schema(
    [
        ("instrument", pa.string()),
        ("version", pa.int64()),
        ("item", pa.string()),
        ("origin", pa.string()),
        ("meaning", pa.string()),
        ("status", pa.string()),
        ("previous", pa.int64()),
    ]
)


def _lineage_rows(library: Library) -> Iterable[Row]:
    for step in lineage(library.instruments.values()):
        holder = step.previous if step.status == "retired" and step.previous else step.instrument
        # In the site's order: instruments that share an item may list their languages otherwise.
        language = next((tag for tag in library.site.languages if tag in holder.languages), holder.languages[0])
        yield {
            "instrument": step.instrument.instrument,
            "version": step.instrument.version,
            "item": step.item.id,
            "origin": step.item.origin or step.instrument.instrument,
            "meaning": item_meaning(holder, step.item, language),
            "status": step.status,
            "previous": step.previous.version if step.previous else None,
        }


def _write_rows(path: Path, schema: pa.Schema, rows: Iterable[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), path, row_group_size=ROWS_TOGETHER)


def _write_model(new: Path, library: Library) -> None:
    (new / "instruments").mkdir()
    for instrument in library.instruments.values():
        name = f"{instrument.instrument}.v{instrument.version}.json"
        _write_json(new / "instruments" / name, as_data(instrument))
    _write_json(new / "site.json", as_data(library.site))
    _write_json(new / "services.json", as_data(library.services))


def _write_json(path: Path, data: object) -> None:
    # Keys stay in their order: it is that of asking, and of the waves.
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


# --- reading ---------------------------------------------------------------------------------------------------------


def read(folder: Path) -> Dataset:
    """The dataset in a folder that `write` made. Raises DatasetError for any other folder and for a later format."""
    head = _head(folder)
    try:
        return Dataset(
            responses=_frame(folder / "responses").drop(columns="part"),
            absences=_frame(folder / "absences.parquet"),
            participations=_frame(folder / "participations.parquet"),
            services=_frame(folder / "services.parquet"),
            library=_library(folder),
            made=str(head["made"]),
            replies=_replies(folder / "replies.parquet"),
            words=_words(folder / "released_words.parquet"),
        )
    except (OSError, pa.ArrowInvalid, ValueError, KeyError, TypeError) as error:
        raise _damaged(folder, error) from error


@dataclass(frozen=True, kw_only=True)
class Outline:
    """What a dataset is about, without its rows: how many `participations` and `responses` there are."""

    library: Library
    made: str
    participations: int
    responses: int


def outline(folder: Path) -> Outline:
    """The outline of the dataset in a folder that `write` made. Raises DatasetError as `read` does."""
    head = _head(folder)
    try:
        return Outline(
            library=_library(folder),
            made=str(head["made"]),
            participations=_row_count(folder / "participations.parquet"),
            responses=sum(map(_row_count, (folder / "responses").rglob("*.parquet"))),
        )
    except (OSError, pa.ArrowInvalid, ValueError, KeyError, TypeError) as error:
        raise _damaged(folder, error) from error


def _row_count(path: Path) -> int:
    return int(pq.read_metadata(path).num_rows)


def _damaged(folder: Path, error: Exception) -> DatasetError:
    return DatasetError(
        f"The dataset in {folder} is damaged or incomplete ({error}). Export it again with: mittari export"
    )


def _head(folder: Path) -> Mapping[str, object]:
    path = folder / MARK
    if not path.is_file():
        raise DatasetError(
            f"There is no dataset in {folder} (no {MARK}). Make one with: mittari export --output {folder}"
        )
    try:
        head = json.loads(path.read_text(encoding="utf-8"))
        later = head["format"] > FORMAT
    except (ValueError, KeyError, TypeError) as error:
        raise DatasetError(
            f"{path} is not a dataset's {MARK}. Export the dataset again with: mittari export"
        ) from error
    if later:
        raise DatasetError(
            f"The dataset in {folder} is of format {head['format']}; this version of Mittari reads up to {FORMAT}. "
            "Update Mittari, or export the dataset again with this version."
        )
    return dict(head)


def _frame(path: Path) -> pd.DataFrame:
    table = pq.read_table(path)
    # A table without chunks makes columns that pandas cannot join.
    return _as_frame(table if table.num_rows else table.schema.empty_table())


def _as_frame(table: pa.Table) -> pd.DataFrame:
    frame: pd.DataFrame = table.to_pandas(types_mapper=_NUMBERS.get)
    return frame


def _replies(path: Path) -> pd.DataFrame:
    """None in a dataset from before there were any."""
    return _frame(path) if path.is_file() else _no_replies()


def _words(path: Path) -> pd.DataFrame:
    """None in a dataset from before any were released."""
    return _frame(path) if path.is_file() else _no_words()


def typed(frame: pd.DataFrame, schema: pa.Schema) -> pd.DataFrame:
    """A frame with the columns and types of a file of a dataset, as `read` gives them."""
    whole = {name: "Int64" for name, kind in zip(schema.names, schema.types, strict=True) if kind == pa.int64()}
    table = pa.Table.from_pandas(frame[schema.names].astype(whole), schema=schema, preserve_index=False)
    found: pd.DataFrame = table.to_pandas(types_mapper=_NUMBERS.get)
    return found


def service_frame(library: Library) -> pd.DataFrame:
    """The services of a library, as a dataset has them."""
    rows = [_service_row(library, service) for service in _services(library)]
    return typed(pd.DataFrame(rows, columns=_SERVICES.names), _SERVICES)


def _library(folder: Path) -> Library:
    def load(path: Path) -> object:
        return json.loads(path.read_text(encoding="utf-8"))

    files = sorted((folder / "instruments").glob("*.json"))
    instruments = [from_data(Instrument, load(file)) for file in files]
    return Library(
        site=from_data(Site, load(folder / "site.json")),
        services=from_data(Services, load(folder / "services.json")),
        instruments={instrument.key: instrument for instrument in instruments},
    )
